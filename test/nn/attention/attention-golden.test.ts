// Attention and the layers of transformers against PyTorch: output, and gradients by inputs and
// parameters, with every kind of mask.

import { beforeAll, describe, expect, test } from "vitest";
import * as nn from "../../../src/nn/index.ts";
import { realizeSync } from "../../../src/tensor/engine.ts";
import { gradients } from "../../../src/tensor/gradients.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../../support/devices.ts";
import { expectTensor, type Float, golden, type Row, tensorOf, tolerances } from "../golden.ts";

interface Case {
  readonly name: string;
  readonly inputs: readonly Row[];
  readonly masks: Readonly<Record<string, Row>>;
  readonly state: Readonly<Record<string, Row>>;
  readonly cotangent: Row;
  readonly output: Row;
  readonly inputGradients: readonly Row[];
  readonly gradients: Readonly<Record<string, Row>>;
}

const cases = golden<Case[]>("nn/attention.json");

type Masks = Readonly<Record<string, Tensor>>;

/** A module, and how it is called with tensors and masks. */
type Made = readonly [nn.Module, (inputs: readonly Tensor[], masks: Masks) => Tensor];

function attention(options: nn.MultiheadAttentionOptions = {}): (dtype: Float) => Made {
  return (dtype) => {
    const module = new nn.MultiheadAttention(6, 2, { ...options, dtype });
    return [module, ([q, k, v], masks) => module.forward(q!, k, v, masks)];
  };
}

const size = { dimFeedforward: 5, dropout: 0 };

function encoder(options: nn.TransformerLayerOptions = {}): (dtype: Float) => Made {
  return (dtype) => {
    const module = new nn.TransformerEncoderLayer(4, 2, { ...size, ...options, dtype });
    return [module, ([x], masks) => module.forward(x!, masks)];
  };
}

function decoder(options: nn.TransformerLayerOptions = {}, causal = true): (dtype: Float) => Made {
  return (dtype) => {
    const module = new nn.TransformerDecoderLayer(4, 2, { ...size, ...options, dtype });
    // The causal mask of the decoder is there without being given.
    return [
      module,
      ([x, memory], { mask: _, ...masks }) => module.forward(x!, memory!, { ...masks, causal }),
    ];
  };
}

const twice = <T>(make: () => T): T[] => [make(), make()];

const make: Readonly<Record<string, (dtype: Float) => Made>> = {
  "self-attention": attention(),
  "self-attention, causal": (dtype) => {
    const module = new nn.MultiheadAttention(6, 2, { dtype });
    return [module, ([x]) => module.forward(x!, x, x, { causal: true })];
  },
  "self-attention, padded": attention(),
  "self-attention, causal and padded": attention(),
  "self-attention, scores added": attention(),
  "self-attention without bias": attention({ bias: false }),
  "self-attention without batch": attention(),
  "cross-attention": attention(),
  "cross-attention, keys and values": attention(),
  "cross-attention of other widths": attention({ kdim: 4, vdim: 3 }),
  "self-attention, a learnt key": attention({ addBiasKv: true }),
  "self-attention, a key of zeros": attention({ addZeroAttn: true }),
  "cross-attention, a learnt key and one of zeros": attention({
    addBiasKv: true,
    addZeroAttn: true,
    kdim: 4,
  }),
  "encoder layer": encoder(),
  "encoder layer, norm first, gelu": encoder({
    normFirst: true,
    activation: "gelu",
    layerNormEps: 1e-3,
  }),
  "encoder layer, causal and padded": encoder(),
  encoder: (dtype) => {
    const layers = twice(() => new nn.TransformerEncoderLayer(4, 2, { ...size, dtype }));
    const module = new nn.TransformerEncoder(layers, { norm: new nn.LayerNorm(4, { dtype }) });
    return [module, ([x], masks) => module.forward(x!, masks)];
  },
  "decoder layer, not causal": decoder({}, false),
  "decoder layer": decoder(),
  "decoder layer, norm first": decoder({ normFirst: true, activation: "gelu" }),
  decoder: (dtype) => {
    const layers = twice(() => new nn.TransformerDecoderLayer(4, 2, { ...size, dtype }));
    const module = new nn.TransformerDecoder(layers, { norm: new nn.LayerNorm(4, { dtype }) });
    return [module, ([x, memory], { mask: _, ...masks }) => module.forward(x!, memory!, masks)];
  },
  transformer: (dtype) => {
    const module = new nn.Transformer({
      ...size,
      width: 4,
      heads: 2,
      encoderLayers: 1,
      decoderLayers: 1,
      dtype,
    });
    return [
      module,
      ([source, target], { targetMask: _, ...masks }) => module.forward(source!, target!, masks),
    ];
  },
};

test("every golden case is made, and every one made is golden", () => {
  expect(cases.map((c) => c.name).sort()).toEqual(Object.keys(make).sort());
});

interface Results {
  readonly y: Tensor;
  readonly inputs: readonly Tensor[];
  readonly parameters: Record<string, Tensor>;
}

/** Everything that a case computes, not yet computed. */
function prepare(c: Case, dtype: Float): Results {
  const [module, call] = make[c.name]!(dtype);
  const rows = Object.entries(c.state);
  module.loadStateDict(Object.fromEntries(rows.map(([key, row]) => [key, tensorOf(row, dtype)])));
  const inputs = c.inputs.map((row) => tensorOf(row, dtype));
  const masks = Object.fromEntries(
    Object.entries(c.masks).map(([name, row]) => {
      const mask = tensorOf(row, dtype);
      return [name, typeof row.data[0] === "boolean" ? mask.cast("bool") : mask];
    }),
  );
  const y = call(inputs, masks);
  const loss = y.mul(tensorOf(c.cotangent, dtype)).sum();
  return { y, ...gradients(loss, { inputs, parameters: module.parameters() }) };
}

const idOf = (name: string): string =>
  name.startsWith("encoder layer") ? "TR-03" : /attention/.test(name) ? "SA-10" : "TR-04";

describe.each(devicesHere)("%s", (device) => {
  describe.each(["f64", "f32"] as const)("%s", (dtype) => {
    const results = new Map<string, Results>();
    const tolerance = tolerances[dtype];

    // All cases are one program: one run of the compiler.
    beforeAll(() => {
      setDefaultDevice(device);
      for (const c of cases) results.set(c.name, prepare(c, dtype));
      realizeSync(Object.fromEntries(results));
    });

    test.each(cases.map((c) => [`${idOf(c.name)} ${c.name} as PyTorch's`, c] as const))(
      "%s",
      (_, c) => {
        const { y, inputs, parameters } = results.get(c.name)!;
        expect(y.dtype).toBe(dtype);
        expectTensor(y, c.output, tolerance, "output");
        for (const [i, row] of c.inputGradients.entries()) {
          expectTensor(inputs[i]!, row, tolerance, `by input ${i}`);
        }
        expect(Object.keys(parameters).sort()).toEqual(Object.keys(c.gradients).sort());
        for (const [name, row] of Object.entries(c.gradients)) {
          expectTensor(parameters[name]!, row, tolerance, `by ${name}`);
        }
      },
    );
  });
});

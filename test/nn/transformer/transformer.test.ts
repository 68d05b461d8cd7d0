// The layers of transformers: what may be seen, sizes, padding, and decoding place by place.

import { beforeEach, describe, expect, test } from "vitest";
import * as nn from "../../../src/nn/index.ts";
import { tensor, zeros } from "../../../src/tensor/create.ts";
import { realizeSync } from "../../../src/tensor/engine.ts";
import { concat } from "../../../src/tensor/functions.ts";
import { seed } from "../../../src/tensor/generator.ts";
import { randn } from "../../../src/tensor/random.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";
import { setDefaultDevice } from "../../support/devices.ts";
import { expectClose } from "../golden.ts";

const size = { dimFeedforward: 6, dropout: 0, dtype: "f64" } as const;

beforeEach(() => {
  setDefaultDevice("reference");
  seed(5);
});

const normal = (...shape: number[]): Tensor => {
  const x = randn(shape, { dtype: "f64" }).keep();
  realizeSync(x);
  return x;
};

describe("TR-02 masks", () => {
  /** x with everything from place t on drawn anew. */
  const changedFrom = (x: Tensor, t: number): Tensor =>
    concat([x.at(":", `:${t}`), normal(2, x.shape[1]! - t, 4)], { axis: 1 });

  test("masked self-attention: output t does not change when inputs after t do", () => {
    const encoder = new nn.TransformerEncoderLayer(4, 2, size);
    const decoder = new nn.TransformerDecoderLayer(4, 2, size);
    const [x, memory] = [normal(2, 5, 4), normal(2, 3, 4)];
    const uses = [
      (z: Tensor) => encoder.forward(z, { causal: true }),
      (z: Tensor) => decoder.forward(z, memory),
    ];
    for (const use of uses) {
      const y = use(x);
      for (const t of [1, 3]) {
        const other = use(changedFrom(x, t));
        expect(other.at(":", `:${t}`).arraySync()).toEqual(y.at(":", `:${t}`).arraySync());
        expect(other.at(":", `${t}:`).arraySync()).not.toEqual(y.at(":", `${t}:`).arraySync());
      }
    }
  });

  test("self-attention sees all, and cross-attention all of the memory", () => {
    const encoder = new nn.TransformerEncoderLayer(4, 2, size);
    const decoder = new nn.TransformerDecoderLayer(4, 2, size);
    const [x, memory] = [normal(2, 5, 4), normal(2, 3, 4)];
    const first = (y: Tensor): unknown => y.at(":", 0).arraySync();
    expect(first(encoder.forward(changedFrom(x, 4)))).not.toEqual(first(encoder.forward(x)));
    expect(first(decoder.forward(x, changedFrom(memory, 2)))).not.toEqual(
      first(decoder.forward(x, memory)),
    );
  });

  test("padding changes nothing: a padded batch gives what each sequence gives alone", () => {
    const model = new nn.Transformer({
      ...size,
      width: 4,
      heads: 2,
      encoderLayers: 2,
      decoderLayers: 2,
    });
    const lengths = [3, 5, 1];
    const sources = lengths.map((length) => normal(1, length, 4));
    const target = normal(3, 4, 4);
    const padded = concat(
      sources.map((x) => concat([x, normal(1, 5 - x.shape[1]!, 4).mul(50)], { axis: 1 })),
    );
    const sourceKeyMask = nn.paddingMask(tensor(lengths, { dtype: "i32" }), 5);
    const together = model.forward(padded, target, { sourceKeyMask });
    for (const [i, source] of sources.entries()) {
      const alone = model.forward(source, target.at(`${i}:${i + 1}`));
      expectClose(together.at(`${i}:${i + 1}`).dataSync(), alone.dataSync(), 1e-12);
    }
  });
});

test("TR-03 a layer trains 4·d² + 2·d·d_ff numbers and biases, and is residual", () => {
  const [d, ff] = [512, 2048];
  const count = (module: nn.Module): number =>
    Object.values(module.parameters()).reduce((sum, p) => sum + p.size, 0);
  const layer = new nn.TransformerEncoderLayer(d, 8);
  expect(count(layer)).toBe(4 * d * d + 2 * d * ff + 9 * d + ff);
  const plain = new nn.TransformerEncoderLayer(d, 8, { bias: false });
  expect(count(plain)).toBe(4 * d * d + 2 * d * ff + 2 * d);
  expect(Object.keys(plain.parameters()).some((name) => name.includes("bias"))).toBe(false);
  // With the two maps that end the parts at 0 only the residual is left.
  const residual = new nn.TransformerEncoderLayer(4, 2, { ...size, normFirst: true });
  residual.selfAttention.outProj.weight.assign(0);
  for (const p of [residual.linear2.weight, residual.linear2.bias!]) p.assign(0);
  const x = normal(2, 3, 4);
  expect(residual.forward(x).arraySync()).toEqual(x.arraySync());
});

test("TR-03 dropout drops while training only", () => {
  const layer = new nn.TransformerEncoderLayer(4, 2, { ...size, dropout: 0.5 });
  const x = normal(2, 3, 4);
  expect(layer.forward(x).arraySync()).not.toEqual(layer.forward(x).arraySync());
  layer.eval();
  expect(layer.forward(x).arraySync()).toEqual(layer.forward(x).arraySync());
});

test("TR-04 place by place with caches is the whole at once, bit for bit", () => {
  const layers = [1, 2].map(() => new nn.TransformerDecoderLayer(4, 2, size));
  const decoder = new nn.TransformerDecoder(layers, {
    norm: new nn.LayerNorm(4, { dtype: "f64" }),
  });
  const [x, memory] = [normal(2, 5, 4), normal(2, 3, 4)];
  const memoryKeyMask = nn.paddingMask(tensor([3, 2], { dtype: "i32" }), 3);
  const whole = decoder.forward(x, memory, { memoryKeyMask });
  const caches = decoder.remember(memory, 7);
  // Two places at once, then one by one; the position a number or known at run time.
  const steps = [
    [0, 2],
    [2, 3],
    [3, 4],
    [4, 5],
  ] as const;
  for (const [from, to] of steps) {
    const position = from % 2 === 0 ? from : tensor(from, { dtype: "i32" });
    const part = decoder.forward(x.at(":", `${from}:${to}`), caches, { position, memoryKeyMask });
    expect(part.arraySync()).toEqual(whole.at(":", `${from}:${to}`).arraySync());
  }
  expect(() => decoder.remember(zeros([2, 4]), 3)).toThrow(/\[batch, memory, width\]/);
});

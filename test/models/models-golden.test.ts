// Every model, in small, against the same put together from its paper with PyTorch: logits, and where
// it looked. Parameters are a function of their name and place, there and here.

import { beforeAll, describe, expect, test } from "vitest";
import * as models from "../../src/models/index.ts";
import * as nn from "../../src/nn/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectTensor, golden, type Row } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";

const cases = golden<Record<string, Row[]>>("models/models.json");

/** cos of a number that name and place give. */
function wave(name: string, shape: readonly number[], scale = 1, middle = 0): Tensor {
  const start = [...name].reduce((sum, c, i) => sum + c.charCodeAt(0) * (i + 1), 0) % 1000;
  const size = shape.reduce((n, d) => n * d, 1);
  const at = (i: number): number => Math.cos(0.37 * start + 1.7 * i + 0.61 * ((i * i) % 97));
  const values = Float64Array.from({ length: size }, (_, i) => middle + scale * at(i));
  return tensor(values, { shape: [...shape], dtype: "f32" });
}

function parameterOf(name: string, shape: readonly number[]): Tensor {
  if (name.endsWith("num_batches_tracked")) return tensor(0, { dtype: "i32" });
  if (name.endsWith("running_var")) return wave(name, shape, 0.4, 1);
  if (shape.length === 1 && name.endsWith("weight")) return wave(name, shape, 0.3, 1);
  const fan = shape.slice(1).reduce((n, d) => n * d, 1);
  return wave(name, shape, shape.length < 2 ? 0.2 : Math.sqrt(3 / fan));
}

/** A model with those parameters, in evaluation mode. */
function filled<M extends nn.Module>(model: M): M {
  const names = Object.entries(model.stateDict());
  model.loadStateDict(
    Object.fromEntries(names.map(([name, { shape }]) => [name, parameterOf(name, shape)])),
  );
  return model.eval();
}

const image = (...shape: number[]): Tensor => wave("image", shape, 1.4);
const i32 = (rows: number[] | number[][] | number[][][]): Tensor => tensor(rows, { dtype: "i32" });
const classifier = (model: nn.Module & nn.Layer, ...shape: number[]) => [
  filled(model).forward(image(...shape)),
];

const wide = {
  ...{ classes: 5, hidden: 7, maps: [3, 4, 5, 4, 3] as const },
};
const seq2seq = (attention: "additive" | "dot" | "none"): Tensor[] => {
  const sizes = { sourceVocabulary: 5, targetVocabulary: 6, width: 3, hidden: 4 };
  const model = filled(new models.Seq2Seq({ ...sizes, attention }));
  const [source, target] = [
    [
      [1, 4, 2, 3],
      [2, 0, 1, 1],
    ],
    // What is told is the start and all but the last.
    [
      [3, 0, 2],
      [5, 5, 2],
    ],
  ].map(i32) as [Tensor, Tensor];
  const { logits, weights } = model.decode(source, target);
  return attention === "none" ? [logits] : [logits, weights];
};
const tokens = [
  [3, 1, 4, 1, 5],
  [9, 2, 6, 5, 3],
];

const make: Record<string, () => readonly Tensor[]> = {
  ...Object.fromEntries(
    (["average", "max"] as const).map((pooling) => {
      const options = { classes: 5, maps: [3, 4], hidden: [7, 6], pooling } as const;
      return [`LeNet5 ${pooling}`, () => classifier(new models.LeNet5(options), 2, 1, 28, 28)];
    }),
  ),
  AlexNet: () => classifier(new models.AlexNet(wide), 1, 3, 95, 95),
  "AlexNet normalized": () =>
    classifier(new models.AlexNet({ ...wide, normalize: true }), 1, 3, 95, 95),
  ZFNet: () => classifier(new models.ZFNet(wide), 1, 3, 95, 95),
  ...Object.fromEntries(
    [false, true].map((batchNorm) => {
      const options = { depth: 11, classes: 5, width: 2, hidden: 7, places: 1, batchNorm } as const;
      const name = batchNorm ? "VGG normalized" : "VGG";
      return [name, () => classifier(new models.VGG(options), 1, 3, 32, 32)];
    }),
  ),
  GoogLeNet: () => {
    const model = new models.GoogLeNet({ classes: 5, width: 1 / 16, auxiliary: true });
    const { logits, auxiliary } = filled(model).classify(image(1, 3, 32, 32));
    return [logits, ...auxiliary];
  },
  ResNet: () =>
    classifier(new models.ResNet({ blocks: [1, 2], widths: [4, 6], classes: 5 }), 1, 3, 32, 32),
  "ResNet bottleneck": () => {
    const options = { blocks: [2, 1], widths: [2, 3], bottleneck: true, classes: 5 };
    return classifier(new models.ResNet(options), 1, 3, 32, 32);
  },
  cifarResNet: () => classifier(models.cifarResNet(8, { width: 2, classes: 5 }), 1, 3, 16, 16),
  "cifarResNet plain": () => {
    const options = { width: 2, classes: 5, residual: false };
    return classifier(models.cifarResNet(8, options), 1, 3, 16, 16);
  },
  DenseNet: () => {
    const options = { blocks: [2, 1], growth: 3, maps: 4, narrow: 2, classes: 5 };
    return classifier(new models.DenseNet(options), 1, 3, 32, 32);
  },
  UNet: () => classifier(new models.UNet({ width: 2, depth: 2 }), 1, 1, 44, 44),
  "UNet same": () =>
    classifier(new models.UNet({ width: 2, depth: 2, padding: "same" }), 1, 1, 12, 12),
  VisionTransformer: () => {
    const options = { image: 8, patch: 4, width: 8, depth: 2, heads: 2, hidden: 12, classes: 5 };
    return classifier(new models.VisionTransformer(options), 1, 3, 8, 8);
  },
  GPT: () => {
    const options = { vocabulary: 11, context: 6, width: 8, heads: 2, layers: 2 };
    return [filled(new models.GPT(options)).forward(i32(tokens))];
  },
  BERT: () => {
    const options = { vocabulary: 11, context: 6, width: 8, heads: 2, layers: 2 };
    const model = filled(new models.BERT({ ...options, dimFeedforward: 32 }));
    const segments = i32([
      [0, 0, 0, 1, 1],
      [0, 0, 1, 1, 1],
    ]);
    const states = model.forward(i32(tokens), { segments, mask: nn.paddingMask(i32([5, 3]), 5) });
    return [model.tokenLogits(states.at(0)), model.nextSentenceLogits(model.pooled(states))];
  },
  TranslationTransformer: () => {
    const layers = { encoderLayers: 1, decoderLayers: 1, dimFeedforward: 12 };
    const options = { vocabulary: 9, width: 8, heads: 2, ...layers };
    const source = [
      [3, 1, 4, 5, 5],
      [7, 2, 6, 0, 0],
    ];
    const before = [
      [1, 4, 6],
      [1, 8, 3],
    ];
    const model = filled(new models.TranslationTransformer(options));
    return [model.forward(i32(source), i32(before), { lengths: i32([5, 3]) })];
  },
  ...Object.fromEntries(
    (["additive", "dot", "none"] as const).map((a) => [`Seq2Seq ${a}`, () => seq2seq(a)]),
  ),
  Captioner: () => {
    const options = { vocabulary: 6, channels: 1, maps: [3, 4], width: 3, hidden: 5 };
    const captions = [
      [3, 0, 2],
      [5, 5, 2],
    ];
    return [filled(new models.Captioner(options)).forward(image(2, 1, 12, 12), i32(captions))];
  },
  MemoryNetwork: () => {
    const model = filled(new models.MemoryNetwork({ vocabulary: 7, width: 4, hops: 2 }));
    const story = [
      [
        [1, 2, 3],
        [4, 5, 0],
        [6, 1, 2],
      ],
    ];
    // Padding is nothing, as in training.
    for (const { weight } of model.tables) weight.assign(weight.set([0], 0));
    return [model.forward(i32(story), i32([[5, 3]])).at(":", "1:")];
  },
  NeuralLanguageModel: () => {
    const options = { vocabulary: 10, context: 2, width: 3, hidden: 4 };
    const before = [
      [1, 2],
      [9, 4],
    ];
    return [filled(new models.NeuralLanguageModel(options)).forward(i32(before))];
  },
  ELMo: () => {
    const filters = [
      [1, 2],
      [3, 3],
    ] as const;
    const model = filled(new models.ELMo({ vocabulary: 6, characterWidth: 3, filters, width: 4 }));
    const { weight } = model.characters;
    weight.assign(weight.set([256], 0));
    const sentences = ["a dog ran", "the cat sat"].map((text) => text.split(" "));
    return [model.forward(models.characterIds(sentences, 8))];
  },
  GCN: () => {
    const edges = [
      [0, 1],
      [1, 2],
      [2, 0],
      [2, 3],
    ] as const;
    const q = nn.normalizedAdjacency(nn.adjacencyMatrix(edges, 5));
    const model = filled(new models.GCN({ features: 4, classes: 2, hidden: 3 }));
    return [model.forward(wave("nodes", [5, 4]), q)];
  },
};

test("every golden model is made, and every model made is golden", () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(make).sort());
});

describe("models against PyTorch", () => {
  const results = new Map<string, readonly Tensor[]>();

  // All of them are one program: one run of the compiler.
  beforeAll(() => {
    setDefaultDevice("reference");
    for (const [name, run] of Object.entries(make)) results.set(name, run());
    realizeSync(Object.fromEntries(results));
  });

  test.each(Object.entries(cases))("%s", (name, rows) => {
    const found = results.get(name)!;
    expect(found).toHaveLength(rows.length);
    for (const [i, row] of rows.entries()) expectTensor(found[i]!, row, 2e-5, `output ${i}`);
  });
});

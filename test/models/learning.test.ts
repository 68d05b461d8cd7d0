// Small versions of the known networks learn. Those that are deep whatever their width, and what takes
// minutes, are in images.learning.test.ts.

import { beforeEach, expect, test } from "vitest";
import {
  cifarResNet,
  DenseNet,
  LeNet5,
  ResNet,
  UNet,
  VisionTransformer,
} from "../../src/models/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { segmented } from "./pictures.ts";
import { learn, type Model } from "./training.ts";

beforeEach(() => {
  setDefaultDevice(devicesHere.includes("wasm") ? "wasm" : "reference");
  seed(5);
});

const models: Record<string, readonly [() => Model, Parameters<typeof learn>[1]]> = {
  LeNet5: [() => new LeNet5({ classes: 3 }), { size: 28 }],
  "ResNet with bottlenecks": [
    () =>
      new ResNet({
        ...{ blocks: [1, 1], widths: [4, 8], bottleneck: true },
        ...{ stem: "small", channels: 1, classes: 3 },
      }),
    { size: 16 },
  ],
  cifarResNet: [() => cifarResNet(8, { width: 6, channels: 1, classes: 3 }), { size: 16 }],
  DenseNet: [
    () =>
      new DenseNet({
        ...{ blocks: [2, 2], growth: 6, maps: 8, narrow: 2 },
        ...{ stem: "small", channels: 1, classes: 3 },
      }),
    { size: 16 },
  ],
  VisionTransformer: [
    () =>
      new VisionTransformer({
        ...{ image: 16, patch: 4, channels: 1, classes: 3 },
        ...{ width: 32, depth: 2, heads: 4, hidden: 64 },
      }),
    { size: 16, steps: 90 },
  ],
};

test.each(Object.entries(models))("a small %s learns", (_, [make, options]) => {
  expect(learn(make(), options)).toBeGreaterThan(0.9);
});

test("a small UNet learns which pixels belong to shapes", () => {
  const model = new UNet({ width: 6, depth: 2, padding: "same", dropout: 0 });
  const optimizer = new Adam(model.parameters(), { lr: 3e-3 });
  const step = compile((images: Tensor, masks: Tensor) => {
    const loss = nn.crossEntropy(model.forward(images), masks);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  const losses: number[] = [];
  for (let i = 0; i < 40; i++) {
    const { images, masks } = segmented(8, 16, i + 1);
    losses.push(step(images, masks).itemSync());
  }
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 4);
});

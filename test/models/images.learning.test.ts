// Known networks that take more than a moment to learn: deep ones in small versions, the vision
// transformer on MNIST, U-Net on generated shapes.

import { beforeEach, expect, test } from "vitest";
import { loader, mnist } from "../../src/data/index.ts";
import { AlexNet, GoogLeNet, UNet, VGG, VisionTransformer, ZFNet } from "../../src/models/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam, AdamW, cosineAnnealing } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { segmented } from "./pictures.ts";
import { learn, type Model } from "./training.ts";

beforeEach(() => {
  setDefaultDevice(devicesHere.includes("native") ? "native" : "wasm");
  seed(5);
});

const maps = [8, 16, 16, 16, 16] as const;
const models: Record<string, readonly [() => Model, Parameters<typeof learn>[1]]> = {
  AlexNet: [
    () => new AlexNet({ classes: 3, channels: 1, maps, hidden: 32, dropout: 0.1 }),
    { size: 64, steps: 150, lr: 2e-3 },
  ],
  ZFNet: [
    () => new ZFNet({ classes: 3, channels: 1, maps, hidden: 32, dropout: 0.1 }),
    { size: 64, steps: 150, lr: 2e-3 },
  ],
  VGG: [
    () =>
      new VGG({
        ...{ depth: 11, classes: 3, channels: 1, width: 4, hidden: 32, places: 1 },
        ...{ batchNorm: true, dropout: 0 },
      }),
    { size: 32, steps: 150, lr: 2e-3 },
  ],
  GoogLeNet: [
    () => new GoogLeNet({ classes: 3, channels: 1, width: 1 / 8, dropout: 0 }),
    { size: 64, steps: 150, lr: 2e-3 },
  ],
};

test.each(Object.entries(models))("a small %s learns", (_, [make, options]) => {
  expect(learn(make(), options)).toBeGreaterThan(0.9);
});

test("UNet marks generated shapes with an IoU of 0.9 at least", () => {
  const model = new UNet({ width: 8, depth: 3, padding: "same", dropout: 0 });
  const steps = 300;
  const optimizer = new Adam(model.parameters(), { lr: cosineAnnealing(3e-3, { steps }) });
  const step = compile((images: Tensor, masks: Tensor) => {
    const loss = nn.crossEntropy(model.forward(images), masks);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  for (let i = 0; i < steps; i++) {
    const { images, masks } = segmented(8, 32, i + 1);
    step(images, masks).itemSync();
  }
  model.eval();
  const { images, masks } = segmented(64, 32, 9999);
  const found = model.forward(images).argMax({ axis: 1 }).equal(1);
  const truth = masks.equal(1);
  const both = found.logicalAnd(truth).cast("f32").sum().itemSync();
  const either = found.logicalOr(truth).cast("f32").sum().itemSync();
  expect(both / either).toBeGreaterThanOrEqual(0.9);
});

test("a vision transformer reads 97 % of MNIST's test digits at least", async () => {
  const { train, test: unseen, origin } = await mnist();
  const real = !/generated/.test(origin);
  const model = new VisionTransformer({
    ...{ image: 28, patch: 7, channels: 1, classes: 10 },
    ...{ width: 64, depth: 3, heads: 4, hidden: 128 },
  });
  const [epochs, batchSize] = [3, 100];
  const steps = epochs * Math.floor(train.images.shape[0]! / batchSize);
  const optimizer = new AdamW(model.parameters(), {
    lr: cosineAnnealing(2e-3, { steps }),
    weightDecay: 0.05,
  });
  const scaled = (images: Tensor): Tensor => images.cast("f32").div(127.5).sub(1).unsqueeze(1);
  const step = compile((images: Tensor, labels: Tensor) => {
    const loss = nn.crossEntropy(model.forward(scaled(images)), labels);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const { images, labels } of loader(train, {
      batchSize,
      shuffle: true,
      seed: epoch,
    })) {
      await step(images, labels).item();
    }
  }
  model.eval();
  const predict = compile((images: Tensor) => model.forward(scaled(images)).argMax({ axis: 1 }));
  let [right, all] = [0, 0];
  for await (const { images, labels } of loader(unseen, { batchSize: 500 })) {
    right += await predict(images).equal(labels).cast("f32").sum().item();
    all += labels.size;
  }
  expect(right / all).toBeGreaterThanOrEqual(real ? 0.97 : 0.9);
});

// The step of the tour: a small convolutional network, cross-entropy, clipped gradients, Adam with a
// schedule, all in one compiled function.

import { describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { Adam, clipByNorm, cosineAnnealing } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { arange } from "../../src/tensor/create.ts";
import { defaultGenerator, seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { rand } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

function problem() {
  seed(1);
  const model = nn.sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    new nn.BatchNorm2d(4),
    nn.relu,
    new nn.MaxPool2d(2),
    nn.flatten,
    new nn.Dropout(0.1),
    new nn.Linear(4 * 4 * 4, 10),
  );
  const optimizer = new Adam(model.parameters(), { lr: cosineAnnealing(4e-2, { steps: 30 }) });
  const step = compile((images: Tensor, labels: Tensor) => {
    const x = images.cast("f32").div(255).unsqueeze(1);
    const loss = nn.crossEntropy(model.forward(x), labels);
    optimizer.step(clipByNorm(gradients(loss, model), 1));
    return loss;
  });
  const images = rand([10, 8, 8]).mul(256).cast("u8");
  const labels = arange(10).cast("u8");
  return { model, optimizer, step, images, labels };
}

describe.each(devicesHere)("training on %s", (device) => {
  test("learns ten noisy images by heart, and repeats bit for bit", () => {
    setDefaultDevice(device);
    const run = () => {
      const { model, optimizer, step, images, labels } = problem();
      const losses: number[] = [];
      for (let i = 0; i < 30; i++) losses.push(step(images, labels).itemSync());
      expect(step.traceCount).toBe(1);
      step(images.at(":4"), labels.at(":4"));
      expect(step.traceCount).toBe(2);
      expect(optimizer.stepCount.itemSync()).toBe(31);
      model.eval();
      const predicted = model.forward(images.cast("f32").div(255).unsqueeze(1)).argMax({ axis: 1 });
      return { losses, predicted: predicted.arraySync() };
    };
    const first = run();
    expect(first.losses[0]).toBeGreaterThan(1.5);
    expect(first.losses.at(-1)).toBeLessThan(0.3);
    expect(first.predicted).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(run()).toEqual(first);
  });

  test("a run continued from saved state takes the same steps", () => {
    setDefaultDevice(device);
    const one = problem();
    for (let i = 0; i < 4; i++) one.step(one.images, one.labels);
    const weights = one.model.stateDict();
    const state = one.optimizer.stateDict();
    const generator = defaultGenerator().state;
    const after = [0, 1, 2].map(() => one.step(one.images, one.labels).itemSync());
    const two = problem();
    two.model.loadStateDict(weights);
    two.optimizer.loadStateDict(state);
    const { images, labels } = one;
    defaultGenerator().state = generator;
    expect([0, 1, 2].map(() => two.step(images, labels).itemSync())).toEqual(after);
  });
});

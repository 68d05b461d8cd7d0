// What calls the C compiler: new kernels only. Learning rates, offsets, random keys and the sizes of
// batches are launch arguments, in no key and no text.

import { rmSync } from "node:fs";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { compilerInvocations } from "../../src/device/native.ts";
import {
  Conv2d,
  crossEntropy,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  type Module,
  mseLoss,
  ReLU,
  sequential,
} from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { type Compiled, compile } from "../../src/tensor/compile.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { rand, randint, randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere } from "../support/devices.ts";

// A cache of its own, set before any device is opened, so that each kernel is built in this file.
const folder = vi.hoisted(() => {
  const made = `${process.env.TMPDIR ?? "/tmp"}/hebb-promise-key-${process.pid}-${Date.now()}`;
  process.env.HEBB_CACHE = made;
  process.env.HEBB_THREADS = "1";
  return made;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function builds(work: () => void): number {
  const before = compilerInvocations();
  work();
  return compilerInvocations() - before;
}

interface Trainer {
  readonly optimizer: Adam;
  readonly step: Compiled<[Tensor, Tensor, Tensor], Tensor>;
}

/** A classifier; the third argument of a step scales its loss. */
function trainer(model: Module & { forward(x: Tensor): Tensor }): Trainer {
  const optimizer = new Adam(model, { lr: 1e-3 });
  const step = compile((x: Tensor, y: Tensor, scale: Tensor) => {
    const loss = crossEntropy(model.forward(x), y).mul(scale);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  return { optimizer, step };
}

const perceptron = (): Trainer =>
  trainer(sequential(new Linear(50, 32), new ReLU(), new Dropout(0.3), new Linear(32, 10)));

describe.skipIf(!devicesHere.includes("native"))("calls of the C compiler", () => {
  beforeEach(() => {
    setDefaultDevice("native");
  });

  test("1,000 compiled steps call it for the first epoch only", () => {
    const { optimizer, step } = perceptron();
    const x = randn([202, 50]).mul(1);
    const y = randint([202], { high: 10 }).add(0);
    const losses: number[] = [];
    // 202 = 4 · 48 + 10; each epoch begins somewhere else.
    const run = (i: number): void => {
      const start = (i % 5) * 48 + (Math.floor(i / 5) % 3);
      const rows = `${start}:${Math.min(202, start + 48)}`;
      optimizer.lr = 1e-3 * 0.999 ** i;
      const loss = step(x.at(rows), y.at(rows), 1 + 1 / (i + 2));
      if (i % 100 === 0) losses.push(loss.itemSync());
    };
    const first = builds(() => {
      for (let i = 0; i < 15; i++) run(i);
    });
    expect(first).toBeGreaterThan(0);
    const rest = builds(() => {
      for (let i = 15; i < 1000; i++) run(i);
    });
    expect(rest).toBe(0);
    // A whole batch and three lengths of the last one.
    expect(step.traceCount).toBe(4);
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
  });

  test("eager steps with changing numbers and offsets call it for the first ones only", () => {
    const model = sequential(new Linear(6, 8), new ReLU(), new Dropout(0.3), new Linear(8, 2));
    const optimizer = new Adam(model);
    const x = randn([90, 6]).mul(1);
    const y = randn([90, 2]).mul(1);
    const run = (i: number): void => {
      const start = i % 60;
      const rows = `${start}:${start + 24}`;
      optimizer.lr = 1e-3 / (i + 1);
      const loss = mseLoss(model.forward(x.at(rows).mul(0.5 + i)), y.at(rows).sub(i * 0.25));
      optimizer.step(gradients(loss.mul(2.3 + i), model));
      if (i % 4 === 3) loss.itemSync();
    };
    expect(
      builds(() => {
        for (let i = 0; i < 8; i++) run(i);
      }),
    ).toBeGreaterThan(0);
    expect(
      builds(() => {
        for (let i = 8; i < 100; i++) run(i);
      }),
    ).toBe(0);
  });

  test("a new batch size plans again and calls nothing: a perceptron with Adam", () => {
    const { step } = perceptron();
    const run = (batch: number): number =>
      builds(() => step(randn([batch, 50]), randint([batch], { high: 10 }), 1.5).itemSync());
    run(32);
    for (const batch of [48, 64, 20, 100, 33, 128, 17]) expect(run(batch), `${batch}`).toBe(0);
    expect(step.traceCount).toBe(8);
  });

  test("a new batch size plans again and calls nothing: a convolutional network with Adam", () => {
    const { step } = trainer(
      sequential(
        new Conv2d(1, 6, 3),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(6 * 6 * 6, 10),
      ),
    );
    const run = (batch: number): number =>
      builds(() => step(rand([batch, 1, 14, 14]), randint([batch], { high: 10 }), 1).itemSync());
    run(32);
    for (const batch of [48, 64, 40, 50]) expect(run(batch), `${batch}`).toBe(0);
  });

  test("a new length of a row is no new kernel", () => {
    const run = (length: number): number =>
      builds(() => {
        const x = rand([40, length]);
        x.softmax({ axis: -1 }).mul(1.5).sum({ axis: 0 }).dataSync();
      });
    run(100);
    for (const length of [64, 150, 33]) expect(run(length), `${length}`).toBe(0);
  });
});

// The adding problem: an LSTM solves it, a simple net does not.

import { beforeEach, expect, test } from "vitest";
import { stack } from "../../src/index.ts";
import * as nn from "../../src/nn/index.ts";
import { seed } from "../../src/tensor/generator.ts";
import { rand, randint } from "../../src/tensor/random.ts";
import { Reader, remembering, type Task, trained } from "./long-lag.ts";

beforeEach(() => {
  seed(4);
});

test("RN-18 the adding problem over 50 steps: solved by an LSTM, not by a simple net", () => {
  const [time, batch] = [50, 64];
  const task: Task = {
    draw: () => {
      const values = rand([time, batch]);
      // One mark in either half.
      const [first, second] = [0, 1].map((half) =>
        randint([batch], { high: time / 2 }).add((half * time) / 2),
      );
      const marks = [first!, second!]
        .map((at) => at.oneHot(time).cast("f32").T)
        .reduce((a, b) => a.add(b));
      const y = values.mul(marks).sum({ axis: 0 }).unsqueeze(1);
      return { x: stack([values, marks], { axis: 2 }), y };
    },
    loss: nn.mseLoss,
    steps: 2500,
    lr: 4e-3,
  };
  // Always saying 1 costs 1/6.
  expect(trained(new Reader(remembering(2, 32, time), 1), task)).toBeLessThan(0.01);
  expect(trained(new Reader(new nn.RNN(2, 32), 1), task)).toBeGreaterThan(0.1);
});

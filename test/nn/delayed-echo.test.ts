// A long time lag that an LSTM learns and a simple net does not.

import { beforeEach, expect, test } from "vitest";
import { concat } from "../../src/index.ts";
import * as nn from "../../src/nn/index.ts";
import { seed } from "../../src/tensor/generator.ts";
import { rand, randint } from "../../src/tensor/random.ts";
import { Reader, remembering, type Task, trained } from "./long-lag.ts";

beforeEach(() => {
  seed(6);
});

test("RN-18 what was seen 50 steps ago is copied by an LSTM and lost to a simple net", () => {
  const [lag, symbols] = [50, 4];
  const task: Task = {
    // One symbol, then noise on a channel of its own.
    draw: () => {
      const y = randint([64], { high: symbols });
      const first = y.oneHot(symbols).cast("f32").unsqueeze(0);
      const shown = first.pad([[0, lag], 0, 0]);
      return { x: concat([shown, rand([lag + 1, 64, 1])], { axis: 2 }), y };
    },
    loss: nn.crossEntropy,
    steps: 400,
    lr: 1e-2,
  };
  expect(trained(new Reader(remembering(symbols + 1, 24, lag), symbols), task)).toBeLessThan(0.05);
  const simple = new nn.RNN(symbols + 1, 24);
  expect(trained(new Reader(simple, symbols), task)).toBeGreaterThan(0.5 * Math.log(symbols));
});

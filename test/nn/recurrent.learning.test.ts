// Long time lags, which gated nets learn and simple ones do not: RN-16 and RN-18.

import { beforeEach, expect, test } from "vitest";
import { concat, stack, type Tensor, tensor } from "../../src/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam, clipByNorm } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { rand, randint } from "../../src/tensor/random.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

beforeEach(() => {
  setDefaultDevice(devicesHere.includes("native") ? "native" : "wasm");
  seed(4);
});

class Reader extends nn.Module {
  readonly layer: nn.LSTM | nn.RNN;
  readonly head: nn.Linear;

  constructor(layer: nn.LSTM | nn.RNN, outputs: number) {
    super();
    this.layer = layer;
    this.head = new nn.Linear(layer.hidden, outputs);
  }

  /** The read-out of the last state: [batch, outputs]. */
  forward(x: Tensor): Tensor {
    const [states] = this.layer.forward(x);
    return this.head.forward(states.at(-1));
  }
}

/** An LSTM that begins by remembering: the forget gate's bias is 1 (Jozefowicz et al. 2015). */
function remembering(inFeatures: number, hidden: number): nn.LSTM {
  const lstm = new nn.LSTM(inFeatures, hidden);
  const gates = tensor([0, 1, 0, 0]).repeatInterleave(hidden);
  lstm.weights.bias_ih_l0!.assign(gates);
  return lstm;
}

interface Task {
  readonly draw: () => { x: Tensor; y: Tensor };
  readonly loss: (y: Tensor, target: Tensor) => Tensor;
  readonly steps: number;
  readonly lr: number;
}

/** The mean loss of the last tenth of the training. */
function trained(model: Reader, { draw, loss, steps, lr }: Task): number {
  const optimizer = new Adam(model.parameters(), { lr });
  const step = compile(() => {
    const { x, y } = draw();
    const value = loss(model.forward(x), y);
    optimizer.step(clipByNorm(gradients(value, model), 1));
    return value;
  });
  const tail = Math.floor(steps / 10);
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const value = step();
    if (i >= steps - tail) sum += value.itemSync() / tail;
  }
  return sum;
}

test("RN-16 what was seen 50 steps ago is copied by an LSTM and lost to a simple net", () => {
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
    steps: 800,
    lr: 3e-3,
  };
  expect(trained(new Reader(remembering(symbols + 1, 24), symbols), task)).toBeLessThan(0.05);
  const simple = new nn.RNN(symbols + 1, 24);
  expect(trained(new Reader(simple, symbols), task)).toBeGreaterThan(0.5 * Math.log(symbols));
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
  expect(trained(new Reader(remembering(2, 32), 1), task)).toBeLessThan(0.01);
  expect(trained(new Reader(new nn.RNN(2, 32), 1), task)).toBeGreaterThan(0.1);
});

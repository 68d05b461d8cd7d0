// What tests of long time lags share: a recurrent reader with a head, and its training.

import { concat, linspace, type Tensor, zeros } from "../../src/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam, clipByNorm } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { gradients } from "../../src/tensor/gradients.ts";

/** Reads a sequence, then says one thing about it. */
export class Reader extends nn.Module {
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

/**
 * An LSTM whose cells begin by remembering for 1 … span steps: biases log s of their forget gates
 * and −log s of their input gates (Tallec & Ollivier 2018, "Can recurrent neural networks warp time?").
 */
export function remembering(inFeatures: number, hidden: number, span: number): nn.LSTM {
  const lstm = new nn.LSTM(inFeatures, hidden);
  const spans = linspace(1, span - 1, { count: hidden }).log();
  lstm.weights.bias_ih_l0!.assign(concat([spans.neg(), spans, zeros([2 * hidden])]));
  return lstm;
}

export interface Task {
  readonly draw: () => { x: Tensor; y: Tensor };
  readonly loss: (y: Tensor, target: Tensor) => Tensor;
  readonly steps: number;
  readonly lr: number;
}

/** The mean loss of the last tenth of the training. */
export function trained(model: Reader, { draw, loss, steps, lr }: Task): number {
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

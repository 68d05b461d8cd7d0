// The adding problem: a hundred pairs of a number and a mark, two of them marked, one in either half;
// the answer is the sum of the two. An LSTM that begins by remembering (its forget gate's bias is 1:
// Jozefowicz, Zaremba and Sutskever 2015) carries the first over fifty steps and more; a simple (Elman)
// net, given as many updates, the same clipping and the best of three learning rates, does no better
// than always saying 1, which costs 1/6.

import {
  compile,
  gradients,
  rand,
  randint,
  seed,
  stack,
  type Tensor,
  tensor,
  zeros,
} from "../../index.ts";
import * as nn from "../../nn/index.ts";
import { Adam, clipByNorm, cosineAnnealing } from "../../optim/index.ts";
import { meanOf, type Reproduction, rounded } from "./reproduction.ts";

export interface AddingSetup {
  /** Steps of a sequence, even. */
  readonly time: number;
  readonly hidden: number;
  readonly updates: number;
  readonly batch: number;
}

const setup: AddingSetup = { time: 100, hidden: 32, updates: 6000, batch: 32 };
const rates = [5e-3, 2e-3, 5e-4];

/** Numbers in [0, 1) with their marks, x [time, batch, 2], and the sums of those marked, y [batch, 1]. */
export function drawAdding(time: number, batch: number): { x: Tensor; y: Tensor } {
  const values = rand([time, batch]);
  const marks = [0, time / 2]
    .map((first) => randint([batch], { low: first, high: first + time / 2 }))
    .map((at) => at.oneHot(time).cast("f32").T) // [time, batch]
    .reduce((one, other) => one.add(other));
  const y = values.mul(marks).sum({ axis: 0 }).unsqueeze(1);
  return { x: stack([values, marks], { axis: 2 }), y };
}

/** A recurrent layer whose last state is read. */
export class Adder extends nn.Module {
  readonly layer: nn.LSTM | nn.RNN;
  readonly head: nn.Linear;

  constructor(layer: nn.LSTM | nn.RNN) {
    super();
    this.layer = layer;
    this.head = new nn.Linear(layer.hidden, 1);
  }

  /** @param x  [time, batch, 2] @returns [batch, 1] */
  forward(x: Tensor): Tensor {
    return this.head.forward(this.layer.forward(x)[0].at(-1));
  }
}

/** An LSTM whose gates' biases are 0, that of the forget gate 1. */
export function rememberingLstm(hidden: number): nn.LSTM {
  const lstm = new nn.LSTM(2, hidden);
  const { bias_ih_l0: given, bias_hh_l0: second } = lstm.weights;
  given?.assign(tensor([0, 1, 0, 0]).repeatInterleave(hidden)); // input, forget, candidate, output
  second?.assign(zeros([4 * hidden]));
  return lstm;
}

/** Trains on sequences that are drawn anew each time; the mean square error of 2,560 others. */
export async function trainAdder(
  make: () => Adder,
  { time, updates, batch }: AddingSetup,
  lr: number,
): Promise<number> {
  seed(1997);
  const model = make();
  const optimizer = new Adam(model.parameters(), { lr: cosineAnnealing(lr, { steps: updates }) });
  const step = compile(() => {
    const { x, y } = drawAdding(time, batch);
    const loss = nn.mseLoss(model.forward(x), y);
    optimizer.step(clipByNorm(gradients(loss, model), 1));
    return loss;
  });
  for (let i = 0; i < updates; i++) await step().item();
  const check = compile(() => {
    const { x, y } = drawAdding(time, 256);
    return nn.mseLoss(model.forward(x), y);
  });
  const errors: number[] = [];
  for (let i = 0; i < 10; i++) errors.push(await check().item());
  return meanOf(errors);
}

export const adding: Reproduction = {
  name: "adding",
  about: `LSTM on the adding problem over ${setup.time} steps; an Elman net beside it`,
  metric: "mean square error",
  published: "below 0.01",
  source: "Hochreiter and Schmidhuber 1997, Long Short-Term Memory, §5.4",
  bound: { most: 0.01 },
  async run(say) {
    const { hidden } = setup;
    const best = async (name: string, layer: () => nn.LSTM | nn.RNN, lrs: readonly number[]) => {
      const errors: number[] = [];
      for (const lr of lrs) {
        errors.push(await trainAdder(() => new Adder(layer()), setup, lr));
        say(`${name}, learning rate ${lr}: ${(errors.at(-1) as number).toFixed(5)}`);
      }
      return rounded(Math.min(...errors), 5);
    };
    const ours = await best("LSTM", () => rememberingLstm(hidden), [rates[0] as number]);
    const elman = await best("Elman net", () => new nn.RNN(2, hidden), rates);
    return {
      ours,
      details: { elman },
      holds: { "the Elman net stays at 0.1 or above": elman >= 0.1 },
    };
  },
};

// A plain network on MNIST as vectors, with dropout and without. Nothing knows that the 784 numbers
// are a picture, so no convolution and no moved digits. Hidden layers of 1,024 rectified units, a fifth
// of the inputs and half of the units dropped as in the paper (which has three of them); the same
// network without dropout is trained until it makes no mistake on the training digits.

import * as nn from "../../nn/index.ts";
import { digitExample } from "../experiment.ts";
import { realMnist, trainClassifier } from "./classifier.ts";
import { type Reproduction, rounded } from "./reproduction.ts";

const network = (widths: readonly number[], drops: readonly [number, number]): nn.Sequential => {
  const layers: nn.Step[] = [nn.flatten, new nn.Dropout(drops[0])];
  let width = 784;
  for (const next of widths) {
    layers.push(new nn.Linear(width, next), nn.relu, new nn.Dropout(drops[1]));
    width = next;
  }
  return nn.sequential(...layers, new nn.Linear(width, 10));
};

export const dropoutNet: Reproduction = {
  name: "dropout",
  about: "784-1024-1024-10 on permutation-invariant MNIST, with dropout and without",
  metric: "test error, %",
  published: 1.25,
  source:
    "Srivastava et al. 2014, Dropout: A Simple Way to Prevent Neural Networks from Overfitting, table 2",
  bound: { most: 1.35 },
  async run(say) {
    const { train, test } = await realMnist();
    const shared = { train, test, example: digitExample, say, batchSize: 256, seed: 2014 };
    const widths = [1024, 1024];
    const error = async (
      drops: readonly [number, number],
      schedule: { epochs: number; lr: number; weightDecay: number },
    ): Promise<number> => {
      const share = await trainClassifier(() => network(widths, drops), { ...shared, ...schedule });
      return rounded(100 * (1 - share));
    };
    say("without dropout");
    const without = await error([0, 0], { epochs: 8, lr: 1e-3, weightDecay: 0 });
    say(`test error ${without} %; with dropout`);
    const ours = await error([0.2, 0.5], { epochs: 24, lr: 2e-3, weightDecay: 0.05 });
    return { ours, details: { without }, holds: { "better than without": ours < without } };
  },
};

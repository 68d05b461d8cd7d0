// LeNet-5 on MNIST. The layers and their sizes are the paper's (61,706 numbers are trained, with full
// connections between the maps); ReLU, max-pooling and cross-entropy are today's.

import { LeNet5 } from "../../models/index.ts";
import * as nn from "../../nn/index.ts";
import { digitExample } from "../experiment.ts";
import { RandomChange } from "./augmentation.ts";
import { realMnist, trainClassifier } from "./classifier.ts";
import { type Reproduction, rounded } from "./reproduction.ts";

const lenet5 = (): nn.Sequential =>
  nn.sequential(
    new RandomChange({ shift: 1 }),
    new LeNet5({ activation: nn.relu, pooling: "max" }),
  );

export const lenet: Reproduction = {
  name: "lenet",
  about: "LeNet-5 on MNIST, digits moved by at most one pixel, 12 epochs of AdamW",
  metric: "test accuracy, %",
  published: 99.05,
  source: "LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition, §III",
  bound: { least: 99.1 },
  async run(say) {
    const { train, test } = await realMnist();
    const share = await trainClassifier(lenet5, {
      ...{ train, test, example: digitExample, say },
      ...{ epochs: 12, lr: 3e-3, weightDecay: 0.01, seed: 1998 },
    });
    return { ours: rounded(100 * share) };
  },
};

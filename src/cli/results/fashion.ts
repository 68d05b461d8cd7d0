// A small convolutional network on Fashion-MNIST: three convolutions with batch normalisation, two
// poolings and a linear read-out, on pictures that are mirrored and moved a little.

import { fashionMnist } from "../../data/index.ts";
import * as nn from "../../nn/index.ts";
import { digitExample } from "../experiment.ts";
import { RandomChange } from "./augmentation.ts";
import { trainClassifier } from "./classifier.ts";
import { type Reproduction, rounded } from "./reproduction.ts";

const network = (): nn.Sequential =>
  nn.sequential(
    new RandomChange({ flip: true, shift: 1 }),
    new nn.Conv2d(1, 16, 3, { padding: 1, bias: false }), // [batch, 16, 28, 28]
    new nn.BatchNorm2d(16),
    nn.relu,
    new nn.MaxPool2d(2), // [batch, 16, 14, 14]
    new nn.Conv2d(16, 32, 3, { padding: 1, bias: false }), // [batch, 32, 14, 14]
    new nn.BatchNorm2d(32),
    nn.relu,
    new nn.MaxPool2d(2), // [batch, 32, 7, 7]
    new nn.Conv2d(32, 64, 3, { bias: false }), // [batch, 64, 5, 5]
    new nn.BatchNorm2d(64),
    nn.relu,
    nn.flatten,
    new nn.Dropout(0.2),
    new nn.Linear(64 * 25, 128),
    nn.relu,
    new nn.Dropout(0.2),
    new nn.Linear(128, 10),
  );

export const fashion: Reproduction = {
  name: "fashion",
  about: "three convolutions on Fashion-MNIST, pictures mirrored and moved by at most one pixel",
  metric: "test accuracy, %",
  published: 93,
  source: "about what two and three convolutions reach: github.com/zalandoresearch/fashion-mnist",
  bound: { least: 92.5 },
  async run(say) {
    const { train, test } = await fashionMnist();
    const share = await trainClassifier(network, {
      ...{ train, test, example: digitExample, say },
      ...{ epochs: 15, lr: 5e-3, weightDecay: 0.02, seed: 2017 },
    });
    return { ours: rounded(100 * share) };
  },
};

// Training a small network for a moment, for tests that a model learns.

import * as nn from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { pictures } from "./pictures.ts";

export type Model = nn.Module & nn.Layer;

export interface LearnOptions {
  readonly size: number;
  readonly channels?: number;
  readonly steps?: number;
  readonly lr?: number;
  readonly batch?: number;
}

/** Trains on pictures of shapes and gives the share of new ones that it classifies. */
export function learn(model: Model, options: LearnOptions): number {
  const { size, channels = 1, steps = 30, lr = 4e-3, batch = 18 } = options;
  const optimizer = new Adam(model.parameters(), { lr });
  const step = compile((images: Tensor, labels: Tensor) => {
    const loss = nn.crossEntropy(model.forward(images), labels);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  for (let i = 0; i < steps; i++) {
    const { images, labels } = pictures(batch, size, { channels, seed: i + 1 });
    step(images, labels).itemSync();
  }
  model.eval();
  const { images, labels } = pictures(60, size, { channels, seed: 1000 });
  const guesses = model.forward(images).argMax({ axis: 1 });
  return guesses.equal(labels).cast("f32").mean().itemSync();
}

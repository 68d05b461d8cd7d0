// What learning tests share: a compiled step of training, and a seeded stream of numbers for tasks.

import type { Module } from "../../src/nn/index.ts";
import { Adam, clipByNorm, type Rate } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** A function from a batch to its loss, which it lowers by one step of Adam. */
export function trainer<B>(
  model: Module,
  lossOf: (batch: B) => Tensor,
  lr: Rate = 1e-2,
): (batch: B) => Promise<number> {
  const optimizer = new Adam(model.parameters(), { lr });
  const step = compile((batch: B) => {
    const loss = lossOf(batch);
    optimizer.step(clipByNorm(gradients(loss, model), 1));
    return loss;
  }) as (batch: B) => Tensor;
  return (batch) => step(batch).item() as Promise<number>;
}

/** Whole numbers in [0, below), the same each time (mulberry32). */
export function numbers(start: number): (below: number) => number {
  let state = start >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

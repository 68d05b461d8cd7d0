// Dropout: while training, each element is 0 with probability p and divided by 1 − p otherwise, so
// that its mean stays. The mask is a function of seed, draw and place: it costs no memory, every
// replayed step draws anew, and a backward pass sees the same mask.

import { DataError } from "../ir/errors.ts";
import { zeros } from "../tensor/create.ts";
import type { Generator } from "../tensor/generator.ts";
import { bernoulli } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

export interface DropoutOptions {
  /** Whether to drop at all. Default true. */
  training?: boolean;
  /** The stream to draw from. Default the one that seed() sets. */
  generator?: Generator;
}

/**
 * x·m / (1 − p) with m 0 with probability p and else 1.
 *
 * @param p  the probability of a 0, in [0, 1]
 * @source   Srivastava et al. 2014, Dropout, §4; scaled while training instead of after
 */
export function dropout(
  x: Tensor,
  p = 0.5,
  { training = true, generator }: DropoutOptions = {},
): Tensor {
  checkProbability(p);
  if (!training || p === 0) return x;
  if (p === 1) return x.where(zeros([], { dtype: "bool" }), 0);
  const kept = bernoulli(1 - p, { shape: x.shape, dtype: "bool", generator });
  return x.mul(1 / (1 - p)).where(kept, 0);
}

function checkProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new DataError(`dropout: p must lie in [0, 1], not ${p}`);
}

/** dropout while training, and nothing in evaluation. */
export class Dropout extends Module {
  readonly p: number;
  readonly generator: Generator | undefined;

  constructor(p = 0.5, { generator }: Pick<DropoutOptions, "generator"> = {}) {
    super();
    checkProbability(p);
    this.p = p;
    this.generator = generator;
  }

  forward(x: Tensor): Tensor {
    return dropout(x, this.p, { training: this.training, generator: this.generator });
  }
}

// Dropout for SELU networks: what is dropped takes the value that SELU tends to below, and a line puts
// mean 0 and variance 1 back.

import { ShapeError } from "../ir/errors.ts";
import type { Generator } from "../tensor/generator.ts";
import { bernoulli } from "../tensor/random.ts";
import { requireProbability } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import { showShape } from "./shape.ts";

/** α′ = −λ·α: what SELU gives far below 0. */
const floor = -1.7580993408473766;

/** a·(x or α′) + b, kept where the mask is true. */
function dropped(x: Tensor, p: number, shape: readonly number[], generator?: Generator): Tensor {
  const a = 1 / Math.sqrt((1 - p) * (1 + p * floor ** 2));
  const kept = bernoulli(1 - p, { shape, dtype: "bool", generator });
  return x
    .where(kept, floor)
    .mul(a)
    .sub(a * p * floor);
}

/** What both kinds know. */
abstract class SeluDropout extends Module {
  readonly p: number;
  readonly generator: Generator | undefined;

  /** @param p  the probability to be dropped, in [0, 1). Default 0.5 @param options  generator */
  constructor(p = 0.5, { generator }: { generator?: Generator } = {}) {
    super();
    requireProbability(this.constructor.name, { p });
    this.p = p;
    this.generator = generator;
  }
}

/**
 * a·(x·m + α′·(1 − m)) + b with m 0 with probability p, while training; a and b keep mean and variance.
 *
 * @source  Klambauer et al. 2017, Self-Normalizing Neural Networks, §2 (new dropout technique).
 *   arXiv:1706.02515
 * @example
 * new AlphaDropout(0.2).eval().forward(tensor([1, -1])); // [1, -1]
 */
export class AlphaDropout extends SeluDropout {
  /** @param x  any shape @returns  its shape */
  forward(x: Tensor): Tensor {
    const { p, training, generator } = this;
    return training && p > 0 ? dropped(x, p, x.shape, generator) : x;
  }
}

/**
 * AlphaDropout of whole channels.
 *
 * @example
 * new FeatureAlphaDropout(0.2).forward(ones([4, 3, 2, 2])).shape; // [4, 3, 2, 2]
 */
export class FeatureAlphaDropout extends SeluDropout {
  /**
   * @param x  [batch, channels, ...places]
   * @returns  its shape
   * @throws ShapeError  there are no channels
   */
  forward(x: Tensor): Tensor {
    if (x.rank < 2) {
      throw new ShapeError(
        `FeatureAlphaDropout: the input must be [batch, channels, ...places], not ${showShape(x.shape)}`,
      );
    }
    const { p, training, generator } = this;
    const shape = x.shape.map((n, i) => (i < 2 ? n : 1));
    return training && p > 0 ? dropped(x, p, shape, generator) : x;
  }
}

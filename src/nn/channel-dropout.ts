// Dropout of whole channels: neighbours of a place say nearly the same, so that a single dropped place
// is no loss; a dropped map is.

import { ones } from "../tensor/create.ts";
import type { Generator } from "../tensor/generator.ts";
import { requireProbability } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { dropout } from "./dropout.ts";
import { PlaceLayer } from "./places.ts";

/** What all ranks do. */
abstract class ChannelDropout extends PlaceLayer {
  readonly p: number;
  readonly generator: Generator | undefined;

  /** @param p  the probability of a channel to be 0. Default 0.5 @param options  generator */
  constructor(p = 0.5, { generator }: { generator?: Generator } = {}) {
    super();
    requireProbability(this.constructor.name, { p });
    this.p = p;
    this.generator = generator;
  }

  /**
   * @param x  [batch, channels, ...places], or without batch
   * @returns  its shape
   * @throws ShapeError  the rank differs
   */
  forward(x: Tensor): Tensor {
    this.requirePlaces(x);
    if (!this.training || this.p === 0) return x;
    const axes = this.axes();
    const { p, generator } = this;
    const one = ones([...x.shape.slice(0, -axes), ...x.shape.slice(-axes).map(() => 1)], {
      dtype: x.dtype,
    });
    return x.mul(dropout(one, p, { generator }));
  }
}

/**
 * As Dropout2d, of sequences.
 *
 * @example
 * new Dropout1d(0.5).eval().forward(tensor([[1, 2]])); // [[1, 2]]
 */
export class Dropout1d extends ChannelDropout {
  protected override axes(): number {
    return 1;
  }
}

/**
 * x·m / (1 − p) with m 0 with probability p and else 1 for each channel of each example, while training.
 *
 * @source  Tompson et al. 2015, Efficient Object Localization Using Convolutional Networks, §3.2.
 *   arXiv:1411.4280
 * @example
 * new Dropout2d(1).forward(ones([1, 2, 2])); // [[[0, 0], [0, 0]]]
 */
export class Dropout2d extends ChannelDropout {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As Dropout2d, of volumes.
 *
 * @example
 * new Dropout3d(0.2).forward(ones([4, 3, 2, 2, 2])).shape; // [4, 3, 2, 2, 2]
 */
export class Dropout3d extends ChannelDropout {
  protected override axes(): number {
    return 3;
  }
}

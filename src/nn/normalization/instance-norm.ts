// Instance normalisation: every channel of every example by its own statistics over places. It takes
// contrast out of a picture, whatever else is in the batch.

import { ShapeError } from "../../ir/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { showShape } from "../shape.ts";
import { ChannelNorm, type ChannelNormOptions } from "./channel-norm.ts";
import { standardized } from "./standardized.ts";

/** affine and trackRunningStats are false by default. */
export interface InstanceNormOptions extends ChannelNormOptions {
  /** Share of a new batch in the running statistics. Default 0.1. */
  momentum?: number;
}

/** What instance normalisations of all ranks do. */
abstract class InstanceNorm extends ChannelNorm {
  constructor(channels: number, options: InstanceNormOptions = {}) {
    super(channels, {
      ...options,
      affine: options.affine ?? false,
      trackRunningStats: options.trackRunningStats ?? false,
    });
  }

  protected normalize(x: Tensor, spatial: number, layout: string): Tensor {
    if (x.rank === spatial + 1) return this.normalize(x.unsqueeze(0), spatial, layout).squeeze(0);
    this.check(x, [spatial + 2], layout);
    const { channels, runningMean, runningVar, momentum, eps } = this;
    if (!this.training && runningMean !== undefined && runningVar !== undefined) {
      return this.byRunning(x, runningMean, runningVar);
    }
    const axis = x.shape.map((_, i) => i).slice(2);
    const count = axis.reduce((n, a) => n * (x.shape[a] as number), 1);
    if (this.training && count <= 1) {
      throw new ShapeError(
        `${this.constructor.name}: one place has no variance (input ${showShape(x.shape)}); every result would be 0`,
      );
    }
    const { centred, scale, mean, variance } = standardized(x, axis, eps);
    if (this.training && runningMean !== undefined) {
      const over = (t: Tensor): Tensor => t.mean({ axis: 0 }).reshape([channels]);
      this.track(over(mean), over(variance).mul(count / (count - 1)), momentum ?? 0);
    }
    return this.scaled(centred, scale);
  }
}

/**
 * As InstanceNorm2d, of sequences.
 *
 * @source Ulyanov, Vedaldi and Lempitsky 2016, Instance Normalization, eq. (2). arXiv:1607.08022
 * @example
 * new InstanceNorm1d(3).forward(randn([4, 3, 8])).shape; // [4, 3, 8]
 */
export class InstanceNorm1d extends InstanceNorm {
  /** @param x  [batch, channels, length], or without batch */
  forward(x: Tensor): Tensor {
    return this.normalize(x, 1, ", length");
  }
}

/**
 * y = (x − mean) / √(var + ε)·γ + β for each channel of each example, over height and width.
 *
 * With trackRunningStats the means over the batch are remembered and used in evaluation.
 *
 * @source Ulyanov, Vedaldi and Lempitsky 2016, Instance Normalization, eq. (2). arXiv:1607.08022
 * @example
 * new InstanceNorm2d(3).forward(randn([4, 3, 8, 8])).shape; // [4, 3, 8, 8]
 */
export class InstanceNorm2d extends InstanceNorm {
  /**
   * @param x  [batch, channels, height, width], or without batch
   * @throws ShapeError  the channels differ, or training sees one place
   */
  forward(x: Tensor): Tensor {
    return this.normalize(x, 2, ", height, width");
  }
}

/**
 * As InstanceNorm2d, of volumes.
 *
 * @source Ulyanov, Vedaldi and Lempitsky 2016, Instance Normalization, eq. (2). arXiv:1607.08022
 * @example
 * new InstanceNorm3d(3).forward(randn([4, 3, 2, 2, 2])).shape; // [4, 3, 2, 2, 2]
 */
export class InstanceNorm3d extends InstanceNorm {
  /** @param x  [batch, channels, depth, height, width], or without batch */
  forward(x: Tensor): Tensor {
    return this.normalize(x, 3, ", depth, height, width");
  }
}

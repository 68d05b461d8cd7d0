// Batch normalisation: every channel by its statistics over the batch (and over places, where there are
// any) while training, by running statistics in evaluation. Seeds 002 §2.4 and 003 §Batch
// Normalization; γ, β, ε are 003's α, β, δ.

import { ShapeError } from "../../ir/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { showShape } from "../shape.ts";
import { ChannelNorm, type ChannelNormOptions } from "./channel-norm.ts";
import { standardized } from "./standardized.ts";

/** affine and trackRunningStats are true by default. */
export type BatchNormOptions = ChannelNormOptions;

/** What batch normalisations of all ranks do. */
abstract class BatchNorm extends ChannelNorm {
  constructor(channels: number, options: BatchNormOptions = {}) {
    super(channels, {
      ...options,
      affine: options.affine ?? true,
      trackRunningStats: options.trackRunningStats ?? true,
    });
  }

  protected normalize(x: Tensor): Tensor {
    const { channels, runningMean, runningVar, numBatchesTracked, momentum, eps } = this;
    if (!this.training && runningMean !== undefined && runningVar !== undefined) {
      return this.byRunning(x, runningMean, runningVar);
    }
    const axis = x.shape.map((_, i) => i).filter((i) => i !== 1);
    const { centred, scale, mean, variance } = standardized(x, axis, eps);
    if (this.training) {
      const count = x.size / channels;
      if (count <= 1) {
        throw new ShapeError(
          `${this.constructor.name}: one value a channel has no variance to train on (input ${showShape(x.shape)}); use a larger batch or eval()`,
        );
      }
      if (runningMean !== undefined && numBatchesTracked !== undefined) {
        const batches = numBatchesTracked.add(1);
        numBatchesTracked.assign(batches);
        const unbiased = variance.mul(count / (count - 1));
        const share = momentum ?? batches.cast(runningMean.dtype).reciprocal();
        this.track(mean.reshape([channels]), unbiased.reshape([channels]), share);
      }
    }
    return this.scaled(centred, scale);
  }
}

/**
 * y = (x − mean) / √(var + ε)·γ + β for each channel, over the batch and places along it.
 *
 * As BatchNorm2d, of vectors or sequences.
 *
 * @source Ioffe and Szegedy 2015, Batch Normalization, alg. 1 and 2. arXiv:1502.03167; seeds 002 §2.4
 *   and 003 §Batch Normalization
 * @example
 * new BatchNorm1d(3).forward(randn([4, 3])).shape; // [4, 3]
 */
export class BatchNorm1d extends BatchNorm {
  /**
   * @param x  [batch, channels] or [batch, channels, length]
   * @throws ShapeError  the channels differ, or training sees one value a channel
   */
  forward(x: Tensor): Tensor {
    this.check(x, [2, 3], " (, length)");
    return this.normalize(x);
  }
}

/**
 * y = (x − mean) / √(var + ε)·γ + β for each channel, over batch, height and width.
 *
 * While training, mean and variance are those of the batch, and the running statistics move towards
 * them: running ← (1 − momentum)·running + momentum·batch, with the unbiased variance. In evaluation
 * the running statistics are used, so a result does not depend on what else is in the batch.
 *
 * @source Ioffe and Szegedy 2015, Batch Normalization, alg. 1 and 2. arXiv:1502.03167; seeds 002 §2.4
 *   and 003 §Batch Normalization
 * @example
 * new BatchNorm2d(3).forward(randn([4, 3, 8, 8])).shape; // [4, 3, 8, 8]
 */
export class BatchNorm2d extends BatchNorm {
  /**
   * @param x  [batch, channels, height, width]
   * @throws ShapeError  the channels differ, or training sees one value a channel
   */
  forward(x: Tensor): Tensor {
    this.check(x, [4], ", height, width");
    return this.normalize(x);
  }
}

/**
 * y = (x − mean) / √(var + ε)·γ + β for each channel, over batch, depth, height and width.
 *
 * As BatchNorm2d, of volumes.
 *
 * @source Ioffe and Szegedy 2015, Batch Normalization, alg. 1 and 2. arXiv:1502.03167; seeds 002 §2.4
 *   and 003 §Batch Normalization
 * @example
 * new BatchNorm3d(3).forward(randn([4, 3, 2, 2, 2])).shape; // [4, 3, 2, 2, 2]
 */
export class BatchNorm3d extends BatchNorm {
  /**
   * @param x  [batch, channels, depth, height, width]
   * @throws ShapeError  the channels differ, or training sees one value a channel
   */
  forward(x: Tensor): Tensor {
    this.check(x, [5], ", depth, height, width");
    return this.normalize(x);
  }
}

// Normalisation: activations shifted and scaled to mean 0 and variance 1, over the features of one
// example (LayerNorm) or over a batch for each channel (BatchNorm2d).

import { ShapeError } from "../ir/errors.ts";
import { Parameter, State } from "../tensor/cell.ts";
import { ones, zeros } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FloatType } from "./init.ts";
import { Module } from "./module.ts";
import { equalShapes, showShape } from "./shape.ts";
import { type FieldNames, stateKeys } from "./state-keys.ts";

export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Whether there are a weight and a bias. Default true. */
  elementwiseAffine?: boolean;
  /** Whether there is a bias beside the weight. Default true. */
  bias?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * y = (x − mean) / √(var + ε)·γ + β over the last axes.
 *
 * @source Ba, Kiros and Hinton 2016, Layer Normalization, eq. (4). arXiv:1607.06450
 * @example
 * new LayerNorm(8).forward(randn([2, 5, 8])).shape; // [2, 5, 8]
 */
export class LayerNorm extends Module {
  /** γ: the normalised shape. Starts at 1. */
  readonly weight: Parameter | undefined;
  /** β: the normalised shape. Starts at 0. */
  readonly bias: Parameter | undefined;
  readonly normalizedShape: readonly number[];
  readonly eps: number;

  constructor(normalizedShape: number | readonly number[], options: LayerNormOptions = {}) {
    super();
    const { eps = 1e-5, elementwiseAffine = true, bias = true, dtype = "f32" } = options;
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : [...normalizedShape];
    this.normalizedShape = shape;
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(ones(shape, { dtype })) : undefined;
    this.bias = elementwiseAffine && bias ? new Parameter(zeros(shape, { dtype })) : undefined;
  }

  /**
   * @param x  [..., ...normalizedShape]
   * @throws ShapeError  the last axes of x differ
   */
  forward(x: Tensor): Tensor {
    const { normalizedShape, weight, bias, eps } = this;
    const first = x.rank - normalizedShape.length;
    if (first < 0 || !equalShapes(x.shape.slice(first), normalizedShape)) {
      throw new ShapeError(
        `LayerNorm: the last axes of the input must be ${showShape(normalizedShape)}, not ${showShape(x.shape)}`,
      );
    }
    const axis = normalizedShape.map((_, i) => first + i);
    const centred = x.sub(x.mean({ axis, keepDims: true }));
    const variance = centred.square().mean({ axis, keepDims: true });
    let y = centred.mul(variance.add(eps).rsqrt());
    if (weight !== undefined) y = y.mul(weight);
    return bias === undefined ? y : y.add(bias);
  }
}

export interface BatchNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Share of a new batch in the running statistics; null: all batches equally. Default 0.1. */
  momentum?: number | null;
  /** Whether there are a weight and a bias. Default true. */
  affine?: boolean;
  /** Whether statistics are kept for evaluation. Default true. */
  trackRunningStats?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * y = (x − mean) / √(var + ε)·γ + β for each channel, over batch, height and width.
 *
 * While training, mean and variance are those of the batch, and the running statistics move towards
 * them: running ← (1 − momentum)·running + momentum·batch, with the unbiased variance. In evaluation
 * the running statistics are used.
 *
 * @source Ioffe and Szegedy 2015, Batch Normalization, alg. 1 and 2. arXiv:1502.03167
 * @example
 * new BatchNorm2d(3).forward(randn([4, 3, 8, 8])).shape; // [4, 3, 8, 8]
 */
export class BatchNorm2d extends Module {
  /** γ: [channels]. Starts at 1. */
  readonly weight: Parameter | undefined;
  /** β: [channels]. Starts at 0. */
  readonly bias: Parameter | undefined;
  /** [channels], in the units of x. Starts at 0. */
  readonly runningMean: State | undefined;
  /** [channels], in the squared units of x. Starts at 1. */
  readonly runningVar: State | undefined;
  /** i32 [] */
  readonly numBatchesTracked: State | undefined;
  readonly channels: number;
  readonly eps: number;
  readonly momentum: number | null;

  constructor(channels: number, options: BatchNormOptions = {}) {
    super();
    const { eps = 1e-5, momentum = 0.1, affine = true, dtype = "f32" } = options;
    const tracked = options.trackRunningStats ?? true;
    this.channels = channels;
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? new Parameter(ones([channels], { dtype })) : undefined;
    this.bias = affine ? new Parameter(zeros([channels], { dtype })) : undefined;
    this.runningMean = tracked ? new State(zeros([channels], { dtype })) : undefined;
    this.runningVar = tracked ? new State(ones([channels], { dtype })) : undefined;
    this.numBatchesTracked = tracked ? new State(zeros([], { dtype: "i32" })) : undefined;
  }

  override get fieldNames(): FieldNames {
    return stateKeys.batchNorm;
  }

  /**
   * @param x  [batch, channels, height, width]
   * @throws ShapeError  the channels differ, or training sees one value a channel
   */
  forward(x: Tensor): Tensor {
    const { channels, runningMean, runningVar, weight, bias } = this;
    if (x.rank !== 4 || x.shape[1] !== channels) {
      throw new ShapeError(
        `BatchNorm2d: the input must be [batch, ${channels}, height, width], not ${showShape(x.shape)}`,
      );
    }
    const each = [channels, 1, 1];
    let centred: Tensor;
    let variance: Tensor;
    if (this.training || runningMean === undefined || runningVar === undefined) {
      const axis = [0, 2, 3];
      const mean = x.mean({ axis, keepDims: true });
      centred = x.sub(mean);
      variance = centred.square().mean({ axis, keepDims: true });
      if (this.training) this.track(x, mean.reshape([channels]), variance.reshape([channels]));
    } else {
      centred = x.sub(runningMean.reshape(each));
      variance = runningVar.reshape(each);
    }
    const scale = variance.add(this.eps).rsqrt();
    let y = centred.mul(weight === undefined ? scale : scale.mul(weight.reshape(each)));
    if (bias !== undefined) y = y.add(bias.reshape(each));
    return y;
  }

  /** Moves the running statistics. */
  private track(x: Tensor, mean: Tensor, variance: Tensor): void {
    const count = x.size / this.channels;
    if (count <= 1) {
      throw new ShapeError(
        `BatchNorm2d: one value a channel has no variance to train on (input ${showShape(x.shape)}); use a larger batch or eval()`,
      );
    }
    const { runningMean, runningVar, numBatchesTracked, momentum } = this;
    if (runningMean === undefined || runningVar === undefined) return;
    const batches = (numBatchesTracked as State).add(1);
    (numBatchesTracked as State).assign(batches);
    const share = momentum ?? batches.cast(runningMean.dtype).reciprocal();
    const unbiased = variance.mul(count / (count - 1));
    runningMean.assign(moved(runningMean, mean, share));
    runningVar.assign(moved(runningVar, unbiased, share));
  }
}

/** (1 − share)·old + share·batch, detached. */
function moved(old: State, batch: Tensor, share: number | Tensor): Tensor {
  const next = batch.detach().cast(old.dtype);
  const kept = typeof share === "number" ? 1 - share : share.neg().add(1);
  return old.mul(kept).add(next.mul(share));
}

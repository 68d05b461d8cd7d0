// What batch and instance normalisation have in common: statistics a channel, a scale and a shift a
// channel, and running statistics for evaluation. They differ in the axes that statistics are over.

import { ShapeError } from "../../ir/errors.ts";
import { Parameter, State } from "../../tensor/cell.ts";
import { ones, zeros } from "../../tensor/create.ts";
import { requireProbability, requireSizes, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";
import * as stateKeys from "../state-keys.ts";

export interface ChannelNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Share of a new batch in the running statistics; null: all batches equally. Default 0.1. */
  momentum?: number | null;
  /** Whether there are a weight and a bias. */
  affine?: boolean;
  /** Whether statistics are kept for evaluation. */
  trackRunningStats?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/** Parameters and statistics of a normalisation of channels. */
export abstract class ChannelNorm extends Module {
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

  constructor(
    channels: number,
    { eps = 1e-5, momentum = 0.1, affine, trackRunningStats, dtype = "f32" }: ChannelNormOptions,
  ) {
    super();
    const name = this.constructor.name;
    requireSizes(name, { channels });
    requireWithin(name, { eps }, { from: 0 });
    if (momentum !== null) requireProbability(name, { momentum });
    this.channels = channels;
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? new Parameter(ones([channels], { dtype })) : undefined;
    this.bias = affine ? new Parameter(zeros([channels], { dtype })) : undefined;
    this.runningMean = trackRunningStats ? new State(zeros([channels], { dtype })) : undefined;
    this.runningVar = trackRunningStats ? new State(ones([channels], { dtype })) : undefined;
    this.numBatchesTracked = trackRunningStats ? new State(zeros([], { dtype: "i32" })) : undefined;
  }

  override get fieldNames(): stateKeys.FieldNames {
    return stateKeys.batchNorm;
  }

  /** x with the running mean and variance, then γ and β. */
  protected byRunning(x: Tensor, mean: State, variance: State): Tensor {
    const each = this.each(x);
    return this.scaled(x.sub(mean.reshape(each)), variance.reshape(each).add(this.eps).rsqrt());
  }

  /** x·scale·γ + β; scale broadcasts to x. */
  protected scaled(x: Tensor, scale: Tensor): Tensor {
    const { weight, bias } = this;
    const each = this.each(x);
    const y = x.mul(weight === undefined ? scale : scale.mul(weight.reshape(each)));
    return bias === undefined ? y : y.add(bias.reshape(each));
  }

  /** A vector of channels beside x: [channels, 1, …]. */
  private each(x: Tensor): number[] {
    return [this.channels, ...x.shape.slice(2).map(() => 1)];
  }

  /** Moves the running statistics; `share` is that of the new ones. */
  protected track(mean: Tensor, variance: Tensor, share: number | Tensor): void {
    const { runningMean, runningVar } = this;
    runningMean?.assign(moved(runningMean, mean, share));
    runningVar?.assign(moved(runningVar, variance, share));
  }

  /** Throws unless x is [batch, channels, …] of one of the ranks. */
  protected check(x: Tensor, ranks: readonly number[], layout: string): void {
    if (ranks.includes(x.rank) && x.shape[1] === this.channels) return;
    const name = this.constructor.name;
    throw new ShapeError(
      `${name}: the input must be [batch, ${this.channels}${layout}], not ${showShape(x.shape)}`,
    );
  }
}

/** (1 − share)·old + share·batch, detached. */
function moved(old: State, batch: Tensor, share: number | Tensor): Tensor {
  const next = batch.detach().cast(old.dtype);
  const kept = typeof share === "number" ? 1 - share : share.neg().add(1);
  return old.mul(kept).add(next.mul(share));
}

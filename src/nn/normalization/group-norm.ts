// Group normalisation: each example by itself, over groups of channels. One group is layer
// normalisation of the whole example, a group a channel is instance normalisation.

import { ShapeError } from "../../ir/errors.ts";
import { Parameter } from "../../tensor/cell.ts";
import { ones, zeros } from "../../tensor/create.ts";
import { requireSizes, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";
import { standardized } from "./standardized.ts";

/** Options of GroupNorm. */
export interface GroupNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Whether there are a weight and a bias. Default true. */
  affine?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * y = (x − mean) / √(var + ε)·γ + β, over a group of neighbouring channels and their places.
 *
 * Nothing depends on the batch, and there is no mode.
 *
 * @source Wu and He 2018, Group Normalization, eq. (1) and (7). arXiv:1803.08494
 * @example
 * new GroupNorm(2, 6).forward(randn([4, 6, 8, 8])).shape; // [4, 6, 8, 8]
 */
export class GroupNorm extends Module {
  /** γ: [channels]. Starts at 1. */
  readonly weight: Parameter | undefined;
  /** β: [channels]. Starts at 0. */
  readonly bias: Parameter | undefined;
  readonly groups: number;
  readonly channels: number;
  readonly eps: number;

  /** @throws ShapeError  the groups do not divide the channels */
  constructor(groups: number, channels: number, options: GroupNormOptions = {}) {
    super();
    const { eps = 1e-5, affine = true, dtype = "f32" } = options;
    requireSizes("GroupNorm", { groups, channels });
    requireWithin("GroupNorm", { eps }, { from: 0 });
    if (channels % groups !== 0) {
      throw new ShapeError(`GroupNorm: ${channels} channels cannot be cut into ${groups} groups`);
    }
    this.groups = groups;
    this.channels = channels;
    this.eps = eps;
    this.weight = affine ? new Parameter(ones([channels], { dtype })) : undefined;
    this.bias = affine ? new Parameter(zeros([channels], { dtype })) : undefined;
  }

  /**
   * @param x  [batch, channels, ...places]
   * @throws ShapeError  the channels differ
   */
  forward(x: Tensor): Tensor {
    const { groups, channels, weight, bias, eps } = this;
    const [batch, found, ...places] = x.shape;
    if (batch === undefined || found !== channels) {
      throw new ShapeError(
        `GroupNorm: the input must be [batch, ${channels}, …], not ${showShape(x.shape)}`,
      );
    }
    const grouped = x.reshape([batch, groups, channels / groups, ...places]);
    const axis = grouped.shape.map((_, i) => i).slice(2);
    const { centred, scale } = standardized(grouped, axis, eps);
    let y = centred.mul(scale).reshape(x.shape);
    const each = [channels, ...places.map(() => 1)];
    if (weight !== undefined) y = y.mul(weight.reshape(each));
    return bias === undefined ? y : y.add(bias.reshape(each));
  }
}

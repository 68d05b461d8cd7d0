// Layer normalisation: each example by itself, over the units of a layer. Nothing depends on the batch,
// so a batch of one works, and training and evaluation are the same. Seed 003 §Layer Normalization
// (whose sentence "fix the data point, the population is the layer" the scan put under dropout).

import { Parameter } from "../../tensor/cell.ts";
import { ones, zeros } from "../../tensor/create.ts";
import { requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Module } from "../module.ts";
import { lastAxes, requireShape } from "./last-axes.ts";
import { standardized } from "./standardized.ts";

/** Options of LayerNorm. */
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
 * @source Ba, Kiros and Hinton 2016, Layer Normalization, eq. (4). arXiv:1607.06450; seed 003 §Layer
 *   Normalization
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
    requireWithin("LayerNorm", { eps }, { from: 0 });
    const shape = requireShape("LayerNorm", normalizedShape);
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
    const axis = lastAxes("LayerNorm", x, normalizedShape);
    const { centred, scale } = standardized(x, axis, eps);
    let y = centred.mul(scale);
    if (weight !== undefined) y = y.mul(weight);
    return bias === undefined ? y : y.add(bias);
  }
}

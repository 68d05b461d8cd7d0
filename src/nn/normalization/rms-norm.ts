// Normalisation by the root mean square: layer normalisation without the mean, which is nearly as good
// and cheaper.

import { Parameter } from "../../tensor/cell.ts";
import { ones } from "../../tensor/create.ts";
import { requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";
import { lastAxes, requireShape } from "./last-axes.ts";
import type { LayerNormOptions } from "./layer-norm.ts";

/** eps: default the machine's precision of the type, 2⁻²³ or 2⁻⁵². */
export type RMSNormOptions = Omit<LayerNormOptions, "bias">;

/**
 * y = x / √(mean x² + ε)·γ over the last axes.
 *
 * @source  Zhang and Sennrich 2019, Root Mean Square Layer Normalization, eq. (4). arXiv:1910.07467
 * @example
 * new RMSNorm(2).forward(tensor([[1, 7]])); // about [[0.2, 1.4]]
 */
export class RMSNorm extends Module {
  /** γ: the normalised shape. Starts at 1. */
  readonly weight: Parameter | undefined;
  readonly normalizedShape: readonly number[];
  readonly eps: number;

  constructor(normalizedShape: number | readonly number[], options: RMSNormOptions = {}) {
    super();
    const { elementwiseAffine = true, dtype = "f32" } = options;
    const { eps = dtype === "f64" ? 2 ** -52 : 2 ** -23 } = options;
    requireWithin("RMSNorm", { eps }, { from: 0 });
    const shape = requireShape("RMSNorm", normalizedShape);
    this.normalizedShape = shape;
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(ones(shape, { dtype })) : undefined;
  }

  /**
   * @param x  [..., ...normalizedShape]
   * @throws ShapeError  the last axes of x differ
   */
  forward(x: Tensor): Tensor {
    const { normalizedShape, weight, eps } = this;
    const axis = lastAxes("RMSNorm", x, normalizedShape);
    const y = x.mul(x.square().mean({ axis, keepDims: true }).add(eps).rsqrt());
    return weight === undefined ? y : y.mul(weight);
  }
}

// Vectors of length 1: the direction without the size.

import { requireWhole, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Options of normalize. */
export interface NormalizeOptions {
  /** p of the norm. Default 2. */
  order?: number;
  /** Of the vectors. Default 1. */
  axis?: number;
  /** The least length that is divided by. Default 1e-12. */
  eps?: number;
}

/**
 * x / max(‖x‖ₚ, ε) along an axis.
 *
 * @param options  order, axis, eps
 * @example
 * normalize(tensor([[3, 4]])); // [[0.6, 0.8]]
 */
export function normalize(
  x: Tensor,
  { order = 2, axis = 1, eps = 1e-12 }: NormalizeOptions = {},
): Tensor {
  requireWhole("normalize", { axis });
  requireWithin("normalize", { order, eps }, { from: 0 });
  return x.div(x.norm({ order, axis, keepDims: true }).clamp(eps));
}

// Maxout: the largest of k linear pieces, a convex function with k − 1 corners that is learnt whole.

import { ShapeError } from "../../ir/errors.ts";
import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Linear, type LinearOptions } from "../linear.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";

/**
 * maxⱼ zⱼ over groups of k neighbours; only the first largest of a group gets a gradient.
 *
 * @param z        [..., units·k]
 * @param pieces   k
 * @returns        [..., units]
 * @throws ShapeError  the last axis is no multiple of k
 * @source  Goodfellow et al. 2013, Maxout Networks, §2. arXiv:1302.4389; seeds 000, Revisiting Dropout,
 *   and 003 §Minimal non-linearity
 * @example
 * maxout(tensor([1, 5, 3, 2]), 2); // [5, 3]
 */
export function maxout(z: Tensor, pieces: number): Tensor {
  const width = z.shape.at(-1) ?? 0;
  if (!Number.isInteger(pieces) || pieces < 1 || z.rank === 0 || width % pieces !== 0) {
    throw new ShapeError(
      `maxout: the last axis of ${showShape(z.shape)} must be a multiple of ${pieces} pieces`,
    );
  }
  return z.unflatten(-1, [width / pieces, pieces]).max({ axis: -1 });
}

/** Options of Maxout. */
export interface MaxoutOptions extends LinearOptions {
  /** k: linear pieces a unit. Default 2 */
  pieces?: number;
}

/**
 * y = maxⱼ (x·Wⱼᵀ + bⱼ) over k pieces: a layer and its activation, also called a k-hinge.
 *
 * @source  Goodfellow et al. 2013, Maxout Networks, §2. arXiv:1302.4389; seed 003 §Minimal non-linearity
 * @example
 * new Maxout(3, 2, { pieces: 4 }).forward(zeros([5, 3])).shape; // [5, 2]
 */
export class Maxout extends Module {
  /** The pieces of unit i are its outputs k·i … k·i + k − 1. */
  readonly linear: Linear;
  readonly pieces: number;

  constructor(
    inFeatures: number,
    outFeatures: number,
    { pieces = 2, ...options }: MaxoutOptions = {},
  ) {
    super();
    requireSizes("Maxout", { inFeatures, outFeatures, pieces });
    this.linear = new Linear(inFeatures, outFeatures * pieces, options);
    this.pieces = pieces;
  }

  /**
   * @param x  [..., in]
   * @returns  [..., out]
   */
  forward(x: Tensor): Tensor {
    return maxout(this.linear.forward(x), this.pieces);
  }
}

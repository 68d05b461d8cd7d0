// Losses of the difference d = x − y between predictions and real values: its square, its size, and
// the two that are square near 0 and straight further out. A squared loss is the log-likelihood of
// normal errors, |d| that of Laplace's; the mixed ones listen less to outliers.

import type { Tensor } from "../../tensor/tensor.ts";
import { Loss, type LossOptions, reduced, requireEqual, requireOptions } from "./loss.ts";

/**
 * (x − y)².
 *
 * "mean" divides by examples and outputs, as PyTorch does; "batchMean" is the network form
 * (1/N)·Σᵢ Σⱼ (xᵢⱼ − yᵢⱼ)², a sum over outputs and a mean over the N examples.
 *
 * @param x, y     of one shape
 * @param options  reduction
 * @throws ShapeError  the shapes differ
 * @source  seed 000 §FFNN; 001 §4.2
 * @example
 * mseLoss(tensor([[1, 2]]), tensor([[0, 0]])); // 2.5
 */
export function mseLoss(x: Tensor, y: Tensor, { reduction }: LossOptions = {}): Tensor {
  requireOptions("mseLoss", { reduction });
  requireEqual("mseLoss", x, y);
  return reduced(x.sub(y).square(), reduction);
}

/**
 * ½‖x − y‖², whose gradient is x − y.
 *
 * @param x, y     of one shape
 * @param options  reduction, here "sum" by default, because a norm is a sum
 * @throws ShapeError  the shapes differ
 * @source  seed 003 §Optimization
 * @example
 * halfSquaredLoss(tensor([1, 2]), tensor([0, 0])); // 2.5
 */
export function halfSquaredLoss(
  x: Tensor,
  y: Tensor,
  { reduction = "sum" }: LossOptions = {},
): Tensor {
  requireOptions("halfSquaredLoss", { reduction });
  requireEqual("halfSquaredLoss", x, y);
  return reduced(x.sub(y).square().mul(0.5), reduction);
}

/**
 * |x − y|; the gradient at 0 is 0.
 *
 * @param x, y     of one shape
 * @param options  reduction
 * @throws ShapeError  the shapes differ
 * @example
 * l1Loss(tensor([1, 2]), tensor([0, 0])); // 1.5
 */
export function l1Loss(x: Tensor, y: Tensor, { reduction }: LossOptions = {}): Tensor {
  requireOptions("l1Loss", { reduction });
  requireEqual("l1Loss", x, y);
  return reduced(x.sub(y).abs(), reduction);
}

/** Options of HuberLoss. */
export interface HuberLossOptions extends LossOptions {
  /** δ: where the square ends, in the units of x. Default 1. */
  delta?: number;
}

/**
 * ½d² for |d| ≤ δ, and δ·(|d| − ½δ) beyond, with d = x − y.
 *
 * @param x, y     of one shape
 * @param options  delta; reduction
 * @throws ShapeError  the shapes differ
 * @throws ArgumentError   delta is not positive
 * @source  Huber 1964, Robust Estimation of a Location Parameter, eq. (2.8)
 * @example
 * huberLoss(tensor([0.5, 3]), tensor([0, 0]), { reduction: "none" }); // [0.125, 2.5]
 */
export function huberLoss(
  x: Tensor,
  y: Tensor,
  { delta = 1, reduction }: HuberLossOptions = {},
): Tensor {
  requireOptions("huberLoss", { delta, reduction });
  requireEqual("huberLoss", x, y);
  const [near, far] = parts(x, y, delta);
  return reduced(near.square().mul(0.5).add(far.mul(delta)), reduction);
}

/** Options of SmoothL1Loss. */
export interface SmoothL1LossOptions extends LossOptions {
  /** β: where the square ends, in the units of x; 0 is l1Loss. Default 1. */
  beta?: number;
}

/**
 * d²/2β for |d| < β, and |d| − ½β beyond, with d = x − y: huberLoss divided by β.
 *
 * @param x, y     of one shape
 * @param options  beta; reduction
 * @throws ShapeError  the shapes differ
 * @throws ArgumentError   beta is negative
 * @source  Girshick 2015, Fast R-CNN, eq. (3). arXiv:1504.08083
 * @example
 * smoothL1Loss(tensor([0.5, 3]), tensor([0, 0]), { reduction: "none" }); // [0.125, 2.5]
 */
export function smoothL1Loss(
  x: Tensor,
  y: Tensor,
  { beta = 1, reduction }: SmoothL1LossOptions = {},
): Tensor {
  requireOptions("smoothL1Loss", { beta, reduction });
  if (beta === 0) return l1Loss(x, y, { reduction });
  requireEqual("smoothL1Loss", x, y);
  const [near, far] = parts(x, y, beta);
  return reduced(
    near
      .square()
      .mul(0.5 / beta)
      .add(far),
    reduction,
  );
}

/** |x − y| = near + far, with near at most `edge`. An infinite difference squares nothing. */
function parts(x: Tensor, y: Tensor, edge: number): [near: Tensor, far: Tensor] {
  const size = x.sub(y).abs();
  const near = size.clamp(undefined, edge);
  return [near, size.sub(near)];
}

/**
 * mseLoss as a module.
 *
 * @example
 * new MSELoss().forward(tensor([3, 0]), tensor([1, 0])); // 2
 */
export class MSELoss extends Loss<LossOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return mseLoss(x, y, this.options);
  }
}

/**
 * l1Loss as a module.
 *
 * @example
 * new L1Loss().forward(tensor([3, 0]), tensor([1, 0])); // 1
 */
export class L1Loss extends Loss<LossOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return l1Loss(x, y, this.options);
  }
}

/**
 * huberLoss as a module.
 *
 * @example
 * new HuberLoss({ delta: 0.5 }).forward(tensor([3]), tensor([0])); // 1.375
 */
export class HuberLoss extends Loss<HuberLossOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return huberLoss(x, y, this.options);
  }
}

/**
 * smoothL1Loss as a module.
 *
 * @example
 * new SmoothL1Loss({ beta: 0.5 }).forward(tensor([3]), tensor([0])); // 2.75
 */
export class SmoothL1Loss extends Loss<SmoothL1LossOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return smoothL1Loss(x, y, this.options);
  }
}

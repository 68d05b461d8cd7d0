// What regularisation does to a quadratic, in closed form: a price on weights and stopping early both
// leave the steep directions alone and hold back the flat ones.

import { ArgumentError } from "../ir/errors.ts";
import { solve } from "../linalg/solve.ts";
import { eye } from "../tensor/create.ts";
import { requireSizes, requireWithin } from "../tensor/requirements.ts";
import { scan } from "../tensor/scan.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * (H + α·I)⁻¹·H·w*: the minimum of ½(w − w*)ᵀH(w − w*) + α/2·‖w‖².
 *
 * @param hessian  H [n, n]
 * @param minimum  w* [n]
 * @param alpha    α ≥ 0
 * @returns        [n]; along an eigenvector of H the share λ/(λ + α) of w*
 * @source  seed 002 §2.2, eq. (7.6)–(7.13); Goodfellow et al. 2016, Deep Learning, §7.1.1
 * @example
 * ridgeMinimum(tensor([[1, 0], [0, 3]]), tensor([4, 4]), 1); // [2, 3]
 */
export function ridgeMinimum(hessian: Tensor, minimum: Tensor, alpha: number): Tensor {
  requireWithin("ridgeMinimum", { alpha }, { from: 0 });
  const n = minimum.shape[0] as number;
  const dtype = hessian.dtype as "f32";
  return solve(hessian.add(eye(n, { dtype }).mul(alpha)), hessian.matmul(minimum));
}

/**
 * λ/(λ + α): the share that is left along a direction of curvature λ.
 *
 * @source  seed 002 §2.2, eq. (7.13)
 * @example
 * ridgeShare(3, 1); // 0.75
 */
export function ridgeShare(curvature: number, alpha: number): number {
  requireWithin("ridgeShare", { curvature, alpha }, { from: 0 });
  return curvature / (curvature + alpha);
}

/**
 * (I − (I − η·H)ᵏ)·w*: gradient descent on ½(w − w*)ᵀH(w − w*) from 0, stopped after k steps.
 *
 * @param hessian  H [n, n]
 * @param minimum  w* [n]
 * @param options  rate η, steps k
 * @returns        [n]
 * @source  seed 003 §Early stopping; Goodfellow et al. 2016, Deep Learning, §7.8
 * @example
 * stoppedMinimum(tensor([[1, 0], [0, 0.5]]), tensor([4, 4]), { rate: 1, steps: 2 }); // [4, 3]
 */
export function stoppedMinimum(
  hessian: Tensor,
  minimum: Tensor,
  { rate, steps }: { rate: number; steps: number },
): Tensor {
  requireWithin("stoppedMinimum", { rate }, { from: 0 });
  requireSizes("stoppedMinimum", { steps }, 0);
  const [left] = scan(
    (rest: Tensor) => [rest.sub(hessian.matmul(rest).mul(rate)), rest.sum()] as const,
    minimum,
    { length: steps },
  );
  return minimum.sub(left);
}

/**
 * 1/(η·μ): after so many steps stopping acts as a price of μ, where η·λ ≪ 1 and λ ≪ μ.
 *
 * @source seed 003 §Early stopping, put right
 * @example
 * stoppingSteps({ rate: 0.5, penalty: 0.25 }); // 8
 */
export function stoppingSteps({ rate, penalty }: { rate: number; penalty: number }): number {
  if (!(rate > 0 && penalty > 0)) {
    throw new ArgumentError(
      `stoppingSteps: rate and penalty must be above 0, not ${rate}, ${penalty}`,
    );
  }
  return 1 / (rate * penalty);
}

/**
 * η·t·max‖∇‖: gradient descent is no farther from its start after t steps.
 *
 * @source seed 000, analysis of early stopping
 * @example
 * stoppingRadius({ rate: 0.5, steps: 4, largestGradient: 3 }); // 6
 */
export function stoppingRadius({
  rate,
  steps,
  largestGradient,
}: {
  rate: number;
  steps: number;
  largestGradient: number;
}): number {
  requireWithin("stoppingRadius", { rate, steps, largestGradient }, { from: 0 });
  return rate * steps * largestGradient;
}

/**
 * ρ·σ² + (1 − ρ)·σ²/K: the variance of the mean of K errors of variance σ² that agree with correlation
 * ρ. More members help only as far as they differ.
 *
 * @source seed 000 vi); Hastie, Tibshirani and Friedman 2009, The Elements of Statistical Learning, eq.
 *   (15.1)
 * @example
 * ensembleVariance({ variance: 4, correlation: 0.5, members: 2 }); // 3
 */
export function ensembleVariance({
  variance,
  correlation,
  members,
}: {
  variance: number;
  correlation: number;
  members: number;
}): number {
  requireWithin("ensembleVariance", { variance }, { from: 0 });
  requireWithin("ensembleVariance", { correlation }, { from: -1, to: 1 });
  requireSizes("ensembleVariance", { members });
  return correlation * variance + ((1 - correlation) * variance) / members;
}

/**
 * 1 − (1 − 1/n)ⁿ: the expected share of n examples in a bootstrap sample; 1 − 1/e for many.
 *
 * @source seed 003 §Ensemble methods, which has about ⅔
 * @example
 * bootstrapShare(2); // 0.75
 */
export function bootstrapShare(examples: number): number {
  requireWithin("bootstrapShare", { examples }, { from: 1 });
  return 1 - (1 - 1 / examples) ** examples;
}

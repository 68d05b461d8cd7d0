// What a step of gradient descent will do to the cost, by its second-order model: where the curvature
// along the gradient is too large for the rate, the cost rises however good the direction is.

import { grad, hvp } from "../tensor/derivatives.ts";
import { requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { treeLeaves } from "../tensor/tree.ts";

/** A step looked at before it is made; tensors []. */
export interface StepForecast {
  /** ½·ε²·gᵀHg − ε·gᵀg: what the step adds to the cost. */
  readonly change: Tensor;
  /** gᵀg */
  readonly slope: Tensor;
  /** gᵀHg */
  readonly curvature: Tensor;
  /** gᵀg / gᵀHg: the rate that lowers the cost most; meaningless where the curvature is not positive. */
  readonly bestRate: Tensor;
  /** Whether ½·ε·gᵀHg > gᵀg: the cost rises. bool */
  readonly rises: Tensor;
}

/**
 * The second-order forecast of the step −ε·g.
 *
 * @param loss        gives [] from parameters
 * @param parameters  any tree
 * @param rate        ε
 * @cost    about five times the loss; no Hessian is formed
 * @source  seed 002 §2.3, eq. (61), with its ½ in the condition too
 * @example
 * stepForecast((w: Tensor) => w.square().sum(), tensor([1, 2]), 0.5).change; // -5
 */
export function stepForecast<P>(
  loss: (parameters: P) => Tensor,
  parameters: P,
  rate: number,
): StepForecast {
  requireWithin("stepForecast", { rate });
  const g = grad(loss)(parameters);
  const hg = hvp(loss, parameters, g as unknown as P);
  const slope = product(g, g);
  const curvature = product(g, hg);
  return {
    change: curvature.mul(0.5 * rate * rate).sub(slope.mul(rate)),
    slope,
    curvature,
    bestRate: slope.div(curvature),
    rises: curvature.mul(0.5 * rate).greater(slope),
  };
}

function product(a: unknown, b: unknown): Tensor {
  const others = treeLeaves(b);
  return treeLeaves(a)
    .map((x, i) => x.mul(others[i] as Tensor).sum())
    .reduce((sum, part) => sum.add(part));
}

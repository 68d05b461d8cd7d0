// Newton's method: the minimum of the second-order model of a function. It goes to the nearest
// stationary point, be it a minimum or a saddle.

import { ShapeError } from "../ir/errors.ts";
import { solve } from "../linalg/solve.ts";
import { grad, hessian } from "../tensor/derivatives.ts";
import { requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of newtonStep. */
export interface NewtonOptions {
  /** η: a share of the step. Default 1. */
  lr?: number;
  /** γ: added to the diagonal of the curvature, which shortens the step. Default 0. */
  damping?: number;
  /** [n, n] in place of ∇²f: eye(n)/η makes a step of gradient descent. */
  curvature?: Tensor;
}

/**
 * x − η·[∇²f(x) + γ·I]⁻¹·∇f(x).
 *
 * @param f        gives [] from a tensor of n elements; traced, so it may be inside `compile`
 * @param x        [...], floating
 * @param options  lr, damping, curvature
 * @returns        [...], like x; not finite where the curvature is singular
 * @throws ShapeError  the curvature given is not [n, n]
 * @cost    n gradients as one batch, and 2·n³ FLOP
 * @source  seed 003 §Gradient Descent and Optimization Theory; Nocedal and Wright 2006, Numerical
 *   Optimization, §3.3
 * @example
 * newtonStep((x: Tensor) => x.sub(3).square().mul(tensor([1, 5])).sum(), tensor([7, -2])); // [3, 3]
 */
export function newtonStep(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  { lr = 1, damping = 0, curvature }: NewtonOptions = {},
): Tensor {
  requireWithin("newtonStep", { lr, damping }, { from: 0 });
  const n = x.size;
  if (curvature !== undefined && (curvature.rank !== 2 || curvature.shape.some((s) => s !== n))) {
    throw new ShapeError(
      `newtonStep: the curvature of ${n} elements must be [${n}, ${n}], not [${curvature.shape.join(", ")}]`,
    );
  }
  const slope = grad(f)(x).reshape([n]);
  const matrix = curvature ?? hessian(f)(x).reshape([n, n]);
  const damped = damping === 0 ? matrix : matrix.add(eyeLike(matrix, damping));
  return x.sub(solve(damped, slope).mul(lr).reshape(x.shape));
}

const eyeLike = (matrix: Tensor, value: number): Tensor =>
  matrix.mul(0).diagonal().add(value).diag();

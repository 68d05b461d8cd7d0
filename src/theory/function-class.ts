// What kind of function is it? Constants of the inequalities that theorems on descent ask for, measured
// at points and between all pairs of them. A measured constant can show that a function is not of a
// class; that it is, only between these points.

import { ShapeError } from "../ir/errors.ts";
import { symmetricEigenvalues } from "../linalg/eigenvalues.ts";
import { eye } from "../tensor/create.ts";
import { grad, hessian } from "../tensor/derivatives.ts";
import { requireSizes, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { vmap } from "../tensor/vmap.ts";

/** From a tensor [n] to []. */
export type ScalarFunction = (x: Tensor) => Tensor;

function checkPoints(name: string, points: Tensor): void {
  if (points.rank === 2 && (points.shape[0] as number) > 1) return;
  throw new ShapeError(
    `${name}: points must be [count, n] with a count of at least 2, not [${points.shape.join(", ")}]`,
  );
}

/** Between all pairs x ≠ y: x − y, its square norm, f(x) − f(y) − ∇f(y)·(x − y). */
function pairs(f: ScalarFunction, points: Tensor) {
  const values = vmap(f)(points); // [count]
  const slopes = vmap(grad(f))(points); // [count, n]
  const apart = points.unsqueeze(1).sub(points.unsqueeze(0)); // [x, y, n]
  const square = apart.square().sum({ axis: -1 }); // [x, y]
  const linear = apart.mul(slopes.unsqueeze(0)).sum({ axis: -1 });
  const above = values.unsqueeze(1).sub(values.unsqueeze(0)).sub(linear);
  const same = eye(points.shape[0] as number, { dtype: "bool" }).logicalOr(square.equal(0));
  return { slopes, square, above, same };
}

/**
 * max over pairs and λ of f(λx + (1 − λ)y) − λ·f(x) − (1 − λ)·f(y): above 0, f is not convex.
 *
 * @param points   [count, n]
 * @param options  weights: how many λ between 0 and 1. Default 7
 * @returns        []
 * @source  seed 003 §Gradient Descent and Optimization Theory
 * @example
 * convexityGap((x) => x.square().sum(), tensor([[0], [2]]), { weights: 1 }); // -1
 */
export function convexityGap(
  f: ScalarFunction,
  points: Tensor,
  { weights = 7 }: { weights?: number } = {},
): Tensor {
  requireSizes("convexityGap", { weights });
  checkPoints("convexityGap", points);
  const [count, n] = points.shape as [number, number];
  const values = vmap(f)(points);
  const different = eye(count, { dtype: "bool" }).logicalNot();
  const between = (share: number): Tensor => {
    const x = points
      .mul(share)
      .unsqueeze(1)
      .add(points.mul(1 - share).unsqueeze(0));
    const chord = values
      .mul(share)
      .unsqueeze(1)
      .add(values.mul(1 - share).unsqueeze(0));
    const gap = vmap(f)(x.reshape([count * count, n]))
      .reshape([count, count])
      .sub(chord);
    return gap.where(different, -Infinity).amax();
  };
  return Array.from({ length: weights }, (_, i) => between((i + 1) / (weights + 1))).reduce(
    (most, gap) => most.maximum(gap),
  );
}

/**
 * min over pairs of f(x) − f(y) − ∇f(y)·(x − y): below 0, f is not convex.
 *
 * @param points  [count, n]
 * @returns       []
 * @source  seed 003, first-order condition of convexity
 * @example
 * firstOrderGap((x) => x.square().sum(), tensor([[0], [2]])); // 4
 */
export function firstOrderGap(f: ScalarFunction, points: Tensor): Tensor {
  checkPoints("firstOrderGap", points);
  const { above, same } = pairs(f, points);
  return above.where(same.logicalNot(), Infinity).amin();
}

/**
 * L: max over pairs of ‖∇f(x) − ∇f(y)‖ / ‖x − y‖.
 *
 * @param points  [count, n]
 * @returns       []
 * @source  seed 003, Lipschitz smoothness
 * @example
 * smoothness((x) => x.square().sum(), tensor([[0], [2]])); // 2
 */
export function smoothness(f: ScalarFunction, points: Tensor): Tensor {
  checkPoints("smoothness", points);
  const { slopes, square, same } = pairs(f, points);
  const change = slopes.unsqueeze(1).sub(slopes.unsqueeze(0)).square().sum({ axis: -1 });
  return change.div(square).where(same.logicalNot(), 0).amax().sqrt();
}

/**
 * μ: min over pairs of 2·(f(x) − f(y) − ∇f(y)·(x − y)) / ‖x − y‖²; below 0, f is not even convex.
 *
 * @param points  [count, n]
 * @returns       []
 * @source  seed 003, strong convexity
 * @example
 * strongConvexity((x) => x.square().sum(), tensor([[0], [2]])); // 2
 */
export function strongConvexity(f: ScalarFunction, points: Tensor): Tensor {
  checkPoints("strongConvexity", points);
  const { square, above, same } = pairs(f, points);
  return above.mul(2).div(square).where(same.logicalNot(), Infinity).amin();
}

/**
 * μ of Polyak and Łojasiewicz: min over points of ½‖∇f(x)‖² / (f(x) − f*). Above 0, every stationary
 * point is a minimum, convex or not.
 *
 * @param points   [count, n]
 * @param minimum  f*; points where f is that low do not count
 * @returns        []
 * @source  seed 003, PL condition; Karimi, Nutini and Schmidt 2016. arXiv:1608.04636
 * @example
 * polyakLojasiewicz((x) => x.square().sum(), tensor([[1], [2]]), 0); // 2
 */
export function polyakLojasiewicz(f: ScalarFunction, points: Tensor, minimum: number): Tensor {
  requireWithin("polyakLojasiewicz", { minimum });
  checkPoints("polyakLojasiewicz", points);
  const above = vmap(f)(points).sub(minimum);
  const steepness = vmap(grad(f))(points).square().sum({ axis: -1 }).div(2);
  return steepness.div(above).where(above.greater(0), Infinity).amin();
}

/**
 * Whether ‖∇f(x)‖ ≤ ε.
 *
 * @returns  bool []
 * @source  seed 003, ε-stationarity
 * @example
 * isStationary((x) => x.square().sum(), tensor([0.1]), 0.3); // 1
 */
export function isStationary(f: ScalarFunction, x: Tensor, epsilon: number): Tensor {
  requireWithin("isStationary", { epsilon }, { from: 0 });
  return grad(f)(x).square().sum().sqrt().lessEqual(epsilon);
}

/** The ends of the spectrum of a Hessian. */
export interface CurvatureBounds {
  /** μ: the smallest eigenvalue. */
  readonly lowest: number;
  /** L: the largest. */
  readonly highest: number;
}

/**
 * μ and L with μ·I ⪯ ∇²f(x) ⪯ L·I.
 *
 * @param x  [n]
 * @cost     n gradients as one batch, and about 10·n³ FLOP
 * @source  seed 003, Hessian of a smooth and strongly convex function
 * @example
 * await curvatureBounds((x) => x.square().mul(tensor([1, 3])).sum(), tensor([0, 0])); // { lowest: 2, highest: 6 }
 */
export async function curvatureBounds(f: ScalarFunction, x: Tensor): Promise<CurvatureBounds> {
  const values = symmetricEigenvalues((await hessian(f)(x).array()) as number[][]);
  return { lowest: values[0] as number, highest: values.at(-1) as number };
}

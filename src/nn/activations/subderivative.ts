// Subderivatives: at a corner of a convex function no one slope is the derivative, but every line
// through the point that stays below the graph is as good as a tangent.

import { ArgumentError } from "../../ir/errors.ts";
import { linspace } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Options of isSubderivative. */
export interface SubderivativeOptions {
  /** The point z₀. Default 0 */
  at?: number;
  /** How far to both sides the line is compared with the graph, in the units of z. Default 1 */
  radius?: number;
  /** At how many points of a side. Default 100 */
  points?: number;
  /** How far below the line the graph may come, for rounding. Default 1e-12 */
  tolerance?: number;
}

/**
 * Whether f(z) − f(z₀) ≥ c·(z − z₀) for all z: whether c is in ∂f(z₀).
 *
 * The line is compared with the graph at evenly spaced points. For a convex f nothing is missed but
 * slopes that are off by less than the spacing can tell.
 *
 * @param f        element by element, convex
 * @param slopes   candidates c, of any shape
 * @param options  at, radius, points, tolerance
 * @returns        bool, of the shape of slopes
 * @throws ArgumentError  radius or points are not positive
 * @source  seed 003 §ReLU
 * @example
 * isSubderivative(relu, tensor([-0.5, 0, 0.3, 1, 1.5])); // [0, 1, 1, 1, 0]
 */
export function isSubderivative(
  f: (z: Tensor) => Tensor,
  slopes: Tensor,
  { at = 0, radius = 1, points = 100, tolerance = 1e-12 }: SubderivativeOptions = {},
): Tensor {
  if (!(radius > 0) || !(points >= 1)) {
    throw new ArgumentError(
      `isSubderivative: radius and points must be positive, not ${radius} and ${points}`,
    );
  }
  const way = linspace(-radius, radius, { count: 2 * points + 1, dtype: "f64" });
  const z = way.add(at);
  const rise = f(z).sub(f(z.mul(0).add(at))); // [2·points + 1]
  const line = slopes.cast("f64").unsqueeze(-1).mul(way); // [..., 2·points + 1]
  return rise.add(tolerance).greaterEqual(line).all({ axis: -1 });
}

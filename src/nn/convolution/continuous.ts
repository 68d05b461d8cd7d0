// Integral operators and convolution of functions of a real number, by quadrature: the sums of the
// other files with the step between samples as a factor. Seed 003 §Convolution Operator.

import { ArgumentError } from "../../ir/errors.ts";
import { linspace } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** A function of real numbers, on a tensor of them, element by element. */
export type RealFunction = (x: Tensor) => Tensor;

/** Where an integral is taken, and how finely. */
export interface QuadratureOptions {
  /** Outside of [from, to] the functions are taken to be 0. */
  from: number;
  to: number;
  /** Cells that the range is cut into; the error falls with its square for smooth functions. Default 1000. */
  cells?: number;
}

function midpoints({ from, to, cells = 1000 }: QuadratureOptions): { t: Tensor; step: number } {
  if (!(from < to) || !(Number.isInteger(cells) && cells >= 1)) {
    throw new ArgumentError(
      `quadrature: needs from < to and cells ≥ 1, not from ${from} to ${to} in ${cells}`,
    );
  }
  const step = (to - from) / cells;
  return { t: linspace(from + step / 2, to - step / 2, { count: cells, dtype: "f64" }), step };
}

/**
 * (T f)(u) = ∫ H(u, t)·f(t) dt, by the midpoint rule.
 *
 * @param kernel   H, of two tensors that broadcast
 * @param f        the function
 * @param options  from, to, cells
 * @returns        a function like f
 * @source  seed 003 §Convolution Operator
 * @example
 * integralOperator((u, t) => u.mul(t), (t) => t, { from: 0, to: 3 })(tensor([2], { dtype: "f64" })).shape; // [1]
 */
export function integralOperator(
  kernel: (u: Tensor, t: Tensor) => Tensor,
  f: RealFunction,
  options: QuadratureOptions,
): RealFunction {
  const { t, step } = midpoints(options);
  const weights = f(t).mul(step); // [cells]
  return (u) => {
    const table = kernel(u.cast("f64").flatten().unsqueeze(1), t); // [u, cells]
    return table.mul(weights).sum({ axis: 1 }).reshape(u.shape);
  };
}

/**
 * (f ∗ h)(u) = ∫ h(u − t)·f(t) dt: the integral operator with H(u, t) = h(u − t).
 *
 * @source  seed 003 §Convolution Operator
 * @example
 * convolveFunctions((t) => t.exp(), (t) => t.neg().exp(), { from: 0, to: 1 })(tensor([0], { dtype: "f64" })).shape; // [1]
 */
export const convolveFunctions = (
  f: RealFunction,
  h: RealFunction,
  options: QuadratureOptions,
): RealFunction => integralOperator((u, t) => h(u.sub(t)), f, options);

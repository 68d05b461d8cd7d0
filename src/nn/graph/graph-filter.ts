// Linear shift-invariant filters on a graph: polynomials of its adjacency matrix. They are what
// convolutions with a window are on a line: applied after a shift or before it, the same comes out.

import { ArgumentError, ShapeError } from "../../ir/errors.ts";
import { leastSquares } from "../../linalg/least-squares.ts";
import type { LinearOperator } from "../../linalg/power-iteration.ts";
import { eye } from "../../tensor/create.ts";
import { stack } from "../../tensor/functions.ts";
import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/**
 * H·x with H = θ₀·I + θ₁·A + … + θₙ·Aⁿ, by Horner's scheme.
 *
 * @param x             [nodes, features] or [nodes]
 * @param a             the shift: [nodes, nodes], dense or sparse
 * @param coefficients  [n + 1] θ, from θ₀ on; gradients reach them
 * @throws ArgumentError  there is no coefficient
 * @cost    n products with A
 * @source  seed 003 §Learning on Graphs
 * @example
 * graphFilter(tensor([1, 0]), tensor([[0, 1], [1, 0]]), tensor([3, 2])); // [3, 2]
 */
export function graphFilter(x: Tensor, a: LinearOperator, coefficients: Tensor): Tensor {
  const degree = (coefficients.shape[0] ?? 0) - 1;
  if (degree < 0) throw new ArgumentError("graphFilter: coefficients must not be empty");
  let y = x.mul(coefficients.at(degree));
  for (let i = degree - 1; i >= 0; i--) y = a.matmul(y).add(x.mul(coefficients.at(i)));
  return y;
}

/** What fitGraphFilter found. */
export interface FittedFilter {
  /** f64 [degree + 1] */
  readonly coefficients: Tensor;
  /** ‖H − Σ θᵢ·Aⁱ‖/‖H‖ in the Frobenius norm: 0 if H is a filter of this degree. */
  readonly residual: number;
}

/**
 * The coefficients of the filter that is nearest to a linear map H, by least squares.
 *
 * If A has no eigenvalue twice (its minimal polynomial is its characteristic one), every H that
 * commutes with A is a polynomial of degree below the number of nodes. Otherwise some commute and are
 * none: on a ring, turning it by one place.
 *
 * @param h       [nodes, nodes]
 * @param a       [nodes, nodes], dense or sparse
 * @param degree  of the polynomial; from the number of different eigenvalues on the powers of A
 *   depend on each other
 * @throws NumericError  they do
 * @source  seed 003 §Learning on Graphs
 * @example
 * const a = tensor([[0, 1], [1, 0]], { dtype: "f64" });
 * const { coefficients } = await fitGraphFilter(tensor([[3, 2], [2, 3]]), a, 1);
 * coefficients; // [3, 2]
 */
export async function fitGraphFilter(
  h: Tensor,
  a: LinearOperator,
  degree: number,
): Promise<FittedFilter> {
  requireSizes("fitGraphFilter", { degree }, 0);
  if (h.rank !== 2 || h.shape.some((n) => n !== a.shape[0])) {
    throw new ShapeError(
      `fitGraphFilter: h must be [${a.shape[0]}, ${a.shape[0]}], as a, not [${h.shape.join(", ")}]`,
    );
  }
  const nodes = h.shape[0] as number;
  let power = eye(nodes, { dtype: "f64" });
  const powers = [power];
  for (let i = 1; i <= degree; i++) {
    power = a.matmul(power);
    powers.push(power);
  }
  const columns = stack(
    powers.map((p) => p.flatten()),
    { axis: 1 },
  ); // [nodes², degree + 1]
  const wanted = h.cast("f64").flatten();
  const coefficients = await leastSquares(columns, wanted);
  const rest = columns.matmul(coefficients.unsqueeze(1)).squeeze(1).sub(wanted);
  return { coefficients, residual: await rest.norm().div(wanted.norm()).item() };
}

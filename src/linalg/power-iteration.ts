// The largest eigenvalue in size by the power method: what multiplying again and again leaves over.

import { ArgumentError } from "../ir/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Something that multiplies a vector: a dense or a sparse matrix. */
export interface LinearOperator {
  readonly shape: readonly number[];
  matmul(x: Tensor): Tensor;
}

/**
 * |λ| of the largest eigenvalue of a symmetric matrix: v ← Av/‖Av‖, |λ| = ‖Av‖.
 *
 * @param a        [n, n], symmetric; only products with it are asked for
 * @param options  start: [n], must not be orthogonal to the eigenvector wanted; iterations, default 200
 * @returns        []; the error falls as |λ₂/λ₁|^(2·iterations)
 * @throws ArgumentError  iterations is not a whole number from 1
 * @source  Golub and Van Loan, Matrix Computations, §8.2.1; seed 003 §Adversarial training
 * @example
 * largestEigenvalue(tensor([[2, 0], [0, -3]]), { start: ones([2]) }); // 3
 */
export function largestEigenvalue(
  a: LinearOperator,
  { start, iterations = 200 }: { start: Tensor; iterations?: number },
): Tensor {
  if (!Number.isInteger(iterations) || iterations < 1) {
    throw new ArgumentError(
      `largestEigenvalue: iterations must be a whole number from 1, not ${iterations}`,
    );
  }
  let v = start.div(start.norm());
  let size = start.norm();
  for (let i = 0; i < iterations; i++) {
    const next = a.matmul(v);
    size = next.norm();
    v = next.div(size);
  }
  return size;
}

// Eigenvalues of a small symmetric matrix, by Jacobi's rotations.

import { ShapeError } from "../ir/errors.ts";

/**
 * The eigenvalues of a symmetric matrix, ascending.
 *
 * @param matrix  [n][n]
 * @throws ShapeError  it is not square
 * @cost    a few sweeps of 6·n³ operations, on the host
 * @source Golub and Van Loan 2013, Matrix Computations, §8.5
 * @example
 * symmetricEigenvalues([[2, 1], [1, 2]]); // [1, 3]
 */
export function symmetricEigenvalues(matrix: readonly (readonly number[])[]): number[] {
  const n = matrix.length;
  if (matrix.some((row) => row.length !== n)) {
    throw new ShapeError("symmetricEigenvalues: the matrix must be square");
  }
  const a = matrix.map((row) => [...row]);
  const at = (i: number, j: number): number => a[i]?.[j] as number;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let all = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        all += at(i, j) ** 2;
        if (i !== j) off += at(i, j) ** 2;
      }
    }
    if (off <= 1e-32 * all) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, p, q);
    }
  }
  return a.map((row, i) => row[i] as number).sort((x, y) => x - y);
}

/** Makes element (p, q) zero. */
function rotate(a: number[][], p: number, q: number): void {
  const [rowP, rowQ] = [a[p] as number[], a[q] as number[]];
  const [pp, pq, qq] = [rowP[p] as number, rowP[q] as number, rowQ[q] as number];
  if (pq === 0) return;
  const theta = (qq - pp) / (2 * pq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (const row of a) {
    const [x, y] = [row[p] as number, row[q] as number];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  for (let j = 0; j < a.length; j++) {
    const [x, y] = [rowP[j] as number, rowQ[j] as number];
    rowP[j] = c * x - s * y;
    rowQ[j] = s * x + c * y;
  }
}

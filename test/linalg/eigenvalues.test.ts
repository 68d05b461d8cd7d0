// Eigenvalues of symmetric matrices: those that are known, and the sums that they must have.

import { expect, test } from "vitest";
import { symmetricEigenvalues } from "../../src/linalg/index.ts";

test("a path's second differences have the eigenvalues 2 − 2·cos", () => {
  const n = 6;
  const matrix = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)),
  );
  const found = symmetricEigenvalues(matrix);
  for (let k = 0; k < n; k++) {
    expect(found[k]).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 12);
  }
});

test("diagonals are their own, in order; what is not square is told", () => {
  expect(
    symmetricEigenvalues([
      [3, 0],
      [0, -1],
    ]),
  ).toEqual([-1, 3]);
  expect(() => symmetricEigenvalues([[1, 2]])).toThrow(/symmetricEigenvalues/);
});

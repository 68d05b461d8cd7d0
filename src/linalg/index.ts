// hebb/linalg: sparse matrices, linear systems, least squares, eigenvalues.

export { symmetricEigenvalues } from "./eigenvalues.ts";
export { leastSquares } from "./least-squares.ts";
export { type LinearOperator, largestEigenvalue } from "./power-iteration.ts";
export { solve } from "./solve.ts";
export { SparseMatrix, type SparseParts, sparseMatrix } from "./sparse-matrix.ts";

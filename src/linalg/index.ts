// hebb/linalg: sparse matrices, least squares, eigenvalues.

export { leastSquares } from "./least-squares.ts";
export { type LinearOperator, largestEigenvalue } from "./power-iteration.ts";
export { SparseMatrix, type SparseParts, sparseMatrix } from "./sparse-matrix.ts";

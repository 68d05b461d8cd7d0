// Numerical & linear algebra.

import type { Area } from "../system.ts";

export const na: Area = {
  id: "NA",
  title: "Numerical & linear algebra",
  systems: [
    { id: "NA-01", title: "Matrix–vector product as column combination; solvability", symbols: [] },
    { id: "NA-02", title: "Vector & matrix norms", symbols: [] },
    { id: "NA-03", title: "Orthogonal matrix", symbols: [] },
    { id: "NA-04", title: "Eigendecomposition", symbols: [] },
    { id: "NA-05", title: "Definiteness test", symbols: [] },
    { id: "NA-06", title: "Singular value decomposition", symbols: [] },
    { id: "NA-07", title: "Moore–Penrose pseudoinverse", symbols: [] },
    { id: "NA-08", title: "Determinant & trace rules", symbols: [] },
    { id: "NA-09", title: "Cholesky decomposition", symbols: [] },
    { id: "NA-10", title: "Eckart–Young truncated SVD", symbols: [] },
    { id: "NA-11", title: "Condition number & ill-conditioning", symbols: [] },
    { id: "NA-12", title: "Overflow/underflow-safe softmax and log-sum-exp", symbols: [] },
    { id: "NA-13", title: "Directional derivative", symbols: [] },
    { id: "NA-14", title: "Steepest-descent direction", symbols: [] },
    { id: "NA-15", title: "Jacobian matrix", symbols: [] },
    { id: "NA-16", title: "Hessian matrix", symbols: [] },
    { id: "NA-17", title: "Second directional derivative", symbols: [] },
    { id: "NA-18", title: "Taylor approximations", symbols: [] },
    { id: "NA-19", title: "Optimal gradient step on the quadratic model", symbols: [] },
    { id: "NA-20", title: "Second-derivative test", symbols: [] },
    { id: "NA-21", title: "Constraint by reparameterisation", symbols: [] },
    { id: "NA-22", title: "KKT / generalised Lagrangian", symbols: [] },
    { id: "NA-23", title: "Spectral norm by power method", symbols: [] },
    { id: "NA-24", title: "Linear-layer gradient patterns", symbols: [] },
    { id: "NA-25", title: "Elementary identities used in proofs", symbols: [] },
    { id: "NA-26", title: "Contour (level-set) maps of a 2-D loss", symbols: [] },
  ],
};

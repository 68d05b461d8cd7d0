// Activation functions.

import type { Area } from "../system.ts";

export const ac: Area = {
  id: "AC",
  title: "Activation functions",
  systems: [
    { id: "AC-01", title: "Step / Heaviside / sign", symbols: [] },
    { id: "AC-02", title: "Linear (identity)", symbols: [] },
    { id: "AC-03", title: "Logistic sigmoid and logit", symbols: [] },
    { id: "AC-04", title: "Sigmoid pathologies", symbols: [] },
    { id: "AC-05", title: "Hyperbolic tangent", symbols: [] },
    { id: "AC-06", title: "ReLU", symbols: [] },
    { id: "AC-07", title: "Subderivative", symbols: [] },
    { id: "AC-08", title: "Absolute-value unit", symbols: [] },
    { id: "AC-09", title: "Generalised rectifier family", symbols: [] },
    { id: "AC-10", title: "Leaky ReLU", symbols: [] },
    { id: "AC-11", title: "ELU", symbols: [] },
    { id: "AC-12", title: "Softplus", symbols: [] },
    { id: "AC-13", title: "SELU", symbols: [] },
    { id: "AC-14", title: "GELU", symbols: [] },
    { id: "AC-15", title: "Stochastic gate (dropout → GELU derivation)", symbols: [] },
    { id: "AC-16", title: "Swish / SiLU", symbols: [] },
    { id: "AC-17", title: "Maxout / k-hinge", symbols: [] },
    { id: "AC-18", title: "Cosine activation", symbols: [] },
    { id: "AC-19", title: "ReLU activation patterns", symbols: [] },
    { id: "AC-20", title: "Dying-ReLU detection and cure", symbols: [] },
    { id: "AC-21", title: "Sparse Jacobian of an inactive pattern", symbols: [] },
    { id: "AC-22", title: "Softmax temperature", symbols: [] },
  ],
};

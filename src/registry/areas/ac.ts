// Activation functions.

import type { Area } from "../system.ts";

export const ac: Area = {
  id: "AC",
  title: "Activation functions",
  systems: [
    {
      id: "AC-01",
      title: "Step / Heaviside / sign",
      symbols: ["hebb/nn#heaviside", "hebb#Tensor.prototype.sign"],
    },
    { id: "AC-02", title: "Linear (identity)", symbols: ["hebb/nn#Identity"] },
    {
      id: "AC-03",
      title: "Logistic sigmoid and logit",
      symbols: ["hebb/nn#sigmoid", "hebb/nn#Sigmoid", "hebb/nn#logit"],
    },
    { id: "AC-04", title: "Sigmoid pathologies", symbols: ["hebb/nn#sigmoid", "hebb#grad"] },
    { id: "AC-05", title: "Hyperbolic tangent", symbols: ["hebb/nn#tanh", "hebb/nn#Tanh"] },
    { id: "AC-06", title: "ReLU", symbols: ["hebb/nn#relu", "hebb/nn#ReLU"] },
    { id: "AC-07", title: "Subderivative", symbols: ["hebb/nn#isSubderivative"] },
    {
      id: "AC-08",
      title: "Absolute-value unit",
      symbols: ["hebb#Tensor.prototype.abs", "hebb/nn#AbsoluteValue"],
    },
    {
      id: "AC-09",
      title: "Generalised rectifier family",
      symbols: ["hebb/nn#rectifier", "hebb/nn#prelu", "hebb/nn#PReLU"],
    },
    { id: "AC-10", title: "Leaky ReLU", symbols: ["hebb/nn#leakyRelu", "hebb/nn#LeakyReLU"] },
    { id: "AC-11", title: "ELU", symbols: ["hebb/nn#elu", "hebb/nn#ELU", "hebb/nn#celu"] },
    { id: "AC-12", title: "Softplus", symbols: ["hebb/nn#softplus", "hebb/nn#Softplus"] },
    { id: "AC-13", title: "SELU", symbols: ["hebb/nn#selu", "hebb/nn#SELU"] },
    { id: "AC-14", title: "GELU", symbols: ["hebb/nn#gelu", "hebb/nn#GELU"] },
    {
      id: "AC-15",
      title: "Stochastic gate (dropout → GELU derivation)",
      symbols: ["hebb/nn#stochasticGate"],
    },
    {
      id: "AC-16",
      title: "Swish / SiLU",
      symbols: ["hebb/nn#swish", "hebb/nn#Swish", "hebb/nn#silu", "hebb/nn#SiLU"],
    },
    { id: "AC-17", title: "Maxout / k-hinge", symbols: ["hebb/nn#maxout", "hebb/nn#Maxout"] },
    { id: "AC-18", title: "Cosine activation", symbols: ["hebb/nn#Cosine"] },
    {
      id: "AC-19",
      title: "ReLU activation patterns",
      symbols: ["hebb/nn#activationPattern", "hebb/nn#countPatterns", "hebb/nn#maxPatterns"],
    },
    {
      id: "AC-20",
      title: "Dying-ReLU detection and cure",
      symbols: ["hebb/nn#deadUnits", "hebb/nn#pruneUnits", "hebb/nn#reviveUnits"],
    },
    {
      id: "AC-21",
      title: "Sparse Jacobian of an inactive pattern",
      symbols: ["hebb/nn#patternJacobian"],
    },
    {
      id: "AC-22",
      title: "Softmax temperature",
      symbols: ["hebb/nn#softmax", "hebb/nn#Softmax", "hebb/nn#logSoftmax"],
    },
  ],
};

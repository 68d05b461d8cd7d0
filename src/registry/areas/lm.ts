// Linear models & kernels.

import type { Area } from "../system.ts";

export const lm: Area = {
  id: "LM",
  title: "Linear models & kernels",
  systems: [
    { id: "LM-01", title: "Linear and affine units, level sets", symbols: [] },
    { id: "LM-02", title: "Linearity / affinity properties", symbols: [] },
    { id: "LM-03", title: "LMS / delta rule", symbols: [] },
    { id: "LM-04", title: "Sigmoid neuron", symbols: [] },
    { id: "LM-05", title: "Sigmoid neuron trained by gradient descent (Algorithm 3)", symbols: [] },
    { id: "LM-06", title: "Other scalar models named in the set-up", symbols: [] },
    { id: "LM-07", title: "Linear regression as Gaussian MLE", symbols: [] },
    { id: "LM-08", title: "Ridge regression", symbols: [] },
    { id: "LM-09", title: "Bayesian linear regression", symbols: [] },
    { id: "LM-10", title: "Logistic regression, labels ±1", symbols: [] },
    { id: "LM-11", title: "Logistic regression, labels 0/1", symbols: [] },
    { id: "LM-12", title: "Softmax unit", symbols: [] },
    { id: "LM-13", title: "Softmax Jacobian", symbols: [] },
    { id: "LM-14", title: "Softmax regression", symbols: [] },
    { id: "LM-15", title: "Support vector machine", symbols: [] },
    { id: "LM-16", title: "Kernel functions & kernel trick", symbols: [] },
    { id: "LM-17", title: "Ridge function", symbols: [] },
    { id: "LM-18", title: "Data whitening + least squares reduction", symbols: [] },
    { id: "LM-19", title: "Two-layer linear network gradients", symbols: [] },
    { id: "LM-20", title: "Deep-linear dynamics in SVD coordinates", symbols: [] },
  ],
};

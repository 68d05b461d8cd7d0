// Losses & risk.

import type { Area } from "../system.ts";

export const lo: Area = {
  id: "LO",
  title: "Losses & risk",
  systems: [
    { id: "LO-01", title: "Mean squared error (network form)", symbols: [] },
    { id: "LO-02", title: "Half squared loss", symbols: [] },
    { id: "LO-03", title: "Zero–one loss", symbols: [] },
    { id: "LO-04", title: "Categorical cross-entropy / log loss", symbols: [] },
    { id: "LO-05", title: "Binary (element-wise) cross-entropy", symbols: [] },
    { id: "LO-06", title: "Logistic loss with ±1 labels", symbols: [] },
    { id: "LO-07", title: "Perceptron loss", symbols: [] },
    { id: "LO-08", title: "Soft-target cross-entropy", symbols: [] },
    { id: "LO-09", title: "Probabilistic loss", symbols: [] },
    { id: "LO-10", title: "Exponential-family losses", symbols: [] },
    { id: "LO-11", title: "Sequence log-likelihood", symbols: [] },
    { id: "LO-12", title: "Risk, empirical risk, surrogate loss", symbols: [] },
    { id: "LO-13", title: "Generic regularised objective", symbols: [] },
  ],
};

// Regularisation & ensembles.

import type { Area } from "../system.ts";

export const re: Area = {
  id: "RE",
  title: "Regularisation & ensembles",
  systems: [
    { id: "RE-01", title: "L2 / weight decay", symbols: [] },
    { id: "RE-02", title: "Per-layer Frobenius penalty", symbols: [] },
    { id: "RE-03", title: "L2 eigen-analysis", symbols: [] },
    { id: "RE-04", title: "Sparse-representation penalty", symbols: [] },
    { id: "RE-05", title: "Dataset augmentation", symbols: [] },
    { id: "RE-06", title: "Input-noise injection ≡ L2", symbols: [] },
    { id: "RE-07", title: "Target-noise / soft labels", symbols: [] },
    { id: "RE-08", title: "Weight-noise injection", symbols: [] },
    { id: "RE-09", title: "Early stopping with patience", symbols: [] },
    { id: "RE-10", title: "Early-stopping radius bound", symbols: [] },
    { id: "RE-11", title: "Early stopping ≡ L2", symbols: [] },
    { id: "RE-12", title: "Constraint (norm-ball) regularisation", symbols: [] },
    { id: "RE-13", title: "Bagging", symbols: [] },
    { id: "RE-14", title: "Ensemble decorrelation", symbols: [] },
    { id: "RE-15", title: "Knowledge distillation", symbols: [] },
    { id: "RE-16", title: 'Over-parameterise then prune ("distillation" in 004)', symbols: [] },
    { id: "RE-17", title: "Dropout (training)", symbols: [] },
    { id: "RE-18", title: "Dropout test-time scaling", symbols: [] },
    { id: "RE-19", title: "Dropout as an ensemble", symbols: [] },
    { id: "RE-20", title: "Maxout with dropout", symbols: [] },
    { id: "RE-21", title: "Multi-task learning", symbols: [] },
    { id: "RE-22", title: "Self-/semi-supervised pretext tasks", symbols: [] },
    { id: "RE-23", title: "Stochastic small batches as regulariser", symbols: [] },
  ],
};

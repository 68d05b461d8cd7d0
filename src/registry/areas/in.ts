// Initialisation & pre-training.

import type { Area } from "../system.ts";

export const initialisation: Area = {
  id: "IN",
  title: "Initialisation & pre-training",
  systems: [
    { id: "IN-01", title: "Random initialisation", symbols: [] },
    { id: "IN-02", title: "Variance-targeted scalar init", symbols: [] },
    { id: "IN-03", title: "Residual init near zero", symbols: [] },
    { id: "IN-04", title: "Saturation by bad init", symbols: [] },
    { id: "IN-05", title: "Unsupervised pre-training as initialisation", symbols: [] },
    { id: "IN-06", title: "Greedy layer-wise unsupervised pre-training (general)", symbols: [] },
    { id: "IN-07", title: "Pre-train / fine-tune transfer", symbols: [] },
  ],
};

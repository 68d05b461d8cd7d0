// Normalisation.

import type { Area } from "../system.ts";

export const no: Area = {
  id: "NO",
  title: "Normalisation",
  systems: [
    { id: "NO-01", title: "Batch normalisation (train)", symbols: [] },
    { id: "NO-02", title: "Batch normalisation (inference)", symbols: [] },
    { id: "NO-03", title: "Weight normalisation", symbols: [] },
    { id: "NO-04", title: "Layer normalisation", symbols: [] },
    { id: "NO-05", title: "Scale invariance of BN / LN / WN", symbols: [] },
    { id: "NO-06", title: "Local response normalisation", symbols: [] },
    { id: "NO-07", title: "Input standardisation / internal covariate shift", symbols: [] },
  ],
};

// Linear factor models & EM.

import type { Area } from "../system.ts";

export const lf: Area = {
  id: "LF",
  title: "Linear factor models & EM",
  systems: [
    { id: "LF-01", title: "Linear factor model", symbols: [] },
    { id: "LF-02", title: "Factor analysis", symbols: [] },
    { id: "LF-03", title: "FA posterior inference", symbols: [] },
    { id: "LF-04", title: "FA non-identifiability", symbols: [] },
    { id: "LF-05", title: "FA maximum likelihood", symbols: [] },
    { id: "LF-06", title: "Probabilistic PCA (with EM)", symbols: [] },
    { id: "LF-07", title: "Expectation–maximisation", symbols: [] },
    { id: "LF-08", title: "Evidence lower bound", symbols: [] },
    { id: "LF-09", title: "Variational (approximate) inference", symbols: [] },
  ],
};

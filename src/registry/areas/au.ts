// Autoregressive density models.

import type { Area } from "../system.ts";

export const au: Area = {
  id: "AU",
  title: "Autoregressive density models",
  systems: [
    { id: "AU-01", title: "Fully-visible factorisation", symbols: [] },
    { id: "AU-02", title: "NADE", symbols: [] },
    { id: "AU-03", title: "NADE parameter count", symbols: [] },
    { id: "AU-04", title: "NADE incremental computation", symbols: [] },
    { id: "AU-05", title: "NADE loss and sampling", symbols: [] },
    { id: "AU-06", title: "MADE", symbols: [] },
    { id: "AU-07", title: "MADE worked mask", symbols: [] },
  ],
};

// Normalising flows & change of variables.

import type { Area } from "../system.ts";

export const fl: Area = {
  id: "FL",
  title: "Normalising flows & change of variables",
  systems: [
    { id: "FL-01", title: "Pushforward density", symbols: [] },
    { id: "FL-02", title: "Composed flow", symbols: [] },
    { id: "FL-03", title: "Linear flow", symbols: [] },
    { id: "FL-04", title: "Planar (linear-time) flow", symbols: [] },
    { id: "FL-05", title: "Flow training by MLE; prescribed vs implicit models", symbols: [] },
  ],
};

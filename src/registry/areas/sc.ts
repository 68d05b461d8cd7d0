// Learning-rate & momentum schedules, line search.

import type { Area } from "../system.ts";

export const sc: Area = {
  id: "SC",
  title: "Learning-rate & momentum schedules, line search",
  systems: [
    { id: "SC-01", title: "Step decay", symbols: [] },
    { id: "SC-02", title: "Halve on worse validation error, with rollback", symbols: [] },
    { id: "SC-03", title: "Exponential decay", symbols: [] },
    { id: "SC-04", title: "1/t decay", symbols: [] },
    { id: "SC-05", title: "Sutskever momentum schedule", symbols: [] },
    { id: "SC-06", title: "Line search", symbols: [] },
    { id: "SC-07", title: "Log-scale learning-rate search", symbols: [] },
    { id: "SC-08", title: "Triangular cyclical rate", symbols: [] },
    { id: "SC-09", title: "Cosine annealing with warm restarts", symbols: [] },
    { id: "SC-10", title: "Warm-up then exponential decay", symbols: [] },
    { id: "SC-11", title: "Saddle-point escape demo", symbols: [] },
    { id: "SC-12", title: "Schedule / adaptive-rule catalogue", symbols: [] },
  ],
};

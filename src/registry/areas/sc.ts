// Learning-rate & momentum schedules, line search.

import type { Area } from "../system.ts";

export const sc: Area = {
  id: "SC",
  title: "Learning-rate & momentum schedules, line search",
  systems: [
    { id: "SC-01", title: "Step decay", symbols: ["hebb/optim#stepDecay"] },
    {
      id: "SC-02",
      title: "Halve on worse validation error, with rollback",
      symbols: ["hebb/train#halveOnWorse"],
    },
    { id: "SC-03", title: "Exponential decay", symbols: ["hebb/optim#exponential"] },
    { id: "SC-04", title: "1/t decay", symbols: ["hebb/optim#inverseTime"] },
    {
      id: "SC-05",
      title: "Sutskever momentum schedule",
      symbols: ["hebb/optim#sutskeverMomentum"],
    },
    { id: "SC-06", title: "Line search", symbols: ["hebb/optim#lineSearch"] },
    { id: "SC-07", title: "Log-scale learning-rate search", symbols: ["hebb/train#rateSearch"] },
    { id: "SC-08", title: "Triangular cyclical rate", symbols: ["hebb/optim#triangular"] },
    {
      id: "SC-09",
      title: "Cosine annealing with warm restarts",
      symbols: ["hebb/optim#cosineRestarts"],
    },
    {
      id: "SC-10",
      title: "Warm-up then exponential decay",
      symbols: ["hebb/optim#warmUp", "hebb/optim#exponential"],
    },
    {
      id: "SC-11",
      title: "Saddle-point escape demo",
      symbols: ["hebb/optim#triangular", "hebb/optim#exponential", "hebb/theory#descentPath"],
    },
    {
      id: "SC-12",
      title: "Schedule / adaptive-rule catalogue",
      symbols: [
        "hebb/optim#stepDecay",
        "hebb/optim#exponential",
        "hebb/optim#triangular",
        "hebb/optim#cosineRestarts",
        "hebb/optim#lineSearch",
        "hebb/train#rateSearch",
        "hebb/optim#Adagrad",
        "hebb/optim#RMSprop",
        "hebb/optim#Adadelta",
        "hebb/optim#Adam",
        "hebb/optim#AdamW",
        "hebb/optim#Adamax",
        "hebb/optim#NAdam",
      ],
    },
  ],
};

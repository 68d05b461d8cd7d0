// RBM, Boltzmann machines, DBN, DBM.

import type { Area } from "../system.ts";

export const rb: Area = {
  id: "RB",
  title: "RBM, Boltzmann machines, DBN, DBM",
  systems: [
    { id: "RB-01", title: "RBM factor form", symbols: [] },
    { id: "RB-02", title: "RBM energy", symbols: [] },
    { id: "RB-03", title: "RBM conditionals", symbols: [] },
    { id: "RB-04", title: "RBM marginal / free energy", symbols: [] },
    { id: "RB-05", title: "RBM log-likelihood gradient", symbols: [] },
    { id: "RB-06", title: "RBM gradients, matrix form", symbols: [] },
    { id: "RB-07", title: "RBM training by block Gibbs", symbols: [] },
    { id: "RB-08", title: "k-step contrastive divergence", symbols: [] },
    { id: "RB-09", title: "Boltzmann machine", symbols: [] },
    { id: "RB-10", title: "BM conditional is logistic regression", symbols: [] },
    { id: "RB-11", title: "Deep belief network", symbols: [] },
    { id: "RB-12", title: "Deep Boltzmann machine", symbols: [] },
  ],
};

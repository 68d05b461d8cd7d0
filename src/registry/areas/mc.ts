// Monte Carlo, importance sampling, MCMC.

import type { Area } from "../system.ts";

export const mc: Area = {
  id: "MC",
  title: "Monte Carlo, importance sampling, MCMC",
  systems: [
    { id: "MC-01", title: "Monte Carlo estimate", symbols: [] },
    { id: "MC-02", title: "Importance sampling", symbols: [] },
    { id: "MC-03", title: "Optimal proposal", symbols: [] },
    { id: "MC-04", title: "Biased (self-normalised) importance sampling", symbols: [] },
    { id: "MC-05", title: "Markov chain evolution", symbols: [] },
    { id: "MC-06", title: "Stationary distribution", symbols: [] },
    { id: "MC-07", title: "Ergodic theorem", symbols: [] },
    { id: "MC-08", title: "Irreducibility and aperiodicity checks", symbols: [] },
    { id: "MC-09", title: "Detailed balance", symbols: [] },
    { id: "MC-10", title: "Single-site Gibbs sampler", symbols: [] },
    { id: "MC-11", title: "Block Gibbs sampler", symbols: [] },
  ],
};

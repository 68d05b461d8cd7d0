// Graphical models.

import type { Area } from "../system.ts";

export const pg: Area = {
  id: "PG",
  title: "Graphical models",
  systems: [
    { id: "PG-01", title: "Full joint table & counting", symbols: [] },
    { id: "PG-02", title: "Conditional-independence saving", symbols: [] },
    { id: "PG-03", title: "Lookup-table size k^n", symbols: [] },
    { id: "PG-04", title: "Bayesian network", symbols: [] },
    { id: "PG-05", title: "Student network", symbols: [] },
    { id: "PG-06", title: "Causal reasoning", symbols: [] },
    { id: "PG-07", title: "Evidential reasoning", symbols: [] },
    { id: "PG-08", title: "Explaining away", symbols: [] },
    { id: "PG-09", title: "Local Markov independencies", symbols: [] },
    { id: "PG-10", title: "d-separation", symbols: [] },
    { id: "PG-11", title: "I-map, factorisation theorems, perfect map", symbols: [] },
    { id: "PG-12", title: "Misconception network: no perfect directed map", symbols: [] },
    { id: "PG-13", title: "Markov network, factors, partition function", symbols: [] },
    { id: "PG-14", title: "Gibbs distribution over cliques", symbols: [] },
    { id: "PG-15", title: "Independence by factor grouping", symbols: [] },
    { id: "PG-16", title: "Separation (undirected)", symbols: [] },
    { id: "PG-17", title: "Markov blanket", symbols: [] },
    { id: "PG-18", title: "Energy-based model & free energy", symbols: [] },
    { id: "PG-19", title: "Latent-variable abstraction & generation", symbols: [] },
    { id: "PG-20", title: "Ancestral sampling", symbols: [] },
    {
      id: "PG-21",
      title: "Inference tasks: density, denoising, imputation, sampling",
      symbols: [],
    },
  ],
};

// n-gram language models & embeddings.

import type { Area } from "../system.ts";

export const nl: Area = {
  id: "NL",
  title: "n-gram language models & embeddings",
  systems: [
    { id: "NL-01", title: "n-gram model", symbols: [] },
    { id: "NL-02", title: "Sequence probability from n-grams", symbols: [] },
    { id: "NL-03", title: "Trigram worked example", symbols: [] },
    { id: "NL-04", title: "Smoothing", symbols: [] },
    { id: "NL-05", title: "Back-off", symbols: [] },
    { id: "NL-06", title: "Curse-of-dimensionality counters", symbols: [] },
    { id: "NL-07", title: "Neural language model with word embeddings", symbols: [] },
  ],
};

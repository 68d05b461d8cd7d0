// n-gram language models & embeddings.

import type { Area } from "../system.ts";

export const nl: Area = {
  id: "NL",
  title: "n-gram language models & embeddings",
  systems: [
    { id: "NL-01", title: "n-gram model", symbols: ["hebb/text#NGramModel"] },
    {
      id: "NL-02",
      title: "Sequence probability from n-grams",
      symbols: ["hebb/text#NGramModel", "hebb/text#NGramModel.prototype.sequenceProbability"],
    },
    {
      id: "NL-03",
      title: "Trigram worked example",
      symbols: ["hebb/text#NGramModel.prototype.joint", "hebb/text#NGramModel.prototype.frequency"],
    },
    { id: "NL-04", title: "Smoothing", symbols: ["hebb/text#NGramModel", "hebb/text#perplexity"] },
    { id: "NL-05", title: "Back-off", symbols: ["hebb/text#BackoffModel"] },
    { id: "NL-06", title: "Curse-of-dimensionality counters", symbols: ["hebb/text#tableSize"] },
    {
      id: "NL-07",
      title: "Neural language model with word embeddings",
      symbols: ["hebb/models#NeuralLanguageModel", "hebb/text#WordVectors"],
    },
  ],
};

// Transformers & contextual NLP models.

import type { Area } from "../system.ts";

export const tr: Area = {
  id: "TR",
  title: "Transformers & contextual NLP models",
  systems: [
    { id: "TR-01", title: "Input embedding + sinusoidal positions", symbols: [] },
    { id: "TR-02", title: "Masks (decoder)", symbols: [] },
    { id: "TR-03", title: "Transformer block", symbols: [] },
    { id: "TR-04", title: "Encoder–decoder transformer", symbols: [] },
    { id: "TR-05", title: "ELMo-style embeddings", symbols: [] },
    { id: "TR-06", title: "BERT-style pre-training", symbols: [] },
    { id: "TR-07", title: "GPT-style causal LM and in-context use", symbols: [] },
  ],
};

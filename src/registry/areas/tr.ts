// Transformers & contextual NLP models.

import type { Area } from "../system.ts";

export const tr: Area = {
  id: "TR",
  title: "Transformers & contextual NLP models",
  systems: [
    {
      id: "TR-01",
      title: "Input embedding + sinusoidal positions",
      symbols: [
        "hebb/nn#Embedding",
        "hebb/nn#sinusoidalPositions",
        "hebb/nn#SinusoidalPositions",
        "hebb/nn#LearnedPositions",
      ],
    },
    {
      id: "TR-02",
      title: "Masks (decoder)",
      symbols: ["hebb/nn#causalMask", "hebb/nn#paddingMask", "hebb/nn#TransformerDecoderLayer"],
    },
    {
      id: "TR-03",
      title: "Transformer block",
      symbols: ["hebb/nn#TransformerEncoderLayer", "hebb/nn#TransformerEncoder"],
    },
    {
      id: "TR-04",
      title: "Encoder–decoder transformer",
      symbols: [
        "hebb/nn#Transformer",
        "hebb/nn#TransformerDecoder",
        "hebb/nn#KeyValueCache",
        "hebb/models#TranslationTransformer",
      ],
    },
    {
      id: "TR-05",
      title: "ELMo-style embeddings",
      symbols: ["hebb/models#ELMo", "hebb/models#LayerMix", "hebb/models#characterIds"],
    },
    {
      id: "TR-06",
      title: "BERT-style pre-training",
      symbols: ["hebb/models#BERT", "hebb/models#maskTokens", "hebb/text#BytePairTokenizer"],
    },
    {
      id: "TR-07",
      title: "GPT-style causal LM and in-context use",
      symbols: ["hebb/models#GPT", "hebb/models#GPT.prototype.generate", "hebb/nn#sampleLogits"],
    },
  ],
};

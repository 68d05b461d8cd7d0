// Sequence-to-sequence & attention.

import type { Area } from "../system.ts";

export const sa: Area = {
  id: "SA",
  title: "Sequence-to-sequence & attention",
  systems: [
    {
      id: "SA-01",
      title: "Seq2seq objective",
      symbols: ["hebb/models#Seq2Seq", "hebb/models#Seq2Seq.prototype.logProbability"],
    },
    { id: "SA-02", title: "Naive seq2seq vs output feedback", symbols: ["hebb/models#Seq2Seq"] },
    {
      id: "SA-03",
      title: "Teacher forcing & exposure bias",
      symbols: ["hebb/models#Seq2Seq", "hebb/models#Seq2Seq.prototype.decode"],
    },
    {
      id: "SA-04",
      title: "Encoder–decoder",
      symbols: [
        "hebb/models#Seq2Seq",
        "hebb/text#bucketByLength",
        "hebb/text#padSequences",
        "hebb/nn#sequenceNllLoss",
      ],
    },
    {
      id: "SA-05",
      title: "Image captioning (CNN encoder + RNN decoder)",
      symbols: ["hebb/models#Captioner"],
    },
    {
      id: "SA-06",
      title: "Attention gating function",
      symbols: ["hebb/nn#attentionWeights", "hebb/nn#dotScore"],
    },
    {
      id: "SA-07",
      title: "RNN with attention",
      symbols: ["hebb/models#Seq2Seq", "hebb/nn#AdditiveAttention"],
    },
    { id: "SA-08", title: "Key–value attention map", symbols: ["hebb/nn#attention"] },
    {
      id: "SA-09",
      title: "Scaled dot product",
      symbols: ["hebb/nn#scaledDotScore", "hebb/nn#scaledDotProductAttention"],
    },
    { id: "SA-10", title: "Multi-head attention", symbols: ["hebb/nn#MultiheadAttention"] },
    { id: "SA-11", title: "Self-attention matrix form", symbols: ["hebb/nn#selfAttention"] },
    {
      id: "SA-12",
      title: "Memory network",
      symbols: ["hebb/models#MemoryNetwork", "hebb/nn#associativeRecall"],
    },
  ],
};

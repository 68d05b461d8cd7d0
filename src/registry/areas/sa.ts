// Sequence-to-sequence & attention.

import type { Area } from "../system.ts";

export const sa: Area = {
  id: "SA",
  title: "Sequence-to-sequence & attention",
  systems: [
    { id: "SA-01", title: "Seq2seq objective", symbols: [] },
    { id: "SA-02", title: "Naive seq2seq vs output feedback", symbols: [] },
    { id: "SA-03", title: "Teacher forcing & exposure bias", symbols: [] },
    { id: "SA-04", title: "Encoder–decoder", symbols: [] },
    { id: "SA-05", title: "Image captioning (CNN encoder + RNN decoder)", symbols: [] },
    { id: "SA-06", title: "Attention gating function", symbols: [] },
    { id: "SA-07", title: "RNN with attention", symbols: [] },
    { id: "SA-08", title: "Key–value attention map", symbols: [] },
    { id: "SA-09", title: "Scaled dot product", symbols: [] },
    { id: "SA-10", title: "Multi-head attention", symbols: [] },
    { id: "SA-11", title: "Self-attention matrix form", symbols: [] },
    { id: "SA-12", title: "Memory network", symbols: [] },
  ],
};

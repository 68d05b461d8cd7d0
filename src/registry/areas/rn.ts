// Recurrent & gated networks.

import type { Area } from "../system.ts";

export const rn: Area = {
  id: "RN",
  title: "Recurrent & gated networks",
  systems: [
    { id: "RN-01", title: "Simple RNN", symbols: [] },
    { id: "RN-02", title: "Elman network", symbols: [] },
    { id: "RN-03", title: "Jordan network", symbols: [] },
    { id: "RN-04", title: "Unrolling equivalence", symbols: [] },
    { id: "RN-05", title: "BPTT: internal gradients", symbols: [] },
    { id: "RN-06", title: "BPTT: parameter gradients", symbols: [] },
    { id: "RN-07", title: "BPTT nested-sum form with output feedback", symbols: [] },
    { id: "RN-08", title: "Linear-recurrence power method", symbols: [] },
    { id: "RN-09", title: "Vanishing/exploding bound", symbols: [] },
    { id: "RN-10", title: "RNN as directed graphical model", symbols: [] },
    { id: "RN-11", title: "Sampling a sequence with EOS", symbols: [] },
    { id: "RN-12", title: "Bidirectional RNN", symbols: [] },
    { id: "RN-13", title: "Deep (stacked) RNN", symbols: [] },
    { id: "RN-14", title: "Leaky units", symbols: [] },
    { id: "RN-15", title: "LSTM (textbook form)", symbols: [] },
    { id: "RN-16", title: "LSTM (standard form)", symbols: [] },
    { id: "RN-17", title: "GRU", symbols: [] },
    { id: "RN-18", title: "Long-time-lag benchmark", symbols: [] },
  ],
};

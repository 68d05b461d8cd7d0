// Recurrent & gated networks.

import type { Area } from "../system.ts";

export const rn: Area = {
  id: "RN",
  title: "Recurrent & gated networks",
  systems: [
    { id: "RN-01", title: "Simple RNN", symbols: ["hebb/nn#RNN", "hebb/nn#RNNCell"] },
    { id: "RN-02", title: "Elman network", symbols: ["hebb/nn#Elman"] },
    { id: "RN-03", title: "Jordan network", symbols: ["hebb/nn#Jordan"] },
    {
      id: "RN-04",
      title: "Unrolling equivalence",
      symbols: ["hebb/nn#RNNCell", "hebb/nn#Elman", "hebb#scan"],
    },
    {
      id: "RN-05",
      title: "BPTT: internal gradients",
      symbols: ["hebb/nn#backpropagationThroughTime"],
    },
    {
      id: "RN-06",
      title: "BPTT: parameter gradients",
      symbols: ["hebb/nn#backpropagationThroughTime", "hebb/nn#truncatedBackpropagation"],
    },
    {
      id: "RN-07",
      title: "BPTT nested-sum form with output feedback",
      symbols: ["hebb/nn#Jordan"],
    },
    { id: "RN-08", title: "Linear-recurrence power method", symbols: ["hebb/nn#linearRecurrence"] },
    {
      id: "RN-09",
      title: "Vanishing/exploding bound",
      symbols: ["hebb/nn#stateGradientNorms", "hebb/nn#gradientBound", "hebb/nn#spectralNorm"],
    },
    {
      id: "RN-10",
      title: "RNN as directed graphical model",
      symbols: ["hebb/nn#tableParameters", "hebb/nn#recurrentParameters"],
    },
    {
      id: "RN-11",
      title: "Sampling a sequence with EOS",
      symbols: ["hebb/nn#sampleSequences", "hebb/nn#sequenceLengths"],
    },
    {
      id: "RN-12",
      title: "Bidirectional RNN",
      symbols: [
        "hebb/nn#RNN",
        "hebb/nn#LSTM",
        "hebb/nn#GRU",
        "hebb/nn#padSequence",
        "hebb/nn#packSequence",
      ],
    },
    { id: "RN-13", title: "Deep (stacked) RNN", symbols: ["hebb/nn#RNN"] },
    { id: "RN-14", title: "Leaky units", symbols: ["hebb/nn#Leaky"] },
    { id: "RN-15", title: "LSTM (textbook form)", symbols: ["hebb/nn#LSTM", "hebb/nn#LSTMCell"] },
    { id: "RN-16", title: "LSTM (standard form)", symbols: ["hebb/nn#LSTM", "hebb/nn#LSTMCell"] },
    { id: "RN-17", title: "GRU", symbols: ["hebb/nn#GRU", "hebb/nn#GRUCell"] },
    { id: "RN-18", title: "Long-time-lag benchmark", symbols: ["hebb/nn#LSTM", "hebb/nn#RNN"] },
  ],
};

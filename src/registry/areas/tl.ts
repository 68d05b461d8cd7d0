// Threshold logic & perceptrons.

import type { Area } from "../system.ts";

export const tl: Area = {
  id: "TL",
  title: "Threshold logic & perceptrons",
  systems: [
    { id: "TL-01", title: "McCulloch–Pitts neuron (absolute inhibition)", symbols: [] },
    { id: "TL-02", title: "McCulloch–Pitts neuron (signed form)", symbols: [] },
    { id: "TL-03", title: "DNF of an M–P neuron", symbols: [] },
    { id: "TL-04", title: "Turing type-A unorganised machine", symbols: [] },
    { id: "TL-05", title: "Turing type-B machine (trainable switches)", symbols: [] },
    { id: "TL-06", title: "Linear separability test (boolean)", symbols: [] },
    { id: "TL-07", title: "Enumeration of boolean functions (Table 2)", symbols: [] },
    { id: "TL-08", title: "Absolute linear separability", symbols: [] },
    { id: "TL-09", title: "Perceptron unit", symbols: [] },
    { id: "TL-10", title: "Perceptron learning algorithm (Algorithm 1)", symbols: [] },
    { id: "TL-11", title: "Modified perceptron algorithm (Algorithm 2)", symbols: [] },
    { id: "TL-12", title: "Perceptron angle argument", symbols: [] },
    { id: "TL-13", title: "Convergence proof with arbitrary start", symbols: [] },
    { id: "TL-14", title: "Perceptron as SGD on the perceptron loss", symbols: [] },
    { id: "TL-15", title: "Zig-zag property", symbols: [] },
    { id: "TL-16", title: "Norm-growth lemma", symbols: [] },
    { id: "TL-17", title: "Margin γ of a separable set", symbols: [] },
    { id: "TL-18", title: "Novikov mistake bound", symbols: [] },
    { id: "TL-19", title: "Cover's function-counting theorem", symbols: [] },
    { id: "TL-20", title: "VC dimension of linear separators", symbols: [] },
    { id: "TL-21", title: "2-input perceptron network for any boolean function", symbols: [] },
    { id: "TL-22", title: "General n-input perceptron network", symbols: [] },
  ],
};

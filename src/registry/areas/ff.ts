// Feed-forward networks & automatic differentiation.

import type { Area } from "../system.ts";

export const ff: Area = {
  id: "FF",
  title: "Feed-forward networks & automatic differentiation",
  systems: [
    { id: "FF-01", title: "Supervised-learning setup", symbols: [] },
    { id: "FF-02", title: "Feed-forward network", symbols: [] },
    { id: "FF-03", title: "Forward propagation (Algorithm 5)", symbols: [] },
    { id: "FF-04", title: "Choice of output and loss (Table 4)", symbols: [] },
    { id: "FF-05", title: "Chain rule over multiple paths", symbols: [] },
    { id: "FF-06", title: "Output-layer gradient", symbols: [] },
    { id: "FF-07", title: "Hidden-layer gradient", symbols: [] },
    { id: "FF-08", title: "Parameter gradient", symbols: [] },
    { id: "FF-09", title: "Backward propagation (Algorithm 6)", symbols: [] },
    { id: "FF-10", title: "Chain rule for maps, Jacobian products", symbols: [] },
    { id: "FF-11", title: "Backprop as row-vector recursion", symbols: [] },
    { id: "FF-12", title: "Reverse-mode automatic differentiation", symbols: [] },
    { id: "FF-13", title: "Forward-mode automatic differentiation", symbols: [] },
    { id: "FF-14", title: "Element-wise op Jacobian", symbols: [] },
    { id: "FF-15", title: "ReLU layer derivatives", symbols: [] },
    { id: "FF-16", title: "Tensor derivative by index flattening", symbols: [] },
    { id: "FF-17", title: "Fully connected layer with learned shift", symbols: [] },
    { id: "FF-18", title: "Learned-feature view", symbols: [] },
    { id: "FF-19", title: "Markov-chain (sequential) network and skip links", symbols: [] },
    { id: "FF-20", title: "Training loop with max_iterations", symbols: [] },
    { id: "FF-21", title: "Tanh binary classifier with ±1 labels", symbols: [] },
  ],
};

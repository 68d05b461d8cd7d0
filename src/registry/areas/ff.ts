// Feed-forward networks & automatic differentiation.

import type { Area } from "../system.ts";

export const ff: Area = {
  id: "FF",
  title: "Feed-forward networks & automatic differentiation",
  systems: [
    {
      id: "FF-01",
      title: "Supervised-learning setup",
      symbols: ["hebb/train#learn", "hebb/train#gradientDescent"],
    },
    { id: "FF-02", title: "Feed-forward network", symbols: ["hebb/nn#FeedForward"] },
    {
      id: "FF-03",
      title: "Forward propagation (Algorithm 5)",
      symbols: ["hebb/theory#forwardPropagation", "hebb/nn#FeedForward"],
    },
    {
      id: "FF-04",
      title: "Choice of output and loss (Table 4)",
      symbols: ["hebb/nn#linearOutput", "hebb/nn#softmaxOutput"],
    },
    { id: "FF-05", title: "Chain rule over multiple paths", symbols: ["hebb#grad"] },
    {
      id: "FF-06",
      title: "Output-layer gradient",
      symbols: ["hebb/nn#softmaxOutput", "hebb/nn#crossEntropy"],
    },
    {
      id: "FF-07",
      title: "Hidden-layer gradient",
      symbols: ["hebb/theory#backwardPropagation", "hebb/theory#activations"],
    },
    { id: "FF-08", title: "Parameter gradient", symbols: ["hebb/theory#backwardPropagation"] },
    {
      id: "FF-09",
      title: "Backward propagation (Algorithm 6)",
      symbols: ["hebb/theory#backwardPropagation", "hebb#gradients"],
    },
    {
      id: "FF-10",
      title: "Chain rule for maps, Jacobian products",
      symbols: ["hebb#vjp", "hebb#jvp", "hebb#jacobian"],
    },
    {
      id: "FF-11",
      title: "Backprop as row-vector recursion",
      symbols: ["hebb/theory#rowRecursion"],
    },
    {
      id: "FF-12",
      title: "Reverse-mode automatic differentiation",
      symbols: [
        "hebb#grad",
        "hebb#vjp",
        "hebb/theory#reverseModeCost",
        "hebb/theory#operationCount",
      ],
    },
    {
      id: "FF-13",
      title: "Forward-mode automatic differentiation",
      symbols: [
        "hebb#jvp",
        "hebb#jacobian",
        "hebb/theory#forwardModeCost",
        "hebb/theory#cheaperMode",
      ],
    },
    { id: "FF-14", title: "Element-wise op Jacobian", symbols: ["hebb#vjp", "hebb#jacobian"] },
    {
      id: "FF-15",
      title: "ReLU layer derivatives",
      symbols: ["hebb/theory#reluLayerDerivatives", "hebb/nn#relu"],
    },
    {
      id: "FF-16",
      title: "Tensor derivative by index flattening",
      symbols: ["hebb#grad", "hebb#jacobian", "hebb#Tensor.prototype.tensorDot"],
    },
    {
      id: "FF-17",
      title: "Fully connected layer with learned shift",
      symbols: ["hebb/nn#FullyConnected"],
    },
    {
      id: "FF-18",
      title: "Learned-feature view",
      symbols: ["hebb/nn#LearnedFeatures", "hebb/linalg#leastSquares"],
    },
    {
      id: "FF-19",
      title: "Markov-chain (sequential) network and skip links",
      symbols: ["hebb/nn#Sequential", "hebb/nn#LayerGraph"],
    },
    { id: "FF-20", title: "Training loop with max_iterations", symbols: ["hebb/train#learn"] },
    {
      id: "FF-21",
      title: "Tanh binary classifier with ±1 labels",
      symbols: ["hebb/nn#tanhSquaredLoss", "hebb/nn#TanhSquaredLoss"],
    },
  ],
};

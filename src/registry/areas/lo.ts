// Losses & risk.

import type { Area } from "../system.ts";

export const lo: Area = {
  id: "LO",
  title: "Losses & risk",
  systems: [
    {
      id: "LO-01",
      title: "Mean squared error (network form)",
      symbols: ["hebb/nn#mseLoss", "hebb/nn#MSELoss"],
    },
    { id: "LO-02", title: "Half squared loss", symbols: ["hebb/nn#halfSquaredLoss"] },
    { id: "LO-03", title: "Zero–one loss", symbols: ["hebb/nn#zeroOneLoss"] },
    {
      id: "LO-04",
      title: "Categorical cross-entropy / log loss",
      symbols: [
        "hebb/nn#crossEntropy",
        "hebb/nn#nllLoss",
        "hebb/nn#CrossEntropyLoss",
        "hebb/nn#NLLLoss",
      ],
    },
    {
      id: "LO-05",
      title: "Binary (element-wise) cross-entropy",
      symbols: [
        "hebb/nn#binaryCrossEntropy",
        "hebb/nn#binaryCrossEntropyWithLogits",
        "hebb/nn#BCELoss",
        "hebb/nn#BCEWithLogitsLoss",
      ],
    },
    { id: "LO-06", title: "Logistic loss with ±1 labels", symbols: ["hebb/nn#softMarginLoss"] },
    {
      id: "LO-07",
      title: "Perceptron loss",
      symbols: ["hebb/nn#perceptronLoss", "hebb/nn#hingeLoss"],
    },
    {
      id: "LO-08",
      title: "Soft-target cross-entropy",
      symbols: ["hebb/nn#crossEntropy", "hebb/nn#klDiv"],
    },
    {
      id: "LO-09",
      title: "Probabilistic loss",
      symbols: ["hebb/nn#gaussianNllLoss", "hebb/nn#laplaceNllLoss"],
    },
    {
      id: "LO-10",
      title: "Exponential-family losses",
      symbols: [
        "hebb/nn#exponentialFamilyLoss",
        "hebb/nn#bernoulliFamily",
        "hebb/nn#poissonFamily",
        "hebb/nn#gaussianFamily",
        "hebb/nn#categoricalFamily",
      ],
    },
    { id: "LO-11", title: "Sequence log-likelihood", symbols: ["hebb/nn#sequenceNllLoss"] },
    {
      id: "LO-12",
      title: "Risk, empirical risk, surrogate loss",
      symbols: [
        "hebb/train#evaluate",
        "hebb/train#fit",
        "hebb/train#earlyStopping",
        "hebb/nn#zeroOneLoss",
        "hebb/nn#crossEntropy",
      ],
    },
    {
      id: "LO-13",
      title: "Generic regularised objective",
      symbols: ["hebb/nn#regularized", "hebb/nn#halfSquaredNorm", "hebb/nn#absoluteNorm"],
    },
  ],
};

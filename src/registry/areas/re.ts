// Regularisation & ensembles.

import type { Area } from "../system.ts";

export const re: Area = {
  id: "RE",
  title: "Regularisation & ensembles",
  systems: [
    {
      id: "RE-01",
      title: "L2 / weight decay",
      symbols: [
        "hebb/nn#halfSquaredNorm",
        "hebb/nn#absoluteNorm",
        "hebb/nn#regularized",
        "hebb/optim#SGD",
      ],
    },
    {
      id: "RE-02",
      title: "Per-layer Frobenius penalty",
      symbols: ["hebb/nn#regularized", "hebb/optim#Optimizer"],
    },
    {
      id: "RE-03",
      title: "L2 eigen-analysis",
      symbols: ["hebb/theory#ridgeMinimum", "hebb/theory#ridgeShare"],
    },
    {
      id: "RE-04",
      title: "Sparse-representation penalty",
      symbols: ["hebb/nn#regularized", "hebb/nn#absoluteNorm"],
    },
    {
      id: "RE-05",
      title: "Dataset augmentation",
      symbols: [
        "hebb/data#augment",
        "hebb/data#transformImages",
        "hebb/data#warp",
        "hebb/data#cropImages",
        "hebb/data#resizeImages",
        "hebb/data#flipImages",
        "hebb/data#elasticField",
        "hebb/data#shiftColours",
      ],
    },
    {
      id: "RE-06",
      title: "Input-noise injection ≡ L2",
      symbols: ["hebb/nn#addNoise", "hebb/nn#GaussianNoise"],
    },
    {
      id: "RE-07",
      title: "Target-noise / soft labels",
      symbols: ["hebb/nn#smoothLabels", "hebb/nn#flipLabels", "hebb/nn#crossEntropy"],
    },
    { id: "RE-08", title: "Weight-noise injection", symbols: ["hebb/nn#addNoise"] },
    { id: "RE-09", title: "Early stopping with patience", symbols: ["hebb/train#earlyStopping"] },
    { id: "RE-10", title: "Early-stopping radius bound", symbols: ["hebb/theory#stoppingRadius"] },
    {
      id: "RE-11",
      title: "Early stopping ≡ L2",
      symbols: [
        "hebb/theory#stoppingSteps",
        "hebb/theory#stoppedMinimum",
        "hebb/theory#ridgeMinimum",
      ],
    },
    {
      id: "RE-12",
      title: "Constraint (norm-ball) regularisation",
      symbols: ["hebb/optim#ProjectedSGD", "hebb/optim#projectToBall"],
    },
    {
      id: "RE-13",
      title: "Bagging",
      symbols: ["hebb/data#bootstrapSample", "hebb/nn#Ensemble", "hebb/theory#bootstrapShare"],
    },
    {
      id: "RE-14",
      title: "Ensemble decorrelation",
      symbols: ["hebb/theory#ensembleVariance", "hebb/nn#Ensemble"],
    },
    { id: "RE-15", title: "Knowledge distillation", symbols: ["hebb/nn#distillationLoss"] },
    {
      id: "RE-16",
      title: 'Over-parameterise then prune ("distillation" in 004)',
      symbols: ["hebb/nn#pruneByMagnitude", "hebb/nn#pruneUnits", "hebb/nn#deadUnits"],
    },
    { id: "RE-17", title: "Dropout (training)", symbols: ["hebb/nn#dropout", "hebb/nn#Dropout"] },
    {
      id: "RE-18",
      title: "Dropout test-time scaling",
      symbols: [
        "hebb/nn#dropout",
        "hebb/nn#Dropout",
        "hebb/nn#dropoutMasks",
        "hebb/nn#maskProbabilities",
      ],
    },
    {
      id: "RE-19",
      title: "Dropout as an ensemble",
      symbols: [
        "hebb/nn#geometricEnsemble",
        "hebb/nn#arithmeticEnsemble",
        "hebb/nn#dropoutMasks",
        "hebb/nn#maskProbabilities",
      ],
    },
    { id: "RE-20", title: "Maxout with dropout", symbols: ["hebb/nn#Maxout", "hebb/nn#Dropout"] },
    {
      id: "RE-21",
      title: "Multi-task learning",
      symbols: ["hebb/nn#MultiTask", "hebb/nn#multiTaskLoss"],
    },
    {
      id: "RE-22",
      title: "Self-/semi-supervised pretext tasks",
      symbols: [
        "hebb/data#patchPairs",
        "hebb/data#greyPairs",
        "hebb/data#colouredImages",
        "hebb/nn#semiSupervisedNllLoss",
      ],
    },
    {
      id: "RE-23",
      title: "Stochastic small batches as regulariser",
      symbols: ["hebb/optim#SGD", "hebb/data#loader"],
    },
  ],
};

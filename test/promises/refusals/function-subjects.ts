// What the functions of hebb/models, hebb/theory, hebb/linalg and hebb/train refuse; see functions.ts.

import * as nn from "../../../src/nn/index.ts";
import { ones, zeros } from "../../../src/tensor/create.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";
import { activations } from "../../../src/theory/index.ts";
import type { Calls } from "./functions.ts";

const options = (name: string) => () =>
  [
    ["classes", { classes: 0 }],
    [name, { widths: [2] }],
  ] as const;
const ids = zeros([2, 5], { dtype: "i32" });

export const modelFunctions: Calls = {
  characterIds: () => [["sentences", [["a"], ["a", "b"]]]],
  cifarResNet: () => [
    ["depth", 9],
    ["classes", 8, { classes: 0 }],
  ],
  maskTokens: () => [
    ["rate", ids, { mask: 1, vocabulary: 9, rate: 2 }],
    ["mask", ids, { mask: 9, vocabulary: 9 }],
    ["specials", ids, { mask: 1, vocabulary: 9, specials: -1 }],
  ],
  resnet18: options("widths"),
  resnet34: options("widths"),
  resnet50: options("widths"),
};

const square = (x: Tensor): Tensor => x.square().sum();
const graph = { vertices: 4, edges: 5, inputs: 1, outputs: 2 };
const points = (): Tensor => zeros([3]);
const curvature = { smoothness: 2, convexity: 1 };
const wrong = { smoothness: 1, convexity: 2 };

export const theoryFunctions: Calls = {
  bootstrapShare: () => [["examples", 0]],
  cheaperMode: () => [["inputs", { ...graph, inputs: -1 }]],
  conditionNumber: () => [["convexity", wrong]],
  contourPlot: () => [
    ["x", { x: [1, 0], y: [0, 1], contours: [] }],
    ["width", { x: [0, 1], y: [0, 1], contours: [], width: 0 }],
  ],
  contours: () => [
    ["y", square, { x: [0, 1], y: [1, 0] }],
    ["resolution", square, { x: [0, 1], y: [0, 1], resolution: 1 }],
    ["levels", square, { x: [0, 1], y: [0, 1], levels: 0 }],
  ],
  convexityGap: () => [
    ["points", square, points()],
    ["weights", square, zeros([3, 2]), { weights: 0 }],
  ],
  descentPath: () => [["steps", square, [1], () => undefined, { steps: -1 }]],
  ensembleVariance: () => [
    ["variance", { variance: -1, correlation: 0, members: 2 }],
    ["correlation", { variance: 1, correlation: 2, members: 2 }],
    ["members", { variance: 1, correlation: 0, members: 0 }],
  ],
  firstOrderGap: () => [["points", square, points()]],
  forwardModeCost: () => [["vertices", { ...graph, vertices: 0.5 }]],
  forwardPropagation: () => [
    ["layers", { layers: [], activation: activations.tanh, output: nn.linearOutput }, ones([1, 2])],
  ],
  gradientDescentBound: () => [
    ["convexity", wrong, 1],
    ["distance", curvature, -1],
  ],
  gradientFlow: () => [
    ["steps", square, ones([2]), { time: 1, steps: 0 }],
    ["time", square, ones([2]), { time: -1, steps: 2 }],
  ],
  gradientVariance: () => [["gradients", []]],
  isStationary: () => [["epsilon", square, ones([2]), -1]],
  largestStableRate: () => [["smoothness", 0]],
  minibatchVariance: () => [
    ["batchSize", 1, { batchSize: 0 }],
    ["batchSize", 1, { batchSize: 9, of: 5 }],
    ["variance", -1, { batchSize: 2 }],
  ],
  nesterovBound: () => [
    ["convexity", wrong, 1],
    ["distance", curvature, -1],
  ],
  nesterovMomentum: () => [["convexity", wrong]],
  polyakLojasiewicz: () => [
    ["points", square, points(), 0],
    ["minimum", square, zeros([3, 2]), Number.NaN],
  ],
  reluLayerDerivatives: () => [["weight", ones([2, 3]), ones([2])]],
  reverseModeCost: () => [["outputs", { ...graph, outputs: -1 }]],
  ridgeMinimum: () => [["alpha", ones([2, 2]), ones([2]), -1]],
  ridgeShare: () => [
    ["curvature", -1, 1],
    ["alpha", 1, Number.NaN],
  ],
  sgdConvergence: () => [
    ["convexity", wrong, { rate: 0.1, noise: 1, distance: 1 }],
    ["rate", curvature, { rate: 1, noise: 1, distance: 1 }],
    ["noise", curvature, { rate: 0.1, noise: -1, distance: 1 }],
  ],
  smoothness: () => [["points", square, points()]],
  stepForecast: () => [["rate", square, ones([2]), Number.NaN]],
  stepsPerEpoch: () => [
    ["examples", -1, { batchSize: 2 }],
    ["batchSize", 5, { batchSize: 0 }],
    ["lastBatch", 5, { batchSize: 2, lastBatch: "pad" }],
  ],
  stoppedMinimum: () => [
    ["rate", ones([2, 2]), ones([2]), { rate: -1, steps: 2 }],
    ["steps", ones([2, 2]), ones([2]), { rate: 1, steps: -2 }],
  ],
  stoppingRadius: () => [["largestGradient", { rate: 1, steps: 2, largestGradient: -1 }]],
  stoppingSteps: () => [
    ["rate", { rate: 0, penalty: 1 }],
    ["penalty", { rate: 1, penalty: 0 }],
  ],
  strongConvexity: () => [["points", square, points()]],
  tower: () => [["steepness", points(), [0, 1], -1]],
  tower2d: () => [
    [
      "points",
      points(),
      [
        [0, 1],
        [0, 1],
      ],
      1,
    ],
  ],
  towerNetwork: () => [["towers", Math.sin, [0, 1], { towers: 0 }]],
  towerNetwork2d: () => [
    [
      "towers",
      Math.atan2,
      [
        [0, 1],
        [0, 1],
      ],
      { towers: 1.5 },
    ],
  ],
};

export const linalgFunctions: Calls = {
  largestEigenvalue: () => [["iterations", ones([2, 2]), { start: ones([2]), iterations: 0 }]],
  leastSquares: () => [["A", ones([2, 3]), ones([2])]],
  solve: () => [["matrix", ones([2, 3]), ones([2])]],
  sparseMatrix: () => [["entry", [[0, 5, 1]], [2, 2]]],
  symmetricEigenvalues: () => [["matrix", [[1, 2]]]],
};

export const trainFunctions: Calls = {
  earlyStopping: () => [
    ["patience", { patience: -1 }],
    ["better", { better: "lower" }],
    ["minDelta", { minDelta: -1 }],
  ],
  gradientNormByScale: () => [
    [
      "scales",
      new nn.Linear(2, 1),
      { input: ones([1, 2]), loss: (y: Tensor) => y.sum(), scales: [Number.NaN] },
    ],
  ],
  halveOnWorse: () => [["factor", { factor: 1 }]],
  learn: () => [["maxIterations", { data: { x: ones([1]), y: ones([1]) } }, { maxIterations: -1 }]],
  logMetrics: () => [["every", "runs", { every: 0 }]],
  pretrainLayers: () => [["learners", ones([2, 2]), []]],
  rateSearch: () => [
    ["rates", () => 1, { rates: [] }],
    ["refinements", () => 1, { refinements: -1 }],
  ],
  saveCheckpoints: () => [
    ["every", "runs", { every: 0 }],
    ["keep", "runs", { keep: 0 }],
  ],
  topAccuracy: () => [["k", 0]],
};

/** They take functions, trees, tensors of any shape, or files, which have errors of their own. */
export const others: readonly string[] = [
  ...["backwardPropagation", "curvatureBounds", "meanGradient", "operationCount"],
  ...["perExampleGradients", "rowRecursion", "accuracy", "autoencoderLearner", "evaluate", "fit"],
  ...["gradientDescent", "latestCheckpoint", "listCheckpoints", "restoreCheckpoint"],
];

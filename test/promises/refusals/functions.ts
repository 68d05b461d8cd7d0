// What functions refuse: by name, calls that must be refused, each with the word for its argument that
// the message must have.

import { sparseMatrix } from "../../../src/linalg/index.ts";
import * as nn from "../../../src/nn/index.ts";
import { laplaceKernel, type Module } from "../../../src/nn/index.ts";
import { ones, zeros } from "../../../src/tensor/create.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";

/** A word of the message, and the arguments that are refused with it. */
export type Call = readonly [word: string, ...args: unknown[]];
/** Calls by the name of the function; made when a device is chosen. */
export type Calls = Readonly<Record<string, () => readonly Call[]>>;

const x = (): Tensor => zeros([3, 4]);
const ids = (...shape: number[]): Tensor => zeros(shape, { dtype: "i32" });
const bools = (...shape: number[]): Tensor => zeros(shape, { dtype: "bool" });
const linear = (): Module => new nn.Linear(3, 2);

/** A loss of two tensors of one shape. */
const pair = () =>
  [
    ["targets", x(), zeros([3])],
    ["reduction", x(), x(), { reduction: "average" }],
  ] as const satisfies readonly Call[];
const ofTwo =
  (...more: Call[]) =>
  (): readonly Call[] => [...pair(), ...more];
const signs = (): readonly Call[] => [...pair(), ["margin", x(), x(), { margin: Number.NaN }]];
const labelled = (): readonly Call[] => [
  ["labels", x(), ids(2)],
  ["labels", x(), bools(3)],
  ["weight", x(), ids(3), { weight: ones([3]) }],
  ["ignoreIndex", x(), ids(3), { ignoreIndex: 0.5 }],
  ["reduction", x(), ids(3), { reduction: "average" }],
];

export const lossFunctions: Calls = {
  binaryCrossEntropy: ofTwo(),
  binaryCrossEntropyWithLogits: ofTwo(),
  cosineEmbeddingLoss: () => [
    ["vectors", x(), zeros([3, 5]), zeros([3])],
    ["labels", x(), x(), zeros([4])],
    ["margin", x(), x(), zeros([3]), { margin: Number.NaN }],
    ["reduction", x(), x(), zeros([3]), { reduction: "average" }],
  ],
  cosineSimilarity: () => [
    ["axis", x(), x(), { axis: 0.5 }],
    ["eps", x(), x(), { eps: -1 }],
  ],
  crossEntropy: () => [
    ...labelled(),
    ["targets", x(), zeros([3, 5])],
    ["labelSmoothing", x(), ids(3), { labelSmoothing: 2 }],
  ],
  ctcLoss: () => [
    ["log-probabilities", x(), ids(3, 1), ids(3), ids(3)],
    ["targets", zeros([4, 1, 3]), zeros([1, 1]), ids(1), ids(1)],
    ["blank", zeros([4, 1, 3]), ids(1, 1), ids(1), ids(1), { blank: 3 }],
    ["reduction", zeros([4, 1, 3]), ids(1, 1), ids(1), ids(1), { reduction: "average" }],
  ],
  distillationLoss: () => [
    ["predictions", x(), zeros([3])],
    ["temperature", x(), x(), { temperature: 0 }],
    ["share", x(), x(), { share: 2 }],
    ["labels", x(), x(), { labels: ids(2) }],
  ],
  exponentialFamilyLoss: () => [
    ["targets", x(), zeros([3]), nn.gaussianFamily],
    ["reduction", x(), x(), nn.gaussianFamily, { reduction: "average" }],
  ],
  gaussianNllLoss: () => [
    ["targets", x(), zeros([3]), x()],
    ["variance", x(), x(), zeros([5])],
    ["eps", x(), x(), x(), { eps: -1 }],
    ["reduction", x(), x(), x(), { reduction: "average" }],
  ],
  halfSquaredLoss: ofTwo(),
  hingeEmbeddingLoss: signs,
  hingeLoss: signs,
  huberLoss: () => [...pair(), ["delta", x(), x(), { delta: 0 }]],
  klDiv: ofTwo(),
  l1Loss: ofTwo(),
  labelledNodesLoss: () => [
    ["nodes", x(), ids(3), zeros([2])],
    ["targets", x(), zeros([3]), ids(2)],
  ],
  laplaceNllLoss: () => [...pair(), ["scale", x(), x(), { scale: 0 }]],
  marginRankingLoss: () => [
    ["second", x(), zeros([3]), x()],
    ["targets", x(), x(), zeros([3])],
    ["margin", x(), x(), x(), { margin: Number.NaN }],
    ["reduction", x(), x(), x(), { reduction: "average" }],
  ],
  mseLoss: ofTwo(),
  multiMarginLoss: () => [
    ["labels", x(), ids(2)],
    ["labels", x(), zeros([3])],
    ["p", x(), ids(3), { p: 3 }],
    ["margin", x(), ids(3), { margin: Number.NaN }],
    ["weight", x(), ids(3), { weight: ones([3]) }],
    ["reduction", x(), ids(3), { reduction: "average" }],
  ],
  multiTaskLoss: () => [
    ["losses", {}],
    ["other", { one: zeros([]) }, { weights: { other: 1 } }],
    ["weights", { one: zeros([]) }, { weights: { one: -1 } }],
  ],
  multilabelMarginLoss: () => [
    ["labels", x(), ids(3)],
    ["labels", x(), x()],
    ["reduction", x(), ids(3, 4), { reduction: "average" }],
  ],
  multilabelSoftMarginLoss: () => [...pair(), ["weight", x(), x(), { weight: ones([3]) }]],
  nllLoss: () => [...labelled(), ["labels", x(), x()]],
  pairwiseDistance: () => [
    ["p", x(), x(), { p: 0 }],
    ["eps", x(), x(), { eps: -1 }],
  ],
  pdist: () => [
    ["input", zeros([3])],
    ["p", x(), { p: 0 }],
  ],
  perceptronLoss: ofTwo(),
  poissonNllLoss: () => [...pair(), ["eps", x(), x(), { eps: -1 }]],
  regularized: () => [["alpha", zeros([]), x(), { alpha: -1 }]],
  semiSupervisedNllLoss: () => [
    ["labels", x(), ids(2)],
    ["labels", x(), zeros([3])],
    ["unlabelled", x(), ids(3), { unlabelled: 0.5 }],
    ["weight", x(), ids(3), { weight: -1 }],
    ["reduction", x(), ids(3), { reduction: "average" }],
  ],
  sequenceNllLoss: () => [
    ["labels", zeros([2, 3, 4]), ids(2, 2)],
    ["lengths", zeros([2, 3, 4]), ids(2, 3), { lengths: ids(3) }],
    ["mask", zeros([2, 3, 4]), ids(2, 3), { mask: bools(2, 2) }],
    ["mask", zeros([2, 3, 4]), ids(2, 3), { lengths: ids(2), mask: bools(2, 3) }],
    ["reduction", zeros([2, 3, 4]), ids(2, 3), { reduction: "average" }],
  ],
  smoothL1Loss: () => [...pair(), ["beta", x(), x(), { beta: -1 }]],
  softMarginLoss: ofTwo(),
  tanhSquaredLoss: ofTwo(),
  tripletMarginLoss: () => [
    ["positives", x(), zeros([3]), x()],
    ["negatives", x(), x(), zeros([4, 4])],
    ["margin", x(), x(), x(), { margin: Number.NaN }],
    ["p", x(), x(), x(), { p: 0 }],
    ["reduction", x(), x(), x(), { reduction: "average" }],
  ],
  zeroOneLoss: () => [
    ["labels", x(), ids(2)],
    ["reduction", x(), ids(3), { reduction: "average" }],
  ],
};

export const activationFunctions: Calls = {
  celu: () => [["alpha", x(), { alpha: 0 }]],
  dropout: () => [
    ["p", x(), 1.5],
    ["scaling", x(), 0.5, { scaling: "none" }],
  ],
  elu: () => [["alpha", x(), { alpha: Number.NaN }]],
  gelu: () => [["approximate", x(), { approximate: "erf" }]],
  glu: () => [
    ["axis", zeros([2, 3])],
    ["axis", x(), { axis: 2 }],
  ],
  gumbelSoftmax: () => [
    ["temperature", x(), { temperature: 0 }],
    ["axis", x(), { axis: 2 }],
  ],
  hardshrink: () => [["lambda", x(), { lambda: -1 }]],
  hardtanh: () => [["maxVal", x(), { minVal: 1, maxVal: 0 }]],
  heaviside: () => [["atZero", x(), { atZero: Number.NaN }]],
  isSubderivative: () => [
    ["points", (z: number) => z, [0], { points: 0 }],
    ["radius", (z: number) => z, [0], { radius: 0 }],
  ],
  leakyRelu: () => [["slope", x(), Number.NaN]],
  logSoftmax: () => [
    ["axis", x(), { axis: 2 }],
    ["temperature", x(), { temperature: 0 }],
  ],
  logit: () => [["eps", x(), { eps: 0.6 }]],
  maxPatterns: () => [
    ["units", -1, 2],
    ["inputs", 2, 0.5],
  ],
  maxout: () => [["pieces", x(), 3]],
  patternJacobian: () => [["layers", [], zeros([3])]],
  prelu: () => [["weight", x(), ones([3])]],
  rrelu: () => [
    ["lower", x(), { lower: 1, upper: 0 }],
    ["upper", x(), { upper: Number.NaN }],
  ],
  softmax: () => [
    ["axis", x(), { axis: 2 }],
    ["temperature", x(), { temperature: 0 }],
  ],
  softmin: () => [["axis", x(), { axis: 2 }]],
  softplus: () => [["beta", x(), { beta: 0 }]],
  softshrink: () => [["lambda", x(), { lambda: -1 }]],
  stochasticGate: () => [["phi", x(), 1.5]],
  swish: () => [["beta", x(), { beta: Number.NaN }]],
  threshold: () => [
    ["threshold", x(), { threshold: Number.NaN, value: 0 }],
    ["value", x(), { threshold: 0, value: Number.NaN }],
  ],
};

const step = () => ({ logProbs: x(), state: x() });

export const layerFunctions: Calls = {
  activationRange: () => [["low", x(), zeros([3])]],
  addNoise: () => [["std", x(), { std: -1 }]],
  adjacencyMatrix: () => [
    ["nodes", [[0, 1]], 1.5],
    ["edges", [[0, 2]], 2],
  ],
  affineGrid: () => [["theta", zeros([1, 2, 2]), [3, 3]]],
  aggregate: () => [["q", x(), sparseMatrix([], [2, 2])]],
  arithmeticEnsemble: () => [["weights", x(), { weights: ones([2]) }]],
  associativeRecall: () => [
    ["keys", zeros([2]), zeros([3, 4]), zeros([3, 4])],
    ["values", zeros([4]), zeros([3, 4]), zeros([2, 4])],
    ["hops", zeros([4]), zeros([3, 4]), zeros([3, 4]), { hops: -1 }],
  ],
  attention: () => [
    ["values", zeros([2, 3]), zeros([4, 3]), zeros([5, 3])],
    ["queries", zeros([2, 3]), zeros([4, 2]), zeros([4, 3])],
  ],
  attentionWeights: () => [
    ["queries", zeros([2, 3]), zeros([4, 2])],
    ["mask", zeros([2, 3]), zeros([4, 3]), { mask: zeros([2, 5]) }],
  ],
  backpropagationThroughTime: () => [
    [
      "x",
      { U: zeros([2, 3]), W: zeros([2, 2]), V: zeros([4, 2]), b: zeros([2]), c: zeros([4]) },
      zeros([5, 3]),
      ids(4),
    ],
  ],
  beamSearch: () => [
    ["width", step, { start: 0, end: 1, maxLength: 3, width: 0 }],
    ["maxLength", step, { start: 0, end: 1, maxLength: 0 }],
    ["lengthPenalty", step, { start: 0, end: 1, maxLength: 3, lengthPenalty: -1 }],
  ],
  causalMask: () => [
    ["queries", -1],
    ["keys", 2, { keys: 0.5 }],
  ],
  circulant: () => [["vector", x()]],
  convolutionMatrix: () => [
    ["vector", x(), 3],
    ["n", ones([2]), 0],
    ["mode", ones([2]), 3, { mode: "mirror" }],
  ],
  convolutionParameters: () => [
    ["inChannels", 0, 2, 3],
    ["kernelSize", 1, 2, 0],
    ["groups", 3, 4, 3, { groups: 2 }],
  ],
  convolutionProducts: () => [
    ["outChannels", 1, 0, 3, [2, 2]],
    ["places", 1, 2, 3, [0, 2]],
  ],
  convolve: () => [
    ["axes", x(), ones([2])],
    ["mode", x(), x(), { mode: "mirror" }],
  ],
  convolveFunctions: () => [
    ["from", (t: Tensor) => t, (t: Tensor) => t, { from: 1, to: 0 }],
    ["cells", (t: Tensor) => t, (t: Tensor) => t, { from: 0, to: 1, cells: 0 }],
  ],
  correlate: () => [
    ["axes", x(), ones([2])],
    ["mode", x(), x(), { mode: "mirror" }],
  ],
  countPatterns: () => [["pattern", bools(3)]],
  deadUnits: () => [["activations", zeros([])]],
  dotScore: () => [["queries", zeros([2, 3]), zeros([4, 2])]],
  dropoutMasks: () => [["units", 21]],
  fft: () => [["input", zeros([])]],
  fftConvolve: () => [["vectors", x(), x()]],
  filterImages: () => [
    ["kernel", x(), ones([3])],
    ["images", zeros([3]), laplaceKernel()],
  ],
  fitGraphFilter: () => [
    ["degree", zeros([2, 2]), nn.adjacencyMatrix([[0, 1]], 2), -1],
    ["h", zeros([3, 3]), nn.adjacencyMatrix([[0, 1]], 2), 1],
  ],
  flatten: () => [["axis", x(), { start: 3 }]],
  flipLabels: () => [
    ["epsilon", ids(3), { classes: 2, epsilon: 2 }],
    ["classes", ids(3), { classes: 0 }],
    ["labels", zeros([3]), { classes: 2 }],
  ],
  fuseBatchNorm: () => [
    ["layer", new nn.ReLU(), new nn.BatchNorm1d(2)],
    ["channels", linear(), new nn.BatchNorm1d(3)],
    ["norm", linear(), new nn.BatchNorm1d(2, { trackRunningStats: false })],
  ],
  gaussianKernel: () => [
    ["size", 0],
    ["sigma", 3, { sigma: 0 }],
  ],
  geometricEnsemble: () => [["weights", x(), { weights: ones([2]) }]],
  globalAvgPool: () => [["input", x()]],
  gradientBound: () => [
    ["sigma", -1, 2],
    ["steps", 0.5, -1],
  ],
  graphConvolutionOfColumns: () => [
    ["weight", zeros([2, 3]), zeros([2, 2]), nn.adjacencyMatrix([[0, 1]], 2)],
    ["q", zeros([2, 3]), zeros([3, 4]), nn.adjacencyMatrix([[0, 1]], 2)],
  ],
  graphFilter: () => [["coefficients", zeros([2]), nn.adjacencyMatrix([[0, 1]], 2), zeros([0])]],
  gridSample: () => [
    ["grid", zeros([1, 1, 2, 2]), zeros([1, 2, 2, 3])],
    ["input", x(), x()],
    ["mode", zeros([1, 1, 2, 2]), zeros([1, 2, 2, 2]), { mode: "bilinear" }],
    ["paddingMode", zeros([1, 1, 2, 2]), zeros([1, 2, 2, 2]), { paddingMode: "same" }],
  ],
  ifft: () => [["input", zeros([])]],
  impulseResponse: () => [["shape", (z: Tensor) => z, [0]]],
  integralOperator: () => [
    ["from", (u: Tensor) => u, (t: Tensor) => t, { from: 1, to: 0 }],
    ["cells", (u: Tensor) => u, (t: Tensor) => t, { from: 0, to: 1, cells: 0 }],
  ],
  interpolate: () => [
    ["antialias", zeros([1, 1, 4]), { size: 2, antialias: true }],
    ["input", x(), { size: 2 }],
    ["size", zeros([1, 1, 4]), {}],
    ["size", zeros([1, 1, 4]), { size: [2, 2] }],
    ["scaleFactor", zeros([1, 1, 4]), { scaleFactor: 0.1 }],
    ["mode", zeros([1, 1, 4]), { size: 2, mode: "bilinear" }],
    ["alignCorners", zeros([1, 1, 4]), { size: 2, alignCorners: true }],
  ],
  linearRecurrence: () => [
    ["W", x(), zeros([4]), 2],
    ["steps", zeros([2, 2]), zeros([2]), -1],
  ],
  localResponseNorm: () => [
    ["size", zeros([1, 2, 2]), 0],
    ["input", zeros([3])],
  ],
  magnitudeMask: () => [
    ["share", x(), { share: 1.5 }],
    ["axis", x(), { share: 0.5, axis: 2 }],
    ["order", x(), { share: 0.5, axis: 0, order: -1 }],
  ],
  maskParameter: () => [
    ["weights", linear(), ones([2, 3]), { name: "weights" }],
    ["mask", linear(), ones([3])],
  ],
  maskProbabilities: () => [["keep", ones([4, 2]), zeros([3])]],
  maskedSoftmax: () => [["mask", x(), zeros([3, 5])]],
  matrixOf: () => [["shape", (z: Tensor) => z, [0]]],
  normalize: () => [
    ["axis", x(), { axis: 0.5 }],
    ["axis", x(), { axis: 2 }],
    ["order", x(), { order: -1 }],
    ["eps", x(), { eps: -1 }],
  ],
  normalizedAdjacency: () => [
    ["selfLoops", nn.adjacencyMatrix([[0, 1]], 2), { selfLoops: "twice" }],
  ],
  outputSize: () => [
    ["n", 0, { kernel: 3 }],
    ["kernel", 4, { kernel: 0 }],
    ["window", 2, { kernel: 3 }],
  ],
  packSequence: () => [["sequences", []]],
  orthogonalParametrization: () => [
    ["weights", linear(), { name: "weights" }],
    ["matrix", linear(), { name: "bias" }],
  ],
  padSequence: () => [
    ["sequences", []],
    ["value", [zeros([2])], { value: "0" }],
  ],
  paddingMask: () => [
    ["lengths", ids(2, 2), 3],
    ["size", ids(2), -1],
  ],
  paddingOf: () => [
    ["kernel", "full", 0],
    ["mode", "mirror", 3],
  ],
  pruneByMagnitude: () => [
    ["threshold", linear(), { threshold: -1 }],
    ["share", linear(), { share: 2 }],
  ],
  pruneUnits: () => [
    ["dead", linear(), linear(), bools(3)],
    ["next", linear(), linear(), bools(2)],
  ],
  quantizeWeight: () => [["weight", zeros([])]],
  randomMask: () => [
    ["share", x(), { share: -0.5 }],
    ["axis", x(), { share: 0.5, axis: 0.5 }],
  ],
  receptiveField: () => [
    ["axis", [{ kernelSize: [3, 3] }], { axis: 2 }],
    ["layers", [new nn.ConvTranspose1d(1, 1, 3)]],
  ],
  recurrentParameters: () => [
    ["values", -1, 2],
    ["hidden", 2, 0.5],
  ],
  removeReparametrization: () => [["weight", linear()]],
  removeSpectralNormalization: () => [["weight", linear()]],
  removeWeightNorm: () => [["weight", linear()]],
  reparametrize: () => [["weights", linear(), { name: "weights", parts: () => ({}), value: x }]],
  reviveUnits: () => [["dead", linear(), bools(3)]],
  sampleLogits: () => [
    ["temperature", x(), { temperature: -1 }],
    ["topK", x(), { topK: 0 }],
    ["topP", x(), { topP: 2 }],
  ],
  sampleSequences: () => [["maxLength", step, x(), { eos: 0, maxLength: 0 }]],
  scaledDotProductAttention: () => [
    ["values", zeros([2, 3]), zeros([4, 3]), zeros([5, 3])],
    ["queries", zeros([2, 3]), zeros([4, 2]), zeros([4, 3])],
    ["p", zeros([2, 3]), zeros([4, 3]), zeros([4, 3]), { dropout: 2 }],
  ],
  scaledDotScore: () => [["queries", zeros([2, 3]), zeros([4, 2])]],
  selfAttention: () => [
    ["query", x(), { query: zeros([3, 2]), key: zeros([4, 2]), value: zeros([4, 2]) }],
  ],
  sequenceLengths: () => [["sequences", ids(3), 0]],
  sequential: () => [["entry", 3]],
  sinusoidalPositions: () => [
    ["length", -1, 4],
    ["width", 2, 0],
    ["base", 2, 4, { base: 0 }],
    ["frequencies", 2, 4, { frequencies: "none" }],
  ],
  smoothLabels: () => [
    ["epsilon", ids(3), { classes: 2, epsilon: 2 }],
    ["classes", ids(3), { classes: 0 }],
  ],
  sobelKernel: () => [["axis", { axis: 2 }]],
  spectralNorm: () => [
    ["matrix", zeros([3])],
    ["steps", x(), { steps: 0 }],
  ],
  spectralNormalization: () => [
    ["name", linear(), { name: "weights" }],
    ["steps", linear(), { steps: 0 }],
    ["eps", linear(), { eps: -1 }],
    ["axis", linear(), { axis: 2 }],
  ],
  stateGradientNorms: () => [
    ["xs", (h: Tensor) => h, zeros([2]), zeros([]), (h: Tensor) => h.sum()],
  ],
  tableParameters: () => [
    ["values", 0, 2],
    ["steps", 2, -1],
  ],
  toeplitz: () => [["vector", x()]],
  transposedOutputSize: () => [
    ["n", 0, { kernel: 3 }],
    ["stride", 2, { kernel: 3, stride: 0 }],
    ["outputPadding", 2, { kernel: 3, outputPadding: -1 }],
  ],
  truncatedBackpropagation: () => [
    ["window", () => x(), zeros([4, 1]), zeros([4, 1]), { window: 0, state: zeros([1]) }],
    ["times", () => x(), zeros([4, 1]), zeros([3, 1]), { window: 2, state: zeros([1]) }],
  ],
  unpackSequence: () => [
    ["batchSizes", { data: zeros([3]), batchSizes: [2], sortedIndices: [0, 1] }],
  ],
  unpadSequence: () => [
    ["lengths", zeros([3, 2]), [1]],
    ["lengths", zeros([3, 2]), [1, 4]],
  ],
  vectorToParameters: () => [["vector", zeros([7]), linear()]],
  weightNorm: () => [
    ["name", linear(), { name: "weights" }],
    ["axis", linear(), { axis: 2 }],
  ],
  weightNormalized: () => [["axis", x(), ones([3, 1]), 2]],
  withSelfLoops: () => [["square", sparseMatrix([], [2, 3])]],
};

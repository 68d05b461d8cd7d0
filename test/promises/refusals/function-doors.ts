// What the functions of nn.init, hebb/optim and hebb/text refuse; see functions.ts.

import * as nn from "../../../src/nn/index.ts";
import { ones, zeros } from "../../../src/tensor/create.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";
import { NGramModel } from "../../../src/text/index.ts";
import type { Calls } from "./functions.ts";

const fans = () =>
  [
    ["weight", [3]],
    ["gain", [2, 3], { gain: Number.NaN }],
  ] as const;
const kaiming = () =>
  [
    ["weight", [3]],
    ["mode", [2, 3], { mode: "fanBoth" }],
    ["nonlinearity", [2, 3], { nonlinearity: "gelu" }],
    ["slope", [2, 3], { slope: Number.NaN }],
  ] as const;

export const initFunctions: Calls = {
  calculateGain: () => [
    ["nonlinearity", "gelu"],
    ["slope", "leakyRelu", Number.NaN],
  ],
  constant: () => [
    ["shape", [-1], 0],
    ["value", [2], Number.NaN],
  ],
  dirac: () => [
    ["kernel", [2, 2]],
    ["groups", [3, 2, 3], { groups: 2 }],
  ],
  eye: () => [["matrix", [2, 2, 2]]],
  fansOf: () => [["weight", [3]]],
  initialize: () => [
    ["weight", new nn.Linear(2, 3), { weight: "xavier" }],
    ["bias", new nn.Linear(2, 3), { bias: 0 }],
  ],
  kaimingNormal: kaiming,
  kaimingUniform: kaiming,
  normal: () => [
    ["shape", [-1]],
    ["std", [2], { std: -1 }],
  ],
  ones: () => [["shape", [0.5]]],
  orthogonal: () => [
    ["axes", [3]],
    ["gain", [2, 3], { gain: Number.NaN }],
  ],
  sparse: () => [
    ["matrix", [2, 2, 2], { sparsity: 0.5 }],
    ["sparsity", [2, 2], { sparsity: 2 }],
    ["std", [2, 2], { sparsity: 0.5, std: -1 }],
  ],
  symmetric: () => [["shape", [-1], 1]],
  truncatedNormal: () => [
    ["shape", [-1]],
    ["high", [2], { low: 1, high: 0 }],
    ["std", [2], { std: -1 }],
  ],
  uniform: () => [
    ["shape", [-1]],
    ["high", [2], { low: 1, high: 0 }],
  ],
  varianceTargeted: () => [
    ["variance", [2, 3], { depth: 2, variance: 0 }],
    ["depth", [2, 3], { depth: 0 }],
  ],
  xavierNormal: fans,
  xavierUniform: fans,
  zeros: () => [["shape", [0.5]]],
};

const tree = (): Tensor[] => [ones([2])];
const falling = () =>
  [
    ["steps", 0.1, { steps: 0 }],
    ["rate", Number.NaN, { steps: 2 }],
  ] as const;

export const optimFunctions: Calls = {
  clipByNorm: () => [
    ["limit", tree(), -1],
    ["order", tree(), 1, { order: 0 }],
  ],
  clipByValue: () => [["limit", tree(), Number.NaN]],
  constant: () => [["rate", Number.NaN]],
  cosineAnnealing: () => [
    ...falling(),
    ["warmUp", 0.1, { steps: 2, warmUp: -1 }],
    ["minimum", 0.1, { steps: 2, minimum: Number.NaN }],
  ],
  cosineRestarts: () => [
    ...falling(),
    ["growth", 0.1, { steps: 2, growth: 1.5 }],
    ["minimum", 0.1, { steps: 2, minimum: Number.NaN }],
  ],
  exponential: () => [
    ["factor", 0.1, { factor: 0 }],
    ["every", 0.1, { factor: 0.5, every: 0 }],
    ["rate", Number.NaN, { factor: 0.5 }],
  ],
  globalNorm: () => [["order", tree(), { order: -1 }]],
  inSequence: () => [["boundaries", [nn.relu], { at: [2] }]],
  inverseTime: () => [
    ["rate", Number.NaN],
    ["decay", 0.1, { decay: -1 }],
    ["power", 0.1, { power: Number.NaN }],
  ],
  lineSearch: () => [["rates", () => zeros([]), tree(), tree(), { rates: [] }]],
  linear: () => [...falling(), ["end", 0.1, { steps: 2, end: Number.NaN }]],
  newtonStep: () => [
    ["lr", (w: Tensor) => w.sum(), ones([2]), { lr: -1 }],
    ["damping", (w: Tensor) => w.sum(), ones([2]), { damping: -1 }],
    ["curvature", (w: Tensor) => w.sum(), ones([2]), { curvature: ones([3, 3]) }],
  ],
  oneCycle: () => [
    ["steps", 0.1, { steps: 2 }],
    ["maximum", Number.NaN, { steps: 20 }],
    ["rising", 0.1, { steps: 20, rising: 2 }],
    ["initial", 0.1, { steps: 20, initial: 0 }],
    ["final", 0.1, { steps: 20, final: 0 }],
    ["along", 0.1, { steps: 20, along: "arc" }],
  ],
  piecewise: () => [
    ["boundaries", [0.1, 0.2], { at: [2, 3] }],
    ["rates", [0.1, Number.NaN], { at: [2] }],
  ],
  polynomial: () => [
    ...falling(),
    ["power", 0.1, { steps: 2, power: Number.NaN }],
    ["end", 0.1, { steps: 2, end: Number.NaN }],
  ],
  product: () => [["schedules", []]],
  projectToBall: () => [["radius", tree(), -1]],
  stepDecay: () => [
    ["every", 0.1, { every: 0 }],
    ["factor", 0.1, { every: 2, factor: 0 }],
    ["rate", Number.NaN, { every: 2 }],
  ],
  sutskeverMomentum: () => [
    ["maximum", 1],
    ["every", 0.9, { every: 0 }],
  ],
  triangular: () => [
    ["rise", 0, 1, { rise: 0 }],
    ["fall", 0, 1, { fall: -1 }],
    ["shrink", 0, 1, { shrink: 0 }],
    ["factor", 0, 1, { factor: 0 }],
    ["minimum", Number.NaN, 1],
    ["maximum", 0, Number.NaN],
  ],
  unpackSigns: () => [["shape", zeros([1], { dtype: "u8" }), [9]]],
  warmUp: () => [
    ["steps", 0.1, { steps: 0 }],
    ["schedule", Number.NaN, { steps: 2 }],
  ],
};

export const textFunctions: Calls = {
  bleu: () => [
    ["references", [["a"]], []],
    ["order", [["a"]], [[["a"]]], { order: 0 }],
    ["smoothing", [["a"]], [[["a"]]], { smoothing: -1 }],
  ],
  bucketByLength: () => [
    ["batchSize", [1, 2], 0],
    ["lengths", [1, -2], 1],
  ],
  padSequences: () => [
    ["sequences", []],
    ["padding", [[1]], { padding: 0.5 }],
    ["size", [[1, 2]], { size: 1 }],
  ],
  perplexity: () => [["sentences", new NGramModel([["a"]]), []]],
  tableSize: () => [
    ["words", 0, 2],
    ["order", 10, -1],
  ],
};

/** They take any tensor of floats, any tree, any module, any text. */
export const anything: readonly string[] = [
  ...["absoluteNorm", "activationPattern", "halfSquaredNorm", "hardsigmoid", "hardswish"],
  ...["logSigmoid", "mish", "rectifier", "relu", "relu6", "selu", "sigmoid", "silu", "softsign"],
  ...["tanh", "tanhshrink", "countParameters", "densely", "functional", "laplaceKernel"],
  ...["quantize", "quantizeActivation", "symmetricallyNormalized", "packSigns"],
  ...["splitWords", "isReparametrized", "parametersToVector"],
];

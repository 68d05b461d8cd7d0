// What the functions of the tensor door refuse; see functions.ts.

import { Parameter } from "../../../src/tensor/cell.ts";
import { zeros } from "../../../src/tensor/create.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";
import type { Call, Calls } from "./functions.ts";

const x = (): Tensor => zeros([2, 3]);
const ids = (...shape: number[]): Tensor => zeros(shape, { dtype: "i32" });
const bools = (...shape: number[]): Tensor => zeros(shape, { dtype: "bool" });
const absent = { axis: 2 };

/** The same calls of several functions. */
const each = (names: readonly string[], calls: () => readonly Call[]): Calls =>
  Object.fromEntries(names.map((name) => [name, calls]));
const shaped = () => [["shape", [-1]]] as const;
const convolution = () =>
  [["input", zeros([1, 1, 1, 1, 1, 1, 1]), zeros([1, 1, 3])]] as const satisfies readonly Call[];
const pool = (axes: number) => (): readonly Call[] => [
  ["size", zeros(new Array<number>(axes + 2).fill(4)), 0],
  ["window", zeros(new Array<number>(axes + 2).fill(4)), 9],
];

export const tensorFunctions: Calls = {
  ...each(
    [
      ...["add", "sub", "mul", "div", "floorDivide", "mod", "pow", "maximum", "minimum", "atan2"],
      ...["less", "lessEqual", "greater", "greaterEqual", "equal", "notEqual"],
      ...["logicalAnd", "logicalOr", "logicalXor", "broadcast"],
    ],
    () => [["shapes", x(), zeros([4])]],
  ),
  ...each(["bitwiseAnd", "bitwiseOr", "bitwiseXor", "shiftLeft", "shiftRight"], () => [
    ["integers", x(), 1],
    ["shapes", ids(2, 3), ids(4)],
  ]),
  ...each(
    [
      ...["sum", "mean", "prod", "max", "min", "amax", "amin", "any", "all", "countNonZero"],
      ...["logSumExp", "argMax", "argMin", "variance", "std", "norm", "sort", "argSort", "median"],
      ...["cumSum", "cumProd", "cumMax", "unstack"],
    ],
    () => [["axis", x(), absent]],
  ),
  ...each(["ones", "zeros", "rand", "randn", "randomBits", "gumbel"], shaped),
  ...each(["conv1d", "conv2d", "conv3d"], convolution),
  ...each(["convTranspose1d", "convTranspose2d", "convTranspose3d"], convolution),
  ...each(["avgPool1d", "maxPool1d"], pool(1)),
  ...each(["avgPool2d", "maxPool2d"], pool(2)),
  ...each(["avgPool3d", "maxPool3d"], pool(3)),
  ...each(["softmax", "logSoftmax"], () => [
    ["axis", x(), absent],
    ["temperature", x(), { temperature: 0 }],
  ]),
  ...each(["gather", "scatter", "scatterAdd"], () => [
    ["index", x(), ids(2), { axis: 0 }, { axis: 0 }],
  ]),
  ...each(["tril", "triu", "diagonal", "trace"], () => [["axes", zeros([2])]]),
  ...each(["expand", "broadcastTo"], () => [["broadcast", x(), [2, 4]]]),
  arange: () => [["by", 0, 1, { step: 0 }]],
  bernoulli: () => [
    ["p", 2],
    ["shape", 0.5, { shape: [-1] }],
  ],
  bilinear: () => [["axes", x(), x(), x()]],
  binCount: () => [
    ["integers", x(), 3],
    ["length", ids(2), -1],
    ["broadcast", ids(2), 2, { weights: x() }],
  ],
  bitcast: () => [["f64", x(), "f64"]],
  bitwiseNot: () => [["integers", x()]],
  categorical: () => [
    ["categories", zeros([])],
    ["shape", x(), { samples: -1 }],
  ],
  chunk: () => [
    ["number", x(), 0],
    ["axis", x(), 2, absent],
  ],
  commit: () => [["value", [new Parameter(x())], [zeros([3])]]],
  concat: () => [
    ["tensor", []],
    ["sizes", [x(), zeros([2, 4])]],
    ["axis", [x()], absent],
  ],
  dot: () => [["vectors", x(), x()]],
  einsum: () => [
    ["axes", "ij,jk->ik", x(), x()],
    ["operand", "ij->ik", x()],
    ["equation", "i-j", x()],
  ],
  elu: () => [["alpha", x(), { alpha: Number.NaN }]],
  exponential: () => [
    ["rate", [2], { rate: 0 }],
    ["shape", [-1]],
  ],
  eye: () => [
    ["shape", -1],
    ["shape", 2, { columns: 0.5 }],
  ],
  flatten: () => [
    ["axis", x(), 1, 0],
    ["axis", x(), 5],
  ],
  flip: () => [["axis", x(), 2]],
  full: () => [["shape", [-1], 0]],
  gelu: () => [["approximate", x(), { approximate: "erf" }]],
  gradients: () => [["result", x(), [x()]]],
  hvp: () => [["vector", (t: Tensor) => t.sum(), x(), zeros([3])]],
  indexAdd: () => [["index", x(), x(), 0]],
  leakyRelu: () => [["slope", x(), Number.NaN]],
  lerp: () => [["shapes", x(), zeros([4]), 0.5]],
  linspace: () => [["shape", 0, 1, { count: 0.5 }]],
  maskedFill: () => [
    ["bool", x(), x(), 0],
    ["shapes", x(), bools(4), 0],
  ],
  matmul: () => [["sizes", x(), x()]],
  meshgrid: () => [["vectors", [x()]]],
  moveAxis: () => [
    ["axis", x(), 2, 0],
    ["axis", x(), 0, 5],
  ],
  neg: () => [["bool", bools(2)]],
  normal: () => [
    ["std", [2], { std: -1 }],
    ["shape", [-1]],
  ],
  oneHot: () => [["classes", ids(2), -1]],
  outer: () => [["vectors", x(), x()]],
  pad: () => [
    ["widths", x(), 0.5],
    ["widths", zeros([2]), [1, 1]],
    ["reflect", x(), [[3, 0]], { mode: "reflect" }],
    ["mode", x(), 1, { mode: "mirror" }],
  ],
  permutation: () => [["shape", -1]],
  permute: () => [["order", x(), [0, 0]]],
  quantile: () => [
    ["q", x(), 2],
    ["axis", x(), 0.5, absent],
  ],
  randint: () => [["low", [2], { low: 2, high: 1 }]],
  repeat: () => [["counts", x(), [-1]]],
  repeatInterleave: () => [
    ["count", x(), -1],
    ["axis", x(), 2, absent],
  ],
  reshape: () => [
    ["elements", x(), [4, -1]],
    ["one", x(), [-1, -1]],
  ],
  roll: () => [
    ["shift", x(), 0.5],
    ["axis", x(), 1, absent],
  ],
  scan: () => [
    ["inputs", (carry: Tensor) => [carry, carry], x(), {}],
    ["length", (carry: Tensor) => [carry, carry], x(), { length: -1 }],
  ],
  select: () => [["bool", x(), x()]],
  set: () => [["value", x(), [":", 0], zeros([3])]],
  softplus: () => [["beta", x(), { beta: 0 }]],
  split: () => [
    ["part", x(), 0],
    ["elements", x(), [1, 1], { axis: 1 }],
  ],
  squeeze: () => [["axis", x(), 0]],
  stack: () => [
    ["tensor", []],
    ["shapes", [x(), zeros([3, 2])]],
    ["axis", [x()], { axis: 5 }],
  ],
  swapAxes: () => [["axis", x(), 0, 2]],
  take: () => [
    ["axis", x(), ids(1), absent],
    ["index", x(), x()],
  ],
  tensor: () => [
    ["ragged", [[1, 2], [3]]],
    ["numbers", [1, 2], { shape: [3] }],
  ],
  tensorDot: () => [["axis", x(), x(), 1]],
  tile: () => [["counts", x(), [0.5]]],
  topK: () => [
    ["k", x(), 4],
    ["axis", x(), 1, absent],
  ],
  transpose: () => [["axis", x(), 2, 0]],
  truncatedNormal: () => [
    ["std", [2], { std: -1 }],
    ["high", [2], { low: 1, high: 0 }],
  ],
  unflatten: () => [["elements", x(), 1, [2, 2]]],
  unfold: () => [
    ["window", x(), 1, 4],
    ["axis", x(), 2, 1],
  ],
  uniform: () => [["high", [2], { low: 1, high: 0 }]],
  unsqueeze: () => [["axis", x(), 5]],
  where: () => [
    ["condition", x(), 0, 1],
    ["shapes", bools(5), x(), 0],
  ],
};

/** They take any tensor, any function, any tree; or they are about the engine and not about numbers. */
export const takesAnything: readonly string[] = [
  ...["abs", "sign", "square", "sqrt", "rsqrt", "reciprocal", "floor", "ceil", "round", "trunc"],
  ...["logicalNot", "isNaN", "isFinite", "isInf", "exp", "exp2", "expm1", "log", "log1p", "log2"],
  ...["log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh"],
  ...["atanh", "erf", "erfc", "erfinv", "clamp", "nanToNum", "cast", "diag", "nonZero", "unique"],
  ...["fullLike", "onesLike", "zerosLike", "stopGradient", "checkpoint", "customVjp", "vmap"],
  ...["grad", "valueAndGrad", "hessian", "jacobian", "jvp", "vjp", "compile", "explain"],
  ...["promoteTypes", "treeLeaves", "treeMap", "isCellTree", "isTracing", "guard", "tidy"],
  ...["clearKernelCache", "defaultGenerator", "forbidInTrace", "listDevices", "measureCeilings"],
  ...["memory", "realize", "realizeSync", "roofline", "rooflineLines", "seed", "setDebugLevel"],
  ...["useDevice", "withCancellation", "withCells"],
];

// What activations refuse. Most of those that are made without arguments take any tensor of floats.

import { zeros } from "../../../src/tensor/create.ts";
import { each, type Refusals } from "./refusal.ts";

const axis = { axis: each(0.5, Number.NaN) };
const noAxis = () => [[zeros([])]];

export const activations: Refusals = {
  CELU: { refuses: { alpha: each(0, Number.NaN) } },
  ELU: { refuses: { alpha: each(Number.NaN, "1") } },
  GELU: { refuses: { approximate: "erf" } },
  GLU: { refuses: axis, inputs: () => [[zeros([2, 3])], [zeros([])]] },
  Hardshrink: { refuses: { lambda: -1 } },
  Hardtanh: { refuses: { minVal: 1, maxVal: each(-1, Number.NaN) } },
  LeakyReLU: { refuses: { negativeSlope: Number.NaN } },
  LogSoftmax: { refuses: { ...axis, temperature: each(0, -1) }, inputs: noAxis },
  RReLU: { refuses: { lower: each(1, Number.NaN), upper: each(0, Number.NaN) } },
  Softmax: { refuses: { ...axis, temperature: each(0, -1) }, inputs: noAxis },
  Softmax2d: { inputs: () => [[zeros([2, 3])]] },
  Softmin: { refuses: axis, inputs: noAxis },
  Softplus: { refuses: { beta: each(0, -1) } },
  Softshrink: { refuses: { lambda: each(-1, Number.NaN) } },
  Swish: { refuses: { beta: Number.NaN } },
  Threshold: {
    options: { threshold: 0, value: 0 },
    refuses: { threshold: Number.NaN, value: "0" },
  },
};

/** Their forward takes any tensor of floats. */
export const takeAnything: readonly string[] = [
  "AbsoluteValue",
  "AlphaDropout",
  "CELU",
  "Dropout",
  "ELU",
  "GELU",
  "GaussianNoise",
  "Hardshrink",
  "Hardsigmoid",
  "Hardswish",
  "Hardtanh",
  "Identity",
  "LeakyReLU",
  "LogSigmoid",
  "Mish",
  "ReLU",
  "ReLU6",
  "RReLU",
  "SELU",
  "SiLU",
  "Sigmoid",
  "Softplus",
  "Softshrink",
  "Softsign",
  "Swish",
  "Tanh",
  "Tanhshrink",
  "Threshold",
];

// Initialisers: random values whose scale keeps the variance of signals from layer to layer. Each is
// a function from a shape to a tensor, which is computed only when it is used:
// layer.weight.assign(init.xavierUniform(layer.weight.shape)).

import { ShapeError } from "../ir/errors.ts";
import { full, zeros } from "../tensor/create.ts";
import type { Generator } from "../tensor/generator.ts";
import { normal as drawNormal, uniform as drawUniform } from "../tensor/random.ts";
import { requireOneOf, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { showShape, sizeOf } from "./shape.ts";

export { ones, zeros } from "../tensor/create.ts";
export { truncatedNormal } from "../tensor/random.ts";
export {
  type InitializeOptions,
  type Initializer,
  initialize,
} from "./initialize.ts";
export {
  dirac,
  eye,
  type OrthogonalOptions,
  orthogonal,
  type SparseOptions,
  sparse,
  type VarianceTargetedOptions,
  varianceTargeted,
} from "./structured-init.ts";

/** Floating types that layers are made in. */
export type FloatType = "f32" | "f64";

export interface InitOptions {
  /** Default f32. */
  dtype?: FloatType;
  /** Default: the stream that seed() sets. */
  generator?: Generator;
}

/** What follows the layer; the gain keeps the variance behind it. */
export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";

const nonlinearities: readonly Nonlinearity[] = [
  ...(["linear", "sigmoid", "tanh", "relu", "leakyRelu", "selu"] as const),
];

/**
 * The factor that keeps the variance behind a nonlinearity.
 *
 * @param slope  of leakyRelu below 0. Default 0.01
 * @example
 * init.calculateGain("tanh"); // 5 / 3
 */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  requireOneOf("init.calculateGain", { nonlinearity }, nonlinearities);
  requireWithin("init.calculateGain", { slope });
  switch (nonlinearity) {
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.SQRT2;
    case "leakyRelu":
      return Math.sqrt(2 / (1 + slope * slope));
    case "selu":
      return 3 / 4;
    default:
      return 1;
  }
}

/**
 * How many numbers each output is made of, and each input goes to.
 *
 * @param shape  [out, in, ...kernel]
 * @example
 * init.fansOf([8, 3, 5, 5]); // { in: 75, out: 200 }
 */
export function fansOf(shape: readonly number[]): { readonly in: number; readonly out: number } {
  if (shape.length < 2) {
    throw new ShapeError(
      `init: a weight of shape ${showShape(shape)} has no inputs and outputs; it must be [out, in, ...kernel]`,
    );
  }
  const taps = sizeOf(shape.slice(2));
  return { in: (shape[1] as number) * taps, out: (shape[0] as number) * taps };
}

/**
 * Every element `value`.
 *
 * @example
 * init.constant([2], 0.5); // [0.5, 0.5]
 */
export function constant(
  shape: readonly number[],
  value: number,
  { dtype = "f32" }: Pick<InitOptions, "dtype"> = {},
): Tensor {
  requireWithin("init.constant", { value });
  return full(shape, value, { dtype });
}

/**
 * Uniform in [low, high); default [0, 1).
 *
 * @example
 * init.uniform([3, 2], { low: -1, high: 1 }).shape; // [3, 2]
 */
export function uniform(
  shape: readonly number[],
  options: InitOptions & { low?: number; high?: number } = {},
): Tensor {
  return drawUniform(shape, options);
}

/**
 * Normal; default mean 0 and standard deviation 1.
 *
 * @example
 * init.normal([3, 2], { std: 0.02 }).shape; // [3, 2]
 */
export function normal(
  shape: readonly number[],
  options: InitOptions & { mean?: number; std?: number } = {},
): Tensor {
  return drawNormal(shape, options);
}

export interface XavierOptions extends InitOptions {
  /** Factor for what follows; see calculateGain. Default 1. */
  gain?: number;
}

/**
 * Uniform in ±gain·√(6 / (fanIn + fanOut)).
 *
 * @param shape   [out, in, ...kernel]
 * @source Glorot and Bengio 2010, Understanding the Difficulty of Training Deep Feedforward Neural
 *   Networks, eq. (16)
 * @example
 * init.xavierUniform([8, 4]).abs().max().lessEqual(Math.SQRT1_2); // 1
 */
export function xavierUniform(
  shape: readonly number[],
  { gain = 1, ...options }: XavierOptions = {},
): Tensor {
  requireWithin("init.xavierUniform", { gain });
  const fans = fansOf(shape);
  return symmetric(shape, gain * Math.sqrt(6 / (fans.in + fans.out)), options);
}

/**
 * Normal with standard deviation gain·√(2 / (fanIn + fanOut)).
 *
 * @param  shape [out, in, ...kernel]
 * @example
 * init.xavierNormal([8, 4]).shape; // [8, 4]
 */
export function xavierNormal(
  shape: readonly number[],
  { gain = 1, ...options }: XavierOptions = {},
): Tensor {
  requireWithin("init.xavierNormal", { gain });
  const fans = fansOf(shape);
  return drawNormal(shape, { ...options, std: gain * Math.sqrt(2 / (fans.in + fans.out)) });
}

export interface KaimingOptions extends InitOptions {
  /** Keep the variance going forward ("fanIn", default) or of gradients going back ("fanOut"). */
  mode?: "fanIn" | "fanOut";
  /** What follows. Default leakyRelu. */
  nonlinearity?: Nonlinearity;
  /** Of leakyRelu below 0. Default 0, which is relu. */
  slope?: number;
}

function kaimingScale(shape: readonly number[], options: KaimingOptions): number {
  const { mode = "fanIn", nonlinearity = "leakyRelu", slope = 0 } = options;
  requireOneOf("init.kaiming", { mode }, ["fanIn", "fanOut"]);
  const fans = fansOf(shape);
  return calculateGain(nonlinearity, slope) / Math.sqrt(mode === "fanIn" ? fans.in : fans.out);
}

/**
 * Uniform in ±gain·√(3 / fan).
 *
 * @param shape    [out, in, ...kernel]
 * @param options  mode, nonlinearity, slope
 * @source He et al. 2015, Delving Deep into Rectifiers, eq. (10) and (14). arXiv:1502.01852
 * @example
 * init.kaimingUniform([8, 6]).abs().max().lessEqual(1); // 1
 */
export function kaimingUniform(shape: readonly number[], options: KaimingOptions = {}): Tensor {
  return symmetric(shape, Math.sqrt(3) * kaimingScale(shape, options), options);
}

/**
 * Normal with standard deviation gain/√fan.
 *
 * @param  shape [out, in, ...kernel]
 * @example
 * init.kaimingNormal([8, 4, 3, 3]).shape; // [8, 4, 3, 3]
 */
export function kaimingNormal(shape: readonly number[], options: KaimingOptions = {}): Tensor {
  const { dtype, generator } = options;
  return drawNormal(shape, { dtype, generator, std: kaimingScale(shape, options) });
}

/**
 * Uniform in ±bound; zeros where the bound is not a number (a layer without inputs).
 *
 * @example
 * init.symmetric([8], 0.5).abs().max().lessEqual(0.5); // 1
 */
export function symmetric(
  shape: readonly number[],
  bound: number,
  { dtype, generator }: InitOptions = {},
): Tensor {
  if (!Number.isFinite(bound)) return zeros(shape, { dtype });
  return drawUniform(shape, { dtype, generator, low: -bound, high: bound });
}

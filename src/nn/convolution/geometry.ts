// The arithmetic of convolutions and pooling, on sizes alone: results, padding, receptive fields,
// weights and products. Seed 000 §Defining Quantities; seed 003 §CNN Border handling, §Convolution
// arithmetic; Dumoulin and Visin 2016, arXiv:1603.07285.

import { ArgumentError, ShapeError } from "../../ir/errors.ts";
import type { Spatial } from "../../tensor/convolution.ts";
import { eachAxis, requireOneOf, requireSizes, wholeNumber } from "../../tensor/requirements.ts";
import { Module } from "../module.ts";
import { Sequential } from "../sequential.ts";
import { sizeOf } from "../shape.ts";

/** How a window lies along one axis. */
export interface WindowOptions {
  /** Elements of it. */
  kernel: number;
  /** Steps from one to the next. Default 1. */
  stride?: number;
  /** Zeros on both sides, or one of the usual: see paddingOf. Default 0. */
  padding?: number | BorderMode;
  /** Steps between its elements. Default 1. */
  dilation?: number;
}

/** "valid": no padding; "half" (also "same"): as many results as inputs; "full": every overlap. */
export type BorderMode = "valid" | "half" | "same" | "full";

/**
 * Zeros on each side: 0, ⌊k/2⌋ or k − 1.
 *
 * @param mode    half (same) keeps the size at stride 1, and only an odd kernel can do it evenly
 * @param kernel  k, with dilation: its reach
 * @throws ShapeError  half of an even kernel
 * @source  seed 003 §CNN Border handling (its formula for "full" is missing in the scan)
 * @example
 * paddingOf("full", 5); // 4
 */
export function paddingOf(mode: BorderMode, kernel: number): number {
  wholeNumber("paddingOf", "kernel", kernel);
  requireOneOf("paddingOf", { mode }, ["valid", "half", "same", "full"]);
  if (mode === "valid") return 0;
  if (mode === "full") return kernel - 1;
  if (kernel % 2 === 0) {
    throw new ShapeError(
      `paddingOf: an even kernel (${kernel}) has no middle; padding of ${kernel / 2} on one side and ${kernel / 2 - 1} on the other keeps the size`,
    );
  }
  return Math.floor(kernel / 2);
}

function completed(
  operation: string,
  { kernel, stride = 1, padding = 0, dilation = 1 }: WindowOptions,
) {
  wholeNumber(operation, "kernel", kernel);
  wholeNumber(operation, "stride", stride);
  wholeNumber(operation, "dilation", dilation);
  const reach = dilation * (kernel - 1) + 1;
  const width = typeof padding === "number" ? padding : paddingOf(padding, reach);
  wholeNumber(operation, "padding", width, 0);
  return { stride, reach, width };
}

/**
 * How many windows: ⌊(n + 2p − d·(k − 1) − 1)/s⌋ + 1.
 *
 * @param n       values along the axis
 * @param window  kernel k, stride s, padding p, dilation d
 * @throws ShapeError  the window does not fit
 * @source  seed 000 §Defining Quantities (without the floor, which 003 has); seed 003
 * @example
 * outputSize(7, { kernel: 3, padding: 1, stride: 2 }); // 4
 */
export function outputSize(n: number, window: WindowOptions): number {
  wholeNumber("outputSize", "n", n);
  const { stride, reach, width } = completed("outputSize", window);
  const room = n + 2 * width - reach;
  if (room < 0) {
    throw new ShapeError(
      `outputSize: a window that reaches over ${reach} does not fit into ${n} with padding ${width}`,
    );
  }
  return Math.floor(room / stride) + 1;
}

/**
 * What a transposed convolution gives: (n − 1)·s − 2p + d·(k − 1) + 1 + outputPadding.
 *
 * @param n       values along the axis
 * @param window  of the convolution that it is the adjoint of
 * @source  Dumoulin and Visin 2016, relationship 14. arXiv:1603.07285
 * @example
 * transposedOutputSize(7, { kernel: 4, stride: 2, padding: 1 }); // 14
 */
export function transposedOutputSize(
  n: number,
  { outputPadding = 0, ...window }: WindowOptions & { outputPadding?: number },
): number {
  wholeNumber("transposedOutputSize", "n", n);
  wholeNumber("transposedOutputSize", "outputPadding", outputPadding, 0);
  const { stride, reach, width } = completed("transposedOutputSize", window);
  return (n - 1) * stride - 2 * width + reach + outputPadding;
}

/** What receptiveField asks of a layer; Conv2d, MaxPool2d and the like have it. */
export interface SlidingWindow {
  readonly kernelSize: Spatial;
  readonly stride?: Spatial;
  readonly dilation?: Spatial;
}

/**
 * How many inputs along an axis go into one output of layers in a row: r ← s·r + (k − s), from 1.
 *
 * @param layers   from the first to the last, rows within rows too; what has no window (an activation)
 *   changes nothing
 * @param options  axis: of the spatial ones, for windows that are not square. Default 0
 * @throws ArgumentError  a layer has windows in parts of which the order is not known (a block with
 *   branches: give the layers of its longest), is transposed, or has no such axis
 * @source  seed 003 §Convolution arithmetic; the recursion runs from the last layer down
 * @example
 * receptiveField([{ kernelSize: 3 }, { kernelSize: 3 }, { kernelSize: 3 }]); // 7
 */
export function receptiveField(layers: readonly unknown[], { axis = 0 } = {}): number {
  let field = 1;
  for (const window of windowsOf(layers).reverse()) {
    const at = (value: Spatial): number =>
      typeof value === "number" ? value : atAxis(value, axis);
    const stride = at(window.stride ?? 1);
    const reach = at(window.dilation ?? 1) * (at(window.kernelSize) - 1) + 1;
    field = stride * field + (reach - stride);
  }
  return field;
}

/** The windows of layers in a row, from the first to the last. */
function windowsOf(layers: readonly unknown[]): SlidingWindow[] {
  return layers.flatMap((layer) => {
    if (layer instanceof Sequential) return windowsOf(layer.layers);
    if (isSliding(layer) && !("outputPadding" in layer)) return [layer];
    const parts = layer instanceof Module ? [...layer.modules().values()] : [layer];
    if (!parts.some(isSliding)) return [];
    throw new ArgumentError(
      `receptiveField: layers must be windows in a row; of ${(layer as object).constructor.name}, which is transposed or has branches, give the layers of its longest path`,
    );
  });
}

/** The value for an axis of the spatial ones. */
function atAxis(values: readonly number[], axis: number): number {
  const value = values[axis];
  if (value !== undefined) return value;
  throw new ArgumentError(
    `receptiveField: axis must be one of the ${values.length} that a layer has, not ${axis}`,
  );
}

const isSliding = (layer: unknown): layer is SlidingWindow =>
  typeof layer === "object" && layer !== null && "kernelSize" in layer;

/** Options of the counts of a convolution. */
export interface ConvolutionCountOptions {
  /** Groups of channels. Default 1. */
  groups?: number;
  /** Whether there is a bias. Default true. */
  bias?: boolean;
}

/**
 * Numbers in a convolution layer: K·(F·F·D/groups) weights, and K biases.
 *
 * @param inChannels   D
 * @param outChannels  K
 * @param kernelSize   F, one number for two axes, or one an axis
 * @param options      groups, bias
 * @throws ShapeError  the channels cannot be cut into the groups
 * @source  seed 000 §Defining Quantities
 * @example
 * convolutionParameters(6, 16, 5); // 2416
 */
export function convolutionParameters(
  inChannels: number,
  outChannels: number,
  kernelSize: Spatial,
  { groups = 1, bias = true }: ConvolutionCountOptions = {},
): number {
  requireSizes("convolutionParameters", { inChannels, outChannels, groups, kernelSize });
  if (inChannels % groups !== 0) {
    throw new ShapeError(
      `convolutionParameters: ${inChannels} channels cannot be cut into ${groups} groups`,
    );
  }
  const taps = sizeOf(axesOf(kernelSize));
  return outChannels * (taps * (inChannels / groups) + (bias ? 1 : 0));
}

/**
 * Products of a convolution: one for each weight at each place of the result.
 *
 * @param places  of the result, along each axis
 * @source  seed 000 (GoogLeNet paragraph): what 1×1 convolutions before 3×3 and 5×5 save
 * @example
 * convolutionProducts(6, 16, 5, [10, 10]); // 240000
 */
export function convolutionProducts(
  inChannels: number,
  outChannels: number,
  kernelSize: Spatial,
  places: readonly number[],
  { groups = 1 }: Pick<ConvolutionCountOptions, "groups"> = {},
): number {
  requireSizes("convolutionProducts", { places });
  const weights = convolutionParameters(inChannels, outChannels, kernelSize, {
    groups,
    bias: false,
  });
  return weights * sizeOf(places);
}

const axesOf = (size: Spatial): readonly number[] =>
  typeof size === "number" ? eachAxis("convolution", "kernelSize", size, 2) : size;

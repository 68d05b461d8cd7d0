// Convolution and its transpose over any number of spatial axes: a contraction of the kernel with a
// view of windows over the padded input, which is never copied; transposed, the windows of the
// result are folded back. Layouts are PyTorch's.

import { convolution as form } from "../compile/lower/convolution-kernel.ts";
import * as ir from "../ir/build.ts";
import { ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { showShape } from "../ir/shape.ts";
import { padAxis } from "./pieces.ts";
import { fromNode, type Tensor } from "./tensor.ts";

/** One number for every spatial axis, or one each. */
export type Spatial = number | readonly number[];

/** Options of conv1d, conv2d and conv3d. */
export interface ConvolutionOptions {
  /** [out] added to every position. */
  bias?: Tensor;
  /** Steps between windows. Default 1. */
  stride?: Spatial;
  /** Zeros on both sides; "same" keeps the size at stride 1; "valid" is 0. Default 0. */
  padding?: Spatial | "same" | "valid";
  /** Steps between the elements of a window. Default 1. */
  dilation?: Spatial;
  /** Channels are cut into groups that do not mix. Default 1. */
  groups?: number;
}

/** Options of convTranspose1d, convTranspose2d and convTranspose3d. */
export interface TransposedConvolutionOptions extends Omit<ConvolutionOptions, "padding"> {
  /** Taken off both sides of the result. Default 0. */
  padding?: Spatial;
  /** Added to one side of the result. Default 0. */
  outputPadding?: Spatial;
}

/** One number an axis. */
export function spatial(
  operation: string,
  name: string,
  value: Spatial,
  rank: number,
  least: number,
): readonly number[] {
  const list = typeof value === "number" ? new Array<number>(rank).fill(value) : value;
  if (list.length !== rank || list.some((n) => !(Number.isInteger(n) && n >= least))) {
    throw new ShapeError(
      `${operation}: ${name} must be a whole number ≥ ${least}, or ${rank} of them, not ${JSON.stringify(value)}`,
    );
  }
  return list;
}

/** With a batch axis; without one it is added, and `batched` says so. */
export function batchOf(
  operation: string,
  x: Tensor,
  rank: number,
  layout: string,
): { node: Node; batched: boolean } {
  const { node } = x;
  if (node.shape.length === rank + 2) return { node, batched: true };
  if (node.shape.length === rank + 1)
    return { node: ir.reshape(node, [1, ...node.shape]), batched: false };
  throw new ShapeError(`${operation}: the input must be ${layout}, not ${showShape(node.shape)}`);
}

export const unbatched = (node: Node, batched: boolean): Tensor =>
  fromNode(batched ? node : ir.reshape(node, node.shape.slice(1)));

// Labels of the contraction: batch, group, output and input channel, then place and tap of each axis.
const [batch, group, output, channel] = [0, 1, 2, 3];
const place = (axis: number): number => 4 + 2 * axis;
const tap = (axis: number): number => 5 + 2 * axis;

const layouts = [
  "",
  "[batch, channels, length]",
  "[batch, channels, height, width]",
  "[batch, channels, depth, height, width]",
];

function addBias(operation: string, y: Node, bias: Tensor | undefined): Node {
  if (bias === undefined) return y;
  const channels = y.shape[1] as number;
  if (bias.shape.length !== 1 || bias.shape[0] !== channels) {
    throw new ShapeError(
      `${operation}: the bias must be [${channels}], not ${showShape(bias.shape)}`,
    );
  }
  return ir.add(y, ir.reshape(bias.node, [channels, ...y.shape.slice(2).map(() => 1)]));
}

function checkGroups(operation: string, groups: number, ...channels: number[]): void {
  if (!(Number.isInteger(groups) && groups >= 1) || channels.some((c) => c % groups !== 0)) {
    throw new ShapeError(
      `${operation}: ${channels.join(" and ")} channels cannot be cut into ${groups} groups`,
    );
  }
}

function convolve(
  operation: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  options: ConvolutionOptions,
): Tensor {
  const { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const { node: input, batched } = batchOf(operation, x, rank, layouts[rank] as string);
  const w = weight.node;
  if (w.shape.length !== rank + 2) {
    throw new ShapeError(
      `${operation}: the weight must be [out, channels / groups, ...kernel], not ${showShape(w.shape)}`,
    );
  }
  const [out, perGroup] = w.shape as [number, number];
  const channels = input.shape[1] as number;
  checkGroups(operation, groups, channels, out);
  if (channels / groups !== perGroup) {
    throw new ShapeError(
      `${operation}: input ${showShape(input.shape)} has ${channels} channels in ${groups} groups, weight ${showShape(w.shape)} takes ${perGroup} in each`,
    );
  }
  const steps = spatial(operation, "stride", stride, rank, 1);
  const gaps = spatial(operation, "dilation", dilation, rank, 1);
  const sizes = w.shape.slice(2);
  let view = input;
  const xLabels = groups === 1 ? [batch, channel] : [batch, group, channel];
  const wLabels = groups === 1 ? [output, channel] : [group, output, channel];
  const kernel: number[] = [];
  let axis = 2;
  for (let i = 0; i < rank; i++) {
    const [size, step, gap] = [sizes[i] as number, steps[i] as number, gaps[i] as number];
    const [before, after] = edges(operation, padding, rank, i, gap * (size - 1), step);
    view = padAxis(view, axis, before, after, 0);
    xLabels.push(place(i));
    if (size === 1) {
      // A window of one element is the element.
      view = ir.sliceAxis(view, axis, 0, view.shape[axis] as number, step);
      axis += 1;
      continue;
    }
    if ((view.shape[axis] as number) < gap * (size - 1) + 1) {
      throw new ShapeError(
        `${operation}: a kernel of ${size} (dilation ${gap}) does not fit in axis ${i + 2} of ${showShape(input.shape)} with padding ${before + after}`,
      );
    }
    view = ir.window(view, { axis, size, stride: step, dilation: gap, form });
    xLabels.push(tap(i));
    wLabels.push(tap(i));
    kernel.push(size);
    axis += 2;
  }
  const cut = groups === 1 ? [] : [groups];
  view = ir.reshape(view, [view.shape[0] as number, ...cut, perGroup, ...view.shape.slice(2)]);
  const filters = ir.reshape(w, [...cut, out / groups, perGroup, ...kernel]);
  const places = Array.from({ length: rank }, (_, i) => place(i));
  const outLabels = [...(groups === 1 ? [batch] : [batch, group]), output, ...places];
  const y = ir.contract(view, xLabels, filters, wLabels, outLabels);
  const extents = y.shape.slice(y.shape.length - rank);
  const merged = ir.reshape(y, [y.shape[0] as number, out, ...extents]);
  return unbatched(addBias(operation, merged, bias), batched);
}

/** Zeros before and after one axis. */
function edges(
  operation: string,
  padding: Spatial | "same" | "valid",
  rank: number,
  axis: number,
  reach: number,
  step: number,
): [number, number] {
  if (padding === "valid") return [0, 0];
  if (padding === "same") {
    if (step !== 1)
      throw new ShapeError(
        `${operation}: padding "same" needs stride 1, not ${step}; give numbers`,
      );
    return [Math.floor(reach / 2), Math.ceil(reach / 2)];
  }
  const width = spatial(operation, "padding", padding, rank, 0)[axis] as number;
  return [width, width];
}

function convolveTransposed(
  operation: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions,
): Tensor {
  const { bias, stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  const { node: input, batched } = batchOf(operation, x, rank, layouts[rank] as string);
  const w = weight.node;
  const channels = input.shape[1] as number;
  if (w.shape.length !== rank + 2 || w.shape[0] !== channels) {
    throw new ShapeError(
      `${operation}: the weight must be [channels, out / groups, ...kernel] with ${channels} channels, not ${showShape(w.shape)}`,
    );
  }
  checkGroups(operation, groups, channels);
  const steps = spatial(operation, "stride", stride, rank, 1);
  const gaps = spatial(operation, "dilation", dilation, rank, 1);
  const crops = spatial(operation, "padding", padding, rank, 0);
  const extra = spatial(operation, "outputPadding", outputPadding, rank, 0);
  const perGroup = w.shape[1] as number;
  const cut = groups === 1 ? [] : [groups];
  const groupLabel = groups === 1 ? [] : [group];
  const places = Array.from({ length: rank }, (_, i) => place(i));
  const taps = Array.from({ length: rank }, (_, i) => tap(i));
  const view = ir.reshape(input, [
    input.shape[0] as number,
    ...cut,
    channels / groups,
    ...input.shape.slice(2),
  ]);
  const filters = ir.reshape(w, [...cut, channels / groups, ...w.shape.slice(1)]);
  // [batch, (group), out, place 0, tap 0, place 1, tap 1, …]
  const pairs = places.flatMap((p, i) => [p, taps[i] as number]);
  let y = ir.contract(
    view,
    [batch, ...groupLabel, channel, ...places],
    filters,
    [...groupLabel, channel, output, ...taps],
    [batch, ...groupLabel, output, ...pairs],
  );
  const first = 2 + cut.length;
  for (let i = rank - 1; i >= 0; i--) {
    const axis = first + 2 * i;
    const [count, size] = [y.shape[axis] as number, y.shape[axis + 1] as number];
    const length = (count - 1) * (steps[i] as number) + (gaps[i] as number) * (size - 1) + 1;
    const [step, gap] = [steps[i] as number, gaps[i] as number];
    y = ir.fold(y, { axis, length, stride: step, dilation: gap, form });
  }
  y = ir.reshape(y, [y.shape[0] as number, groups * perGroup, ...y.shape.slice(first)]);
  for (let i = 0; i < rank; i++) {
    const length = (y.shape[2 + i] as number) - (crops[i] as number) + (extra[i] as number);
    if (length <= (crops[i] as number)) {
      throw new ShapeError(`${operation}: padding ${crops[i]} leaves nothing of axis ${i + 2}`);
    }
    const grown = padAxis(y, 2 + i, 0, Math.max(0, length - (y.shape[2 + i] as number)), 0);
    y = ir.sliceAxis(grown, 2 + i, crops[i] as number, length);
  }
  return unbatched(addBias(operation, y, bias), batched);
}

/** Convolution along one axis: as conv2d, of [batch, channels, length]. */
export function conv1d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolve("conv1d", 1, x, weight, options);
}

/**
 * y[b, o, i, j] = Σ x[b, c, i·s + k·d − p, j·s + l·d − p]·w[o, c, k, l] + bias[o].
 *
 * Cross-correlation, as every deep-learning library: the kernel is not flipped.
 *
 * @param x       [batch, channels, height, width], or without batch
 * @param weight  [out, channels / groups, kernel height, kernel width]
 * @param options  bias [out]; stride s; padding p; dilation d; groups
 * @returns       [batch, out, ⌊(height + 2p − d·(kernel − 1) − 1)/s⌋ + 1, …]
 * @throws ShapeError  channels do not match, or the kernel does not fit
 * @cost    2·batch·out·places·channels/groups·taps FLOP; the windows are a view
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolve("conv2d", 2, x, weight, options);
}

/** Convolution along three axes: as conv2d, of [batch, channels, depth, height, width]. */
export function conv3d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolve("conv3d", 3, x, weight, options);
}

/** As convTranspose2d, along one axis. */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions = {},
): Tensor {
  return convolveTransposed("convTranspose1d", 1, x, weight, options);
}

/**
 * The adjoint of conv2d in x: every input element lays a scaled kernel over the result.
 *
 * @param x       [batch, channels, height, width], or without batch
 * @param weight  [channels, out / groups, kernel height, kernel width]
 * @returns       [batch, out, (height − 1)·s − 2p + d·(kernel − 1) + outputPadding + 1, …]
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions = {},
): Tensor {
  return convolveTransposed("convTranspose2d", 2, x, weight, options);
}

/** As convTranspose2d, along three axes. */
export function convTranspose3d(
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions = {},
): Tensor {
  return convolveTransposed("convTranspose3d", 3, x, weight, options);
}

// Pooling: the largest or the mean of every window. The gradient of a maximum goes to the first of
// equals in row-major order.

import * as ir from "../ir/build.ts";
import { isFloat } from "../ir/dtype.ts";
import { ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import type { CallRule } from "../ir/op.ts";
import { showShape, sizeOf, windowLength } from "../ir/shape.ts";
import { batchOf, type Spatial, spatial, unbatched } from "./convolution.ts";
import { floating, number, rangeOf } from "./operand.ts";
import { padAxis } from "./pieces.ts";
import type { Tensor } from "./tensor.ts";

/** Options of pooling. */
export interface PoolOptions {
  /** Steps between windows; default the size of the window. */
  stride?: Spatial;
  /** On both sides: what never wins for a maximum, zeros for a mean. Default 0, at most half the size. */
  padding?: Spatial;
}

/** Options of maxPool1d, maxPool2d and maxPool3d. */
export interface MaxPoolOptions extends PoolOptions {
  /** Steps between the elements of a window. Default 1. */
  dilation?: Spatial;
}

/** Options of avgPool1d, avgPool2d and avgPool3d. */
export interface AveragePoolOptions extends PoolOptions {
  /** Divide by the whole window also where part of it is padding. Default true. */
  countPadding?: boolean;
}

const layouts = [
  "",
  "[batch, channels, length]",
  "[batch, channels, height, width]",
  "[batch, channels, depth, height, width]",
];

/** The padded input, and how windows lie in it: one entry a spatial axis. */
interface Plan {
  readonly input: Node;
  readonly axes: readonly {
    readonly size: number;
    readonly step: number;
    readonly gap: number;
    /** How many windows. */
    readonly count: number;
  }[];
}

function plan(
  operation: string,
  x: Node,
  size: Spatial,
  rank: number,
  { stride, padding = 0, dilation = 1 }: MaxPoolOptions,
  filler: number,
): Plan {
  const sizes = spatial(operation, "the size", size, rank, 1);
  const steps = spatial(operation, "stride", stride ?? sizes, rank, 1);
  const widths = spatial(operation, "padding", padding, rank, 0);
  const gaps = spatial(operation, "dilation", dilation, rank, 1);
  let input = x;
  const axes = sizes.map((size, i) => {
    const [step, width, gap] = [steps[i], widths[i], gaps[i]] as [number, number, number];
    if (2 * width > size) {
      throw new ShapeError(
        `${operation}: padding ${width} is more than half of the window ${size}; some windows would be empty`,
      );
    }
    input = padAxis(input, 2 + i, width, width, filler);
    const count = windowLength(input.shape[2 + i] as number, size, step, gap);
    if (count < 1) {
      throw new ShapeError(
        `${operation}: a window of ${size} does not fit in axis ${i + 2} of ${showShape(x.shape)}`,
      );
    }
    return { size, step, gap, count };
  });
  return { input, axes };
}

/** [batch, channels, places, taps, places, taps, …]: every window's elements, axis by axis. */
function windows({ input, axes }: Plan): { view: Node; taps: number[] } {
  let view = input;
  axes.forEach(({ size, step, gap, count }, i) => {
    const axis = 2 + 2 * i;
    if (step !== size || gap !== 1) {
      view = ir.window(view, { axis, size, stride: step, dilation: gap });
      return;
    }
    const whole = ir.sliceAxis(view, axis, 0, count * size);
    const { shape } = view;
    view = ir.reshape(whole, [...shape.slice(0, axis), count, size, ...shape.slice(axis + 1)]);
  });
  return { view, taps: axes.map((_, i) => 3 + 2 * i) };
}

function maxPool(
  operation: string,
  rank: number,
  x: Tensor,
  size: Spatial,
  options: MaxPoolOptions,
): Tensor {
  const { node, batched } = batchOf(operation, x, rank, layouts[rank] as string);
  const found = plan(operation, node, size, rank, options, rangeOf(node.dtype)[0]);
  const { view, taps } = windows(found);
  const body = ir.body([view], ([v]) => [ir.reduce(v as Node, "max", taps)]);
  const rule: CallRule = ([v], [y], [g]) => [toFirstLargest(v as Node, y as Node, g as Node, taps)];
  const [largest] = ir.call({ body, kind: "custom", rule }, [view]) as [Node];
  return unbatched(ir.cast(largest, node.dtype), batched);
}

/** `g` at the first element of every window, in row-major order, that equals its largest; NaN wins. */
function toFirstLargest(view: Node, largest: Node, g: Node, taps: readonly number[]): Node {
  const kept = view.shape.map((d, i) => (taps.includes(i) ? 1 : d));
  const spread = (x: Node): Node => ir.expand(ir.reshape(x, kept), view.shape);
  // How many taps come after each one.
  let after: Node = ir.constant(0, "i32", view.shape);
  let stride = 1;
  for (const axis of [...taps].reverse()) {
    const extent = view.shape[axis] as number;
    const left = ir.sub(ir.constant(extent - 1, "i32"), ir.iota(view.shape, axis));
    after = ir.add(after, ir.mul(left, ir.constant(stride, "i32")));
    stride *= extent;
  }
  const isNumber = isFloat(view.dtype) ? ir.equal(view, view) : ir.constant(1, "bool", view.shape);
  const hit = ir.or(ir.equal(view, spread(largest)), ir.not(isNumber));
  const best = ir.reduce(ir.where(hit, after, ir.constant(0, "i32")), "max", taps);
  return ir.where(ir.equal(after, spread(best)), spread(g), number(0, g));
}

function averagePool(
  operation: string,
  rank: number,
  x: Tensor,
  size: Spatial,
  options: AveragePoolOptions,
): Tensor {
  const { countPadding = true, ...rest } = options;
  const { node, batched } = batchOf(operation, x, rank, layouts[rank] as string);
  const input = isFloat(node.dtype) ? node : floating(node);
  const total = (y: Node): Node => {
    const { view, taps } = windows(plan(operation, y, size, rank, rest, 0));
    return ir.reduce(view, "add", taps);
  };
  const sums = total(input);
  const count = countPadding
    ? number(sizeOf(spatial(operation, "the size", size, rank, 1)), sums)
    : total(ir.constant(1, sums.dtype, [1, 1, ...input.shape.slice(2)]));
  return unbatched(ir.div(sums, count), batched);
}

/** As maxPool2d, of [batch, channels, length]. */
export function maxPool1d(x: Tensor, size: Spatial, options: MaxPoolOptions = {}): Tensor {
  return maxPool("maxPool1d", 1, x, size, options);
}

/**
 * The largest element of every window.
 *
 * @param x     [batch, channels, height, width], or without batch
 * @param size  of the window
 * @param options  stride, default the size; padding; dilation
 * @returns     [batch, channels, ⌊(height + 2·padding − dilation·(size − 1) − 1)/stride⌋ + 1, …]
 */
export function maxPool2d(x: Tensor, size: Spatial, options: MaxPoolOptions = {}): Tensor {
  return maxPool("maxPool2d", 2, x, size, options);
}

/** As maxPool2d, of [batch, channels, depth, height, width]. */
export function maxPool3d(x: Tensor, size: Spatial, options: MaxPoolOptions = {}): Tensor {
  return maxPool("maxPool3d", 3, x, size, options);
}

/** As avgPool2d, of [batch, channels, length]. */
export function avgPool1d(x: Tensor, size: Spatial, options: AveragePoolOptions = {}): Tensor {
  return averagePool("avgPool1d", 1, x, size, options);
}

/**
 * The mean of every window.
 *
 * @param x     [batch, channels, height, width], or without batch
 * @param size  of the window
 * @param options  stride, default the size; padding; countPadding, default true
 */
export function avgPool2d(x: Tensor, size: Spatial, options: AveragePoolOptions = {}): Tensor {
  return averagePool("avgPool2d", 2, x, size, options);
}

/** As avgPool2d, of [batch, channels, depth, height, width]. */
export function avgPool3d(x: Tensor, size: Spatial, options: AveragePoolOptions = {}): Tensor {
  return averagePool("avgPool3d", 3, x, size, options);
}

// Pooling over images: the largest or the mean of every window. With ceilMode, windows that begin
// inside but reach over the edge count too: the input is padded up to them first.

import { ShapeError } from "../ir/errors.ts";
import type { Spatial } from "../tensor/convolution.ts";
import { ones } from "../tensor/create.ts";
import { avgPool2d, maxPool2d } from "../tensor/pooling.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { pairOf } from "./conv.ts";
import { Module } from "./module.ts";

export interface PoolOptions {
  /** Steps between windows. Default: the size of the window. */
  stride?: Spatial;
  /** On both sides, at most half the window: what never wins, or zeros for a mean. Default 0. */
  padding?: Spatial;
  /** Whether a window may reach over the edge if it begins inside. Default false. */
  ceilMode?: boolean;
}

/**
 * The largest element of every window; the gradient goes to the first of equals.
 *
 * @example
 * new MaxPool2d(2).forward(zeros([1, 3, 8, 8])).shape; // [1, 3, 4, 4]
 */
export class MaxPool2d extends Module {
  readonly size: Spatial;
  readonly stride: Spatial;
  readonly padding: Spatial;
  readonly dilation: Spatial;
  readonly ceilMode: boolean;

  /** @param options  stride, padding, ceilMode; dilation: steps between the elements of a window */
  constructor(size: Spatial, options: PoolOptions & { dilation?: Spatial } = {}) {
    super();
    this.size = size;
    this.stride = options.stride ?? size;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.ceilMode = options.ceilMode ?? false;
  }

  /** @param x  [batch, channels, height, width], or without batch */
  forward(x: Tensor): Tensor {
    const { size, stride, padding, dilation } = this;
    if (!this.ceilMode) return maxPool2d(x, size, { stride, padding, dilation });
    const edges = edgesOf("MaxPool2d", x, { size, stride, padding, dilation });
    const padded = x.pad(edges.whole, { value: -Infinity });
    return maxPool2d(padded, size, { stride, dilation });
  }
}

/**
 * The mean of every window.
 *
 * @example
 * new AvgPool2d(2).forward(ones([1, 1, 2, 2])).array(); // [[[[1]]]]
 */
export class AvgPool2d extends Module {
  readonly size: Spatial;
  readonly stride: Spatial;
  readonly padding: Spatial;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;

  /** @param options  stride, padding, ceilMode; countIncludePad: padding counts. Default true */
  constructor(size: Spatial, options: PoolOptions & { countIncludePad?: boolean } = {}) {
    super();
    this.size = size;
    this.stride = options.stride ?? size;
    this.padding = options.padding ?? 0;
    this.ceilMode = options.ceilMode ?? false;
    this.countIncludePad = options.countIncludePad ?? true;
  }

  /** @param x  [batch, channels, height, width], or without batch */
  forward(x: Tensor): Tensor {
    const { size, stride, padding, countIncludePad } = this;
    if (!this.ceilMode) {
      return avgPool2d(x, size, { stride, padding, countPadding: countIncludePad });
    }
    const edges = edgesOf("AvgPool2d", x, { size, stride, padding, dilation: 1 });
    const mean = avgPool2d(x.pad(edges.whole), size, { stride });
    // The share of each window that counts: what was added for ceilMode never does.
    const plane = ones([1, ...x.shape.slice(-2)], { dtype: x.dtype });
    const last = edges.whole.slice(-2);
    const counted = countIncludePad
      ? plane
          .pad([0, ...edges.given], { value: 1 })
          .pad([0, ...last.map(([, after], i) => [0, after - edges.given[i]![1]] as const)])
      : plane.pad([0, ...last]);
    return mean.div(avgPool2d(counted, size, { stride }));
  }
}

interface Edges {
  /** Widths of every axis: the padding asked for, and what ceilMode needs after it. */
  readonly whole: readonly (readonly [number, number])[];
  /** The padding asked for, of height and width. */
  readonly given: readonly (readonly [number, number])[];
}

function edgesOf(
  operation: string,
  x: Tensor,
  window: { size: Spatial; stride: Spatial; padding: Spatial; dilation: Spatial },
): Edges {
  const sizes = pairOf(window.size);
  const strides = pairOf(window.stride);
  const dilations = pairOf(window.dilation);
  const given = pairOf(window.padding).map((width, i) => {
    if (2 * width > (sizes[i] as number)) {
      throw new ShapeError(
        `${operation}: padding ${width} is more than half of the window ${sizes[i]}; some windows would be empty`,
      );
    }
    return [width, width] as const;
  });
  const first = x.rank - 2;
  const spatial = given.map(([width], i) => {
    const [size, stride] = [sizes[i] as number, strides[i] as number];
    const length = x.shape[first + i] as number;
    const reach = (dilations[i] as number) * (size - 1) + 1;
    let steps = Math.ceil((length + 2 * width - reach) / stride);
    // The last window must begin inside the input or the padding before it.
    if (steps * stride >= length + width) steps--;
    return [width, Math.max(width, steps * stride + reach - length - width)] as const;
  });
  return { whole: [...x.shape.slice(2).map(() => [0, 0] as const), ...spatial], given };
}

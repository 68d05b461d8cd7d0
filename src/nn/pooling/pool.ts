// Pooling over sequences, images and volumes: the largest or the mean of every window. With ceilMode,
// windows that begin inside but reach over the edge count too: the input is padded up to them first.

import { ShapeError } from "../../ir/errors.ts";
import type { Spatial } from "../../tensor/convolution.ts";
import { ones } from "../../tensor/create.ts";
import {
  type AveragePoolOptions,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
} from "../../tensor/pooling.ts";
import { eachAxis } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";

export interface PoolOptions {
  /** Steps between windows. Default: the size of the window. */
  stride?: Spatial;
  /** On both sides, at most half the window: what never wins, or zeros for a mean. Default 0. */
  padding?: Spatial;
  /** Whether a window may reach over the edge if it begins inside. Default false. */
  ceilMode?: boolean;
}

export interface MaxPoolLayerOptions extends PoolOptions {
  /** Steps between the elements of a window. Default 1. */
  dilation?: Spatial;
}

export interface AvgPoolLayerOptions extends PoolOptions {
  /** Whether padding counts in the mean. Default true. */
  countIncludePad?: boolean;
}

/** A window that slides over places. */
abstract class Pool extends Module {
  /** One number an axis, as the following. */
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly ceilMode: boolean;
  abstract readonly dilation: readonly number[];

  constructor(rank: number, kernelSize: Spatial, options: PoolOptions) {
    super();
    const name = this.constructor.name;
    this.kernelSize = eachAxis(name, "kernelSize", kernelSize, rank);
    this.stride = eachAxis(name, "stride", options.stride ?? kernelSize, rank);
    this.padding = eachAxis(name, "padding", options.padding ?? 0, rank, 0);
    this.ceilMode = options.ceilMode ?? false;
    for (const [i, size] of this.kernelSize.entries()) {
      const width = this.padding[i] as number;
      if (2 * width <= size) continue;
      throw new ShapeError(
        `${name}: padding ${width} is more than half of the window ${size}; some windows would be empty`,
      );
    }
  }

  /** Widths with which all windows that begin inside lie inside: the padding, and more after it. */
  protected widths(x: Tensor): (readonly [number, number])[] {
    const { kernelSize, stride, padding, dilation } = this;
    const first = x.rank - kernelSize.length;
    return kernelSize.map((size, i) => {
      const [step, width] = [stride[i] as number, padding[i] as number];
      const length = x.shape[first + i] as number;
      const reach = (dilation[i] as number) * (size - 1) + 1;
      let steps = Math.ceil((length + 2 * width - reach) / step);
      // The last window must begin inside the input or the padding before it.
      if (steps * step >= length + width) steps--;
      return [width, Math.max(width, steps * step + reach - length - width)] as const;
    });
  }
}

/** What maxima of all ranks do. */
abstract class MaxPool extends Pool {
  readonly dilation: readonly number[];

  constructor(rank: number, kernelSize: Spatial, options: MaxPoolLayerOptions) {
    super(rank, kernelSize, options);
    this.dilation = eachAxis(this.constructor.name, "dilation", options.dilation ?? 1, rank);
  }

  protected pool(
    maxPool: (x: Tensor, size: Spatial, options: MaxPoolOptions) => Tensor,
    x: Tensor,
  ): Tensor {
    const { kernelSize, stride, padding, dilation } = this;
    if (!this.ceilMode) return maxPool(x, kernelSize, { stride, padding, dilation });
    const padded = x.pad(this.widths(x), { value: -Infinity });
    return maxPool(padded, kernelSize, { stride, dilation });
  }
}

/** What means of all ranks do. */
abstract class AvgPool extends Pool {
  readonly countIncludePad: boolean;
  readonly dilation: readonly number[];

  constructor(rank: number, kernelSize: Spatial, options: AvgPoolLayerOptions) {
    super(rank, kernelSize, options);
    this.countIncludePad = options.countIncludePad ?? true;
    this.dilation = this.kernelSize.map(() => 1);
  }

  protected pool(
    avgPool: (x: Tensor, size: Spatial, options: AveragePoolOptions) => Tensor,
    x: Tensor,
  ): Tensor {
    const { kernelSize, stride, padding, countIncludePad } = this;
    if (!this.ceilMode) {
      return avgPool(x, kernelSize, { stride, padding, countPadding: countIncludePad });
    }
    const widths = this.widths(x);
    const mean = avgPool(x.pad(widths), kernelSize, { stride });
    // The share of each window that counts: what was added for ceilMode never does.
    const plane = ones([1, ...x.shape.slice(-kernelSize.length)], { dtype: x.dtype });
    const counted = countIncludePad
      ? plane
          .pad(
            padding.map((width) => [width, width] as const),
            { value: 1 },
          )
          .pad(widths.map(([, after], i) => [0, after - (padding[i] as number)] as const))
      : plane.pad(widths);
    return mean.div(avgPool(counted, kernelSize, { stride }));
  }
}

/**
 * As MaxPool2d, along one axis.
 *
 * @source  seed 003 §Stages
 * @example
 * new MaxPool1d(2, { stride: 1 }).forward(tensor([[1, 3, 2, 0]])); // [[3, 3, 2]]
 */
export class MaxPool1d extends MaxPool {
  constructor(kernelSize: Spatial, options: MaxPoolLayerOptions = {}) {
    super(1, kernelSize, options);
  }

  /** @param x  [batch, channels, length], or without batch */
  forward(x: Tensor): Tensor {
    return this.pool(maxPool1d, x);
  }
}

/**
 * The largest element of every window; the gradient goes to the first of equals.
 *
 * @source  seed 003 §Stages; seed 000 (An Example of a CNN)
 * @example
 * new MaxPool2d(2).forward(zeros([1, 3, 8, 8])).shape; // [1, 3, 4, 4]
 */
export class MaxPool2d extends MaxPool {
  /** @param options  stride, padding, ceilMode; dilation: steps between the elements of a window */
  constructor(kernelSize: Spatial, options: MaxPoolLayerOptions = {}) {
    super(2, kernelSize, options);
  }

  /** @param x  [batch, channels, height, width], or without batch */
  forward(x: Tensor): Tensor {
    return this.pool(maxPool2d, x);
  }
}

/**
 * As MaxPool2d, along three axes.
 *
 * @example
 * new MaxPool3d(2).forward(zeros([1, 3, 4, 4, 4])).shape; // [1, 3, 2, 2, 2]
 */
export class MaxPool3d extends MaxPool {
  constructor(kernelSize: Spatial, options: MaxPoolLayerOptions = {}) {
    super(3, kernelSize, options);
  }

  /** @param x  [batch, channels, depth, height, width], or without batch */
  forward(x: Tensor): Tensor {
    return this.pool(maxPool3d, x);
  }
}

/**
 * As AvgPool2d, along one axis.
 *
 * @example
 * new AvgPool1d(2).forward(tensor([[1, 3, 2, 0]])); // [[2, 1]]
 */
export class AvgPool1d extends AvgPool {
  constructor(kernelSize: Spatial, options: AvgPoolLayerOptions = {}) {
    super(1, kernelSize, options);
  }

  /** @param x  [batch, channels, length], or without batch */
  forward(x: Tensor): Tensor {
    return this.pool(avgPool1d, x);
  }
}

/**
 * The mean of every window.
 *
 * @example
 * new AvgPool2d(2).forward(ones([1, 1, 2, 2])).array(); // [[[[1]]]]
 */
export class AvgPool2d extends AvgPool {
  /** @param options  stride, padding, ceilMode; countIncludePad: padding counts. Default true */
  constructor(kernelSize: Spatial, options: AvgPoolLayerOptions = {}) {
    super(2, kernelSize, options);
  }

  /** @param x  [batch, channels, height, width], or without batch */
  forward(x: Tensor): Tensor {
    return this.pool(avgPool2d, x);
  }
}

/**
 * As AvgPool2d, along three axes.
 *
 * @example
 * new AvgPool3d(2).forward(ones([1, 1, 2, 2, 2])).array(); // [[[[[1]]]]]
 */
export class AvgPool3d extends AvgPool {
  constructor(kernelSize: Spatial, options: AvgPoolLayerOptions = {}) {
    super(3, kernelSize, options);
  }

  /** @param x  [batch, channels, depth, height, width], or without batch */
  forward(x: Tensor): Tensor {
    return this.pool(avgPool3d, x);
  }
}

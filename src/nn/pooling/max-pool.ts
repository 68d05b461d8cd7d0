// The largest element of every window of a sequence, an image or a volume, and where it lies.

import type { Spatial } from "../../tensor/convolution.ts";
import { arange } from "../../tensor/create.ts";
import { maxPool1d, maxPool2d, maxPool3d } from "../../tensor/pooling.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { sizeOf } from "../shape.ts";
import { Pool, type PoolOptions } from "./pool.ts";

/** Options of MaxPool1d, MaxPool2d and MaxPool3d. */
export interface MaxPoolLayerOptions extends PoolOptions {
  /** Steps between the elements of a window. Default 1. */
  dilation?: Spatial;
}

/** The largest elements, and where they lie. */
export interface Largest {
  /** What forward gives. */
  readonly values: Tensor;
  /** i32, of the shape of the values: the place of each in its map, row by row. */
  readonly indices: Tensor;
}

/** The places of the maps of x, row by row: i32 [...places], beside x. */
export function mapPlaces(x: Tensor, axes: number): Tensor {
  const places = x.shape.slice(-axes);
  return arange(0, sizeOf(places), { dtype: "i32" }).reshape(places).broadcastTo(x.shape);
}

/** The largest of each window, of equals the first, and what `indices` has there. */
export function largestOf(windows: Largest, axis: number): Largest {
  const best = windows.values.argMax({ axis, keepDims: true });
  const pick = (x: Tensor): Tensor => x.gather(best, { axis }).squeeze(axis);
  return { values: pick(windows.values), indices: pick(windows.indices) };
}

const functions = [maxPool1d, maxPool2d, maxPool3d];

/** What maxima of all ranks do. */
abstract class MaxPool extends Pool {
  /** @param options  stride, padding, ceilMode; dilation: steps between the elements of a window */
  constructor(kernelSize: Spatial, options: MaxPoolLayerOptions = {}) {
    super(kernelSize, options);
  }

  /**
   * @param x  [batch, channels, ...places], or without batch
   * @returns  [batch, channels, ⌊(place + 2p − d·(kernel − 1) − 1)/s⌋ + 1, …]
   * @throws ShapeError  the rank differs, or the window does not fit
   */
  forward(x: Tensor): Tensor {
    this.requirePlaces(x);
    const { kernelSize, stride, padding, dilation } = this;
    const maxPool = functions[this.axes() - 1] as typeof maxPool1d;
    if (!this.ceilMode) return maxPool(x, kernelSize, { stride, padding, dilation });
    const padded = x.pad(this.widths(x), { value: -Infinity });
    return maxPool(padded, kernelSize, { stride, dilation });
  }

  /** As forward, with the places of the largest elements, of equals the first: what MaxUnpool takes. */
  withIndices(x: Tensor): Largest {
    const values = this.forward(x);
    const widths = this.widths(x);
    const windows = {
      values: this.windows(x.pad(widths, { value: -Infinity })), // [..., ...out places, taps]
      indices: this.windows(mapPlaces(x, this.axes()).pad(widths)),
    };
    return { values, indices: largestOf(windows, windows.values.rank - 1).indices };
  }

  /** [..., ...places] → [..., ...out places, taps]: the elements of every window. */
  private windows(padded: Tensor): Tensor {
    const first = padded.rank - this.axes();
    let view = padded;
    for (const [i, size] of this.kernelSize.entries()) {
      const [stride, dilation] = [this.stride[i], this.dilation[i]];
      view = view.unfold(first + i, size, { stride, dilation });
    }
    return view.flatten(-this.axes());
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
  protected override axes(): number {
    return 1;
  }
}

/**
 * The largest element of every window; the gradient goes to the first of equals.
 *
 * @source  seed 003 §Stages; seed 000 (An Example of a CNN)
 * @example
 * new MaxPool2d(2).forward(zeros([1, 3, 8, 8])).shape; // [1, 3, 4, 4]
 * new MaxPool2d(2).withIndices(tensor([[[1, 2], [4, 3]]])).indices; // [[[2]]]
 */
export class MaxPool2d extends MaxPool {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As MaxPool2d, along three axes.
 *
 * @example
 * new MaxPool3d(2).forward(zeros([1, 3, 4, 4, 4])).shape; // [1, 3, 2, 2, 2]
 */
export class MaxPool3d extends MaxPool {
  protected override axes(): number {
    return 3;
  }
}

// The mean of every window of a sequence, an image or a volume; of powers, the norm of every window.

import type { Spatial } from "../../tensor/convolution.ts";
import { ones } from "../../tensor/create.ts";
import { avgPool1d, avgPool2d, avgPool3d } from "../../tensor/pooling.ts";
import { requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { sizeOf } from "../shape.ts";
import { Pool, type PoolOptions } from "./pool.ts";

/** Options of AvgPool1d, AvgPool2d and AvgPool3d. */
export interface AvgPoolLayerOptions extends PoolOptions {
  /** Whether padding counts in the mean. Default true. */
  countIncludePad?: boolean;
  /** What the sum of a window is divided by. Default: how many elements count. */
  divisorOverride?: number;
}

const functions = [avgPool1d, avgPool2d, avgPool3d];

/** What means of all ranks do. */
abstract class AvgPool extends Pool {
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | undefined;

  /** @param options  stride, padding, ceilMode; countIncludePad, divisorOverride */
  constructor(kernelSize: Spatial, options: AvgPoolLayerOptions = {}) {
    super(kernelSize, options);
    const { countIncludePad = true, divisorOverride } = options;
    if (divisorOverride !== undefined) {
      requireWithin(this.constructor.name, { divisorOverride }, { from: 0, open: "from" });
    }
    this.countIncludePad = countIncludePad;
    this.divisorOverride = divisorOverride;
  }

  /**
   * @param x  [batch, channels, ...places], or without batch
   * @returns  [batch, channels, ⌊(place + 2p − kernel)/s⌋ + 1, …]
   * @throws ShapeError  the rank differs, or the window does not fit
   */
  forward(x: Tensor): Tensor {
    this.requirePlaces(x);
    const { kernelSize, stride, padding, countIncludePad, divisorOverride } = this;
    const avgPool = functions[this.axes() - 1] as typeof avgPool1d;
    if (divisorOverride !== undefined) {
      const mean = avgPool(x.pad(this.widths(x)), kernelSize, { stride });
      return mean.mul(sizeOf(kernelSize) / divisorOverride);
    }
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
 * As AvgPool2d, along one axis.
 *
 * @example
 * new AvgPool1d(2).forward(tensor([[1, 3, 2, 0]])); // [[2, 1]]
 */
export class AvgPool1d extends AvgPool {
  protected override axes(): number {
    return 1;
  }
}

/**
 * The mean of every window.
 *
 * @example
 * new AvgPool2d(2).forward(ones([1, 1, 2, 2])).array(); // [[[[1]]]]
 */
export class AvgPool2d extends AvgPool {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As AvgPool2d, along three axes.
 *
 * @example
 * new AvgPool3d(2).forward(ones([1, 1, 2, 2, 2])).array(); // [[[[[1]]]]]
 */
export class AvgPool3d extends AvgPool {
  protected override axes(): number {
    return 3;
  }
}

/** What norms of all ranks do: a mean of powers, times the size of the window. */
abstract class LPPool extends AvgPool {
  readonly order: number;

  /** @param order  p, more than 0 @param options  stride, default the window; ceilMode */
  constructor(
    order: number,
    kernelSize: Spatial,
    options: Pick<PoolOptions, "stride" | "ceilMode"> = {},
  ) {
    super(kernelSize, { stride: options.stride, ceilMode: options.ceilMode });
    const name = this.constructor.name;
    requireWithin(name, { order }, { from: 0, to: Number.MAX_VALUE, open: "from" });
    this.order = order;
  }

  /** As that of the means: [batch, channels, ⌊(place − kernel)/s⌋ + 1, …]; the gradient of a 0 is 0. */
  override forward(x: Tensor): Tensor {
    const { order, kernelSize } = this;
    const sum = super.forward(x.pow(order)).mul(sizeOf(kernelSize));
    const isZero = sum.equal(0);
    // The root of a 0 has no derivative: none is taken.
    return sum
      .maskedFill(isZero, 1)
      .pow(1 / order)
      .maskedFill(isZero, 0);
  }
}

/**
 * As LPPool2d, along one axis.
 *
 * @example
 * new LPPool1d(2, 2).forward(tensor([[3, 4, 0, 1]])); // [[5, 1]]
 */
export class LPPool1d extends LPPool {
  protected override axes(): number {
    return 1;
  }
}

/**
 * (Σ xᵖ)^(1/p) over every window: p = 1 is the sum, p → ∞ the maximum.
 *
 * @source  Sermanet, Chintala and LeCun 2012, Convolutional Neural Networks Applied to House Numbers
 *   Digit Classification, §2.2. arXiv:1204.3968
 * @example
 * new LPPool2d(2, 2).forward(ones([1, 3, 8, 8])).shape; // [1, 3, 4, 4]
 */
export class LPPool2d extends LPPool {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As LPPool2d, along three axes.
 *
 * @example
 * new LPPool3d(1, 2).forward(ones([1, 2, 2, 2])); // [[[[8]]]]
 */
export class LPPool3d extends LPPool {
  protected override axes(): number {
    return 3;
  }
}

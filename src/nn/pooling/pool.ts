// What pooling layers have in common: a window that slides over places. With ceilMode, windows that
// begin inside but reach over the edge count too: the input is padded up to them first.

import { ShapeError } from "../../ir/errors.ts";
import type { Spatial } from "../../tensor/convolution.ts";
import { eachAxis } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { PlaceLayer } from "../places.ts";

/** Options of pooling. */
export interface PoolOptions {
  /** Steps between windows. Default: the size of the window. */
  stride?: Spatial;
  /** On both sides, at most half the window: what never wins, or zeros for a mean. Default 0. */
  padding?: Spatial;
  /** Whether a window may reach over the edge if it begins inside. Default false. */
  ceilMode?: boolean;
}

/** A window that slides over places. */
export abstract class Pool extends PlaceLayer {
  /** One number an axis, as the following. */
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly ceilMode: boolean;

  constructor(kernelSize: Spatial, options: PoolOptions & { readonly dilation?: Spatial }) {
    super();
    const [name, rank] = [this.constructor.name, this.axes()];
    this.kernelSize = eachAxis(name, "kernelSize", kernelSize, rank);
    this.stride = eachAxis(name, "stride", options.stride ?? kernelSize, rank);
    this.padding = eachAxis(name, "padding", options.padding ?? 0, rank, 0);
    this.dilation = eachAxis(name, "dilation", options.dilation ?? 1, rank);
    this.ceilMode = options.ceilMode ?? false;
    for (const [i, size] of this.kernelSize.entries()) {
      const width = this.padding[i] as number;
      if (2 * width <= size) continue;
      throw new ShapeError(
        `${name}: padding ${width} is more than half of the window ${size}; some windows would be empty`,
      );
    }
  }

  /** Widths with which all windows lie inside: the padding, and with ceilMode more after it. */
  protected widths(x: Tensor): (readonly [before: number, after: number])[] {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    const first = x.rank - kernelSize.length;
    return kernelSize.map((size, i) => {
      const [step, width] = [stride[i] as number, padding[i] as number];
      if (!ceilMode) return [width, width];
      const length = x.shape[first + i] as number;
      const reach = (dilation[i] as number) * (size - 1) + 1;
      let steps = Math.ceil((length + 2 * width - reach) / step);
      // The last window must begin inside the input or the padding before it.
      if (steps * step >= length + width) steps--;
      return [width, Math.max(width, steps * step + reach - length - width)] as const;
    });
  }
}

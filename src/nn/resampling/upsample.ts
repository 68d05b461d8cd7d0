// Upsample: interpolation as a layer.

import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";
import { type InterpolateOptions, interpolate, requireInterpolation } from "./interpolate.ts";

/**
 * interpolate as a module: PyTorch's Upsample, and with mode "nearest" or with mode "linear" and
 * alignCorners its UpsamplingNearest2d and UpsamplingBilinear2d.
 *
 * @example
 * new Upsample({ scaleFactor: 2 }).forward(tensor([[[1, 2]]])); // [[[1, 1, 2, 2]]]
 */
export class Upsample extends Module {
  readonly options: Readonly<InterpolateOptions>;

  /** @param options  size, or scaleFactor; mode, default "nearest"; alignCorners, antialias, default false */
  constructor(options: InterpolateOptions) {
    super();
    requireInterpolation("Upsample", options);
    this.options = options;
  }

  /** @param x  [batch, channels, ...places] @returns  [batch, channels, ...size] */
  forward(x: Tensor): Tensor {
    return interpolate(x, this.options);
  }
}

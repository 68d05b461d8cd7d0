// Convolution over images.

import { ShapeError } from "../ir/errors.ts";
import type { PadMode } from "../tensor/arrangement.ts";
import { Parameter } from "../tensor/cell.ts";
import { conv2d, type Spatial } from "../tensor/convolution.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type FloatType, symmetric } from "./init.ts";
import { Module } from "./module.ts";

export interface Conv2dOptions {
  /** Steps between windows. Default 1. */
  stride?: Spatial;
  /** On both sides; "same" keeps the size at stride 1; "valid" is 0. Default 0. */
  padding?: Spatial | "same" | "valid";
  /** Steps between the elements of a window. Default 1. */
  dilation?: Spatial;
  /** Channels are cut into groups that do not mix. Default 1. */
  groups?: number;
  /** Whether something is added. Default true. */
  bias?: boolean;
  /** What the padding holds. Default "zeros". */
  paddingMode?: "zeros" | Exclude<PadMode, "constant">;
  /** Default f32. */
  dtype?: FloatType;
}

/** One number, or one for height and width. */
export function pairOf(value: Spatial): readonly [number, number] {
  if (typeof value === "number") return [value, value];
  if (value.length !== 2) {
    throw new ShapeError(`expected one number or two, for height and width, not ${value.length}`);
  }
  return [value[0] as number, value[1] as number];
}

/**
 * y[b, o, i, j] = Σ x[b, c, i·s + k·d − p, j·s + l·d − p]·w[o, c, k, l] + bias[o].
 *
 * Weight and bias start uniform in ±1/√(channels/groups · taps).
 *
 * @example
 * new Conv2d(1, 8, 3, { padding: 1 }).forward(zeros([2, 1, 28, 28])).shape; // [2, 8, 28, 28]
 */
export class Conv2d extends Module {
  /** [out, in / groups, kernel height, kernel width] */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter | undefined;
  readonly stride: Spatial;
  readonly padding: Spatial | "same" | "valid";
  readonly dilation: Spatial;
  readonly groups: number;
  readonly paddingMode: "zeros" | Exclude<PadMode, "constant">;

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Spatial,
    options: Conv2dOptions = {},
  ) {
    super();
    const { bias = true, dtype = "f32" } = options;
    this.stride = options.stride ?? 1;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.groups = options.groups ?? 1;
    this.paddingMode = options.paddingMode ?? "zeros";
    if (inChannels % this.groups !== 0 || outChannels % this.groups !== 0) {
      throw new ShapeError(
        `Conv2d: ${inChannels} and ${outChannels} channels cannot be cut into ${this.groups} groups`,
      );
    }
    if (this.padding === "same" && pairOf(this.stride).some((step) => step !== 1)) {
      throw new ShapeError('Conv2d: padding "same" needs stride 1; give the padding as numbers');
    }
    const kernel = pairOf(kernelSize);
    const shape = [outChannels, inChannels / this.groups, ...kernel];
    const bound = 1 / Math.sqrt((inChannels / this.groups) * kernel[0] * kernel[1]);
    this.weight = new Parameter(symmetric(shape, bound, { dtype }));
    this.bias = bias ? new Parameter(symmetric([outChannels], bound, { dtype })) : undefined;
  }

  /**
   * @param x  [batch, in, height, width], or without batch
   * @returns  [batch, out, ⌊(height + 2p − d·(kernel − 1) − 1)/s⌋ + 1, …]
   * @throws ShapeError  the channels do not match, or the kernel does not fit
   */
  forward(x: Tensor): Tensor {
    const { weight, bias, stride, dilation, groups, paddingMode } = this;
    if (paddingMode === "zeros") {
      return conv2d(x, weight, { bias, stride, padding: this.padding, dilation, groups });
    }
    const widths = paddingOf(this.padding, weight.shape.slice(2), pairOf(dilation));
    const padded = x.pad([...x.shape.slice(2).map(() => 0), ...widths], { mode: paddingMode });
    return conv2d(padded, weight, { bias, stride, dilation, groups });
  }
}

/** Widths before and after height and width. */
function paddingOf(
  padding: Spatial | "same" | "valid",
  kernel: readonly number[],
  dilation: readonly [number, number],
): [number, number][] {
  if (padding === "valid")
    return [
      [0, 0],
      [0, 0],
    ];
  if (padding !== "same") return pairOf(padding).map((width) => [width, width]);
  return kernel.map((size, i) => {
    const reach = (dilation[i] as number) * (size - 1);
    return [Math.floor(reach / 2), Math.ceil(reach / 2)];
  });
}

// Convolution layers over sequences, images and volumes. They cross-correlate, as PyTorch's do: the
// kernel is not flipped (convolve in this folder flips it).

import { ShapeError } from "../../ir/errors.ts";
import type { PadMode } from "../../tensor/arrangement.ts";
import { Parameter } from "../../tensor/cell.ts";
import { conv1d, conv2d, conv3d, type Spatial } from "../../tensor/convolution.ts";
import { eachAxis, requireOneOf, wholeNumber } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type FloatType, symmetric } from "../init.ts";
import type { Initializer } from "../initialize.ts";
import { PlaceLayer } from "../places.ts";
import { sizeOf } from "../shape.ts";

/** Options of Conv1d, Conv2d and Conv3d. */
export interface ConvOptions {
  /** Steps between windows. Default 1. */
  stride?: Spatial;
  /** On both sides; "same" keeps the size at stride 1; "valid" is 0. Default 0. */
  padding?: Spatial | "same" | "valid";
  /** Steps between the elements of a window. Default 1. */
  dilation?: Spatial;
  /** Channels are cut into groups that do not mix; as many as channels: depthwise. Default 1. */
  groups?: number;
  /** Whether something is added. Default true. */
  bias?: boolean;
  /** How the weight starts. Default: uniform in ±1/√fan. */
  weightInit?: Initializer;
  /** How the bias starts. Default: as the weight's default. */
  biasInit?: Initializer;
  /** What the padding holds. Default "zeros". */
  paddingMode?: "zeros" | Exclude<PadMode, "constant">;
  /** Default f32. */
  dtype?: FloatType;
}

const paddingModes = ["zeros", "reflect", "replicate", "circular"];

const functions = [conv1d, conv2d, conv3d];

/** What convolutions of all ranks do. */
abstract class Conv extends PlaceLayer {
  /** [out, in / groups, ...kernel] */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter | undefined;
  /** One number an axis. */
  readonly kernelSize: readonly number[];
  readonly stride: Spatial;
  readonly padding: Spatial | "same" | "valid";
  readonly dilation: Spatial;
  readonly groups: number;
  readonly paddingMode: "zeros" | Exclude<PadMode, "constant">;

  /** [out, in / groups, ...kernel] and [out] start uniform in ±1/√(in/groups · taps). */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Spatial,
    options: ConvOptions = {},
  ) {
    super();
    const [name, rank] = [this.constructor.name, this.axes()];
    const { bias = true, dtype = "f32" } = options;
    wholeNumber(name, "inChannels", inChannels);
    wholeNumber(name, "outChannels", outChannels);
    this.kernelSize = eachAxis(name, "kernelSize", kernelSize, rank);
    this.stride = options.stride ?? 1;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.groups = options.groups ?? 1;
    this.paddingMode = options.paddingMode ?? "zeros";
    requireOneOf(name, { paddingMode: this.paddingMode }, paddingModes);
    const strides = eachAxis(name, "stride", this.stride, rank);
    eachAxis(name, "dilation", this.dilation, rank);
    if (typeof this.padding !== "string") eachAxis(name, "padding", this.padding, rank, 0);
    const { groups } = this;
    if (
      !(Number.isInteger(groups) && groups >= 1) ||
      inChannels % groups !== 0 ||
      outChannels % groups !== 0
    ) {
      throw new ShapeError(
        `${name}: ${inChannels} and ${outChannels} channels cannot be cut into ${groups} groups`,
      );
    }
    if (this.padding === "same" && strides.some((step) => step !== 1)) {
      throw new ShapeError(`${name}: padding "same" needs stride 1; give the padding as numbers`);
    }
    const shape = [outChannels, inChannels / groups, ...this.kernelSize];
    const usual: Initializer = (shape, options) => symmetric(shape, bound, options);
    const bound = 1 / Math.sqrt(sizeOf(shape.slice(1)));
    const { weightInit = usual, biasInit = usual } = options;
    this.weight = new Parameter(weightInit(shape, { dtype }));
    this.bias = bias ? new Parameter(biasInit([outChannels], { dtype })) : undefined;
  }

  /**
   * @param x  [batch, in, ...places], or without batch
   * @returns  [batch, out, ⌊(place + 2p − d·(kernel − 1) − 1)/s⌋ + 1, …]
   * @throws ShapeError  the rank or the channels do not match, or the kernel does not fit
   */
  forward(x: Tensor): Tensor {
    this.requirePlaces(x);
    const { weight, bias, stride, dilation, groups, padding, paddingMode } = this;
    const convolve = functions[this.axes() - 1] as typeof conv1d;
    if (paddingMode === "zeros") {
      return convolve(x, weight, { bias, stride, padding, dilation, groups });
    }
    const padded = x.pad(this.paddingWidths(), { mode: paddingMode });
    return convolve(padded, weight, { bias, stride, dilation, groups });
  }

  /** Widths before and after each spatial axis. */
  private paddingWidths(): [number, number][] {
    const { padding, kernelSize } = this;
    const name = this.constructor.name;
    const rank = kernelSize.length;
    if (padding === "valid") return kernelSize.map(() => [0, 0]);
    if (padding !== "same") {
      return eachAxis(name, "padding", padding, rank, 0).map((width) => [width, width]);
    }
    const gaps = eachAxis(name, "dilation", this.dilation, rank);
    return kernelSize.map((size, i) => {
      const reach = (gaps[i] as number) * (size - 1);
      return [Math.floor(reach / 2), Math.ceil(reach / 2)];
    });
  }
}

/**
 * As Conv2d, along one axis: [batch, in, length] to [batch, out, length].
 *
 * @source  seed 003 §Discrete convolutions, §Cross-correlation
 * @example
 * new Conv1d(2, 8, 3, { padding: "same" }).forward(zeros([4, 2, 20])).shape; // [4, 8, 20]
 */
export class Conv1d extends Conv {
  protected override axes(): number {
    return 1;
  }
}

/**
 * y[b, o, i, j] = Σ x[b, c, i·s + k·d − p, j·s + l·d − p]·w[o, c, k, l] + bias[o].
 *
 * Weight and bias start uniform in ±1/√(channels/groups · taps).
 *
 * @source  seed 000 §Defining Quantities; seed 003 §Stages
 * @example
 * new Conv2d(1, 8, 3, { padding: 1 }).forward(zeros([2, 1, 28, 28])).shape; // [2, 8, 28, 28]
 */
export class Conv2d extends Conv {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As Conv2d, along three axes: [batch, in, depth, height, width].
 *
 * @source  seed 003 §Stages, with one axis more
 * @example
 * new Conv3d(1, 4, 3).forward(zeros([2, 1, 5, 6, 7])).shape; // [2, 4, 3, 4, 5]
 */
export class Conv3d extends Conv {
  protected override axes(): number {
    return 3;
  }
}

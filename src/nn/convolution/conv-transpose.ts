// Transposed convolution layers: the adjoint of a convolution, from few places to many. A stride here
// is a step of the result, so they are also called fractionally strided (seed 000 §GAN Architecture).

import { ShapeError } from "../../ir/errors.ts";
import { Parameter } from "../../tensor/cell.ts";
import {
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type Spatial,
} from "../../tensor/convolution.ts";
import { eachAxis, wholeNumber } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type FloatType, symmetric } from "../init.ts";
import type { Initializer } from "../initialize.ts";
import { PlaceLayer } from "../places.ts";
import { showShape, sizeOf } from "../shape.ts";

/** Options of ConvTranspose1d, ConvTranspose2d and ConvTranspose3d. */
export interface ConvTransposeOptions {
  /** Steps of the result between inputs. Default 1. */
  stride?: Spatial;
  /** Taken off both sides of the result. Default 0. */
  padding?: Spatial;
  /** Added to the far side of the result; less than stride or dilation. Default 0. */
  outputPadding?: Spatial;
  /** Steps between the elements of a kernel. Default 1. */
  dilation?: Spatial;
  /** Channels are cut into groups that do not mix. Default 1. */
  groups?: number;
  /** Whether something is added. Default true. */
  bias?: boolean;
  /** How the weight starts. Default: uniform in ±1/√fan. */
  weightInit?: Initializer;
  /** How the bias starts. Default: as the weight's default. */
  biasInit?: Initializer;
  /** Default f32. */
  dtype?: FloatType;
}

/** Options of a pass through a transposed convolution. */
export interface OutputSizeOptions {
  /** The places of the result, where the stride leaves a choice: in place of outputPadding. */
  outputSize?: readonly number[];
}

const functions = [convTranspose1d, convTranspose2d, convTranspose3d];

/** What transposed convolutions of all ranks do. */
abstract class ConvTranspose extends PlaceLayer {
  /** [in, out / groups, ...kernel] */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter | undefined;
  /** One number an axis, as the following. */
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;

  /** [in, out / groups, ...kernel] and [out] start uniform in ±1/√(out/groups · taps). */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Spatial,
    options: ConvTransposeOptions = {},
  ) {
    super();
    const [name, rank] = [this.constructor.name, this.axes()];
    const { bias = true, dtype = "f32", groups = 1 } = options;
    wholeNumber(name, "inChannels", inChannels);
    wholeNumber(name, "outChannels", outChannels);
    this.kernelSize = eachAxis(name, "kernelSize", kernelSize, rank);
    this.stride = eachAxis(name, "stride", options.stride ?? 1, rank);
    this.padding = eachAxis(name, "padding", options.padding ?? 0, rank, 0);
    this.outputPadding = eachAxis(name, "outputPadding", options.outputPadding ?? 0, rank, 0);
    this.dilation = eachAxis(name, "dilation", options.dilation ?? 1, rank);
    this.groups = groups;
    if (
      !(Number.isInteger(groups) && groups >= 1) ||
      inChannels % groups !== 0 ||
      outChannels % groups !== 0
    ) {
      throw new ShapeError(
        `${name}: ${inChannels} and ${outChannels} channels cannot be cut into ${groups} groups`,
      );
    }
    for (const [i, extra] of this.outputPadding.entries()) {
      const most = Math.max(this.stride[i] as number, this.dilation[i] as number);
      if (extra >= most) {
        throw new ShapeError(
          `${name}: outputPadding must be less than stride or dilation (${most}), not ${extra}`,
        );
      }
    }
    const shape = [inChannels, outChannels / groups, ...this.kernelSize];
    const usual: Initializer = (shape, options) => symmetric(shape, bound, options);
    const bound = 1 / Math.sqrt(sizeOf(shape.slice(1)));
    const { weightInit = usual, biasInit = usual } = options;
    this.weight = new Parameter(weightInit(shape, { dtype }));
    this.bias = bias ? new Parameter(biasInit([outChannels], { dtype })) : undefined;
  }

  /**
   * @param x  [batch, in, ...places], or without batch
   * @param options  outputSize: the places of the result
   * @returns  [batch, out, (place − 1)·s − 2p + d·(kernel − 1) + outputPadding + 1, …]
   * @throws ShapeError  the rank or the channels do not match, or no outputPadding gives outputSize
   */
  forward(x: Tensor, { outputSize }: OutputSizeOptions = {}): Tensor {
    this.requirePlaces(x);
    const { weight, bias, stride, padding, dilation, groups } = this;
    const convolve = functions[this.axes() - 1] as typeof convTranspose1d;
    const outputPadding =
      outputSize === undefined ? this.outputPadding : this.paddingFor(x, outputSize);
    return convolve(x, weight, { bias, stride, padding, outputPadding, dilation, groups });
  }

  /** The outputPadding that gives a result of these places. */
  private paddingFor(x: Tensor, outputSize: readonly number[]): number[] {
    const rank = this.kernelSize.length;
    const places = x.shape.slice(-rank);
    const least = places.map(
      (size, i) =>
        (size - 1) * (this.stride[i] as number) -
        2 * (this.padding[i] as number) +
        (this.dilation[i] as number) * ((this.kernelSize[i] as number) - 1) +
        1,
    );
    const extra = least.map((size, i) => (outputSize[i] as number) - size);
    const fits = extra.every(
      (n, i) => Number.isInteger(n) && n >= 0 && n < (this.stride[i] as number),
    );
    if (outputSize.length !== rank || !fits) {
      const most = least.map((size, i) => size + (this.stride[i] as number) - 1);
      throw new ShapeError(
        `${this.constructor.name}: outputSize must lie between ${showShape(least)} and ${showShape(most)} for an input of ${showShape(x.shape)}, not ${showShape(outputSize)}`,
      );
    }
    return extra;
  }
}

/**
 * As ConvTranspose2d, along one axis.
 *
 * @source  Dumoulin and Visin 2016, §4. arXiv:1603.07285
 * @example
 * new ConvTranspose1d(4, 2, 4, { stride: 2, padding: 1 }).forward(zeros([1, 4, 5])).shape; // [1, 2, 10]
 */
export class ConvTranspose1d extends ConvTranspose {
  protected override axes(): number {
    return 1;
  }
}

/**
 * Every place of the input lays its kernel, times its value, over the result: the adjoint of Conv2d.
 *
 * ⟨conv(x), y⟩ = ⟨x, convTranspose(y)⟩ with one weight, stride, padding and dilation.
 *
 * @source  Dumoulin and Visin 2016, A Guide to Convolution Arithmetic, §4. arXiv:1603.07285; seed 000
 *   §GAN Architecture
 * @example
 * new ConvTranspose2d(8, 3, 4, { stride: 2, padding: 1 }).forward(zeros([2, 8, 7, 7])).shape; // [2, 3, 14, 14]
 */
export class ConvTranspose2d extends ConvTranspose {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As ConvTranspose2d, along three axes.
 *
 * @source  Dumoulin and Visin 2016, §4. arXiv:1603.07285
 * @example
 * new ConvTranspose3d(2, 1, 2, { stride: 2 }).forward(zeros([1, 2, 3, 3, 3])).shape; // [1, 1, 6, 6, 6]
 */
export class ConvTranspose3d extends ConvTranspose {
  protected override axes(): number {
    return 3;
  }
}

// Linear and convolution layers on bytes: weights are kept in a quarter of the memory, products and
// sums are whole numbers, and one multiplication an output brings them back to real units.

import { ArgumentError } from "../../ir/errors.ts";
import { Parameter, State } from "../../tensor/cell.ts";
import { conv2d, type Spatial } from "../../tensor/convolution.ts";
import { zeros } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Conv2d } from "../convolution/conv.ts";
import type { Linear } from "../linear.ts";
import { Module } from "../module.ts";
import { type ActivationRange, quantizeActivation, quantizeWeight } from "./scheme.ts";

/** What both layers keep. Saved as they are: i8, f32 and i32. */
abstract class QuantizedLayer extends Module {
  /** i8, the shape of the weight */
  readonly weight: State;
  /** f32 [out]: real units of a step of the weights, an output channel each */
  readonly weightScale: State;
  /** f32 [out] */
  readonly bias: State;
  /** f32 []: real units of a step of the input */
  readonly inputScale: State;
  /** i32 []: the byte that stands for 0 in the input */
  readonly inputZero: State;

  constructor(name: string, layer: Linear | Conv2d, range: ActivationRange) {
    super();
    requireParts(name, layer, range);
    const { weight, bias } = layer;
    const { values, scale } = quantizeWeight(weight.detach());
    this.weight = new State(values);
    this.weightScale = new State(scale);
    this.bias = new State(bias?.detach() ?? zeros([weight.shape[0] as number]));
    this.inputScale = new State(range.scale);
    this.inputZero = new State(range.zero);
  }

  /** The input as whole numbers. */
  protected quantized(x: Tensor): Tensor {
    return quantizeActivation(x, { scale: this.inputScale, zero: this.inputZero });
  }

  /** Sums of whole numbers in real units. @param shape  that broadcasts [out] along the channels */
  protected restored(sums: Tensor, shape: readonly number[]): Tensor {
    const scale = this.weightScale.mul(this.inputScale).reshape(shape);
    return sums.cast("f32").mul(scale).add(this.bias.reshape(shape));
  }
}

/**
 * Linear on bytes: y = s_w·s_x·Σ q_w·(q_x − zero) + b, the sum of whole numbers.
 *
 * @source  Jacob et al. 2018, §2.2. arXiv:1712.05877
 * @example
 * const range = activationRange(tensor(-1), tensor(1));
 * new QuantizedLinear(new nn.Linear(3, 2), range).forward(zeros([4, 3])).shape; // [4, 2]
 */
export class QuantizedLinear extends QuantizedLayer {
  constructor(layer: Linear, range: ActivationRange) {
    super("QuantizedLinear", layer, range);
  }

  /** @param x  [..., in] @returns [..., out] */
  forward(x: Tensor): Tensor {
    const sums = this.quantized(x).matmul(this.weight.cast("i32").T);
    return this.restored(sums, [-1]);
  }
}

/**
 * Conv2d on bytes, with its strides, borders of zeros, gaps and groups.
 *
 * @source  Jacob et al. 2018, §2.2. arXiv:1712.05877
 * @example
 * const range = activationRange(tensor(0), tensor(1));
 * new QuantizedConv2d(new nn.Conv2d(1, 2, 3), range).forward(zeros([4, 1, 5, 5])).shape; // [4, 2, 3, 3]
 */
export class QuantizedConv2d extends QuantizedLayer {
  readonly stride: Spatial;
  readonly padding: Spatial | "same" | "valid";
  readonly dilation: Spatial;
  readonly groups: number;

  constructor(layer: Conv2d, range: ActivationRange) {
    super("QuantizedConv2d", layer, range);
    this.stride = layer.stride;
    this.padding = layer.padding;
    this.dilation = layer.dilation;
    this.groups = layer.groups;
  }

  /** @param x  [batch, in, height, width] @returns [batch, out, …] */
  forward(x: Tensor): Tensor {
    const { stride, padding, dilation, groups } = this;
    // The zero is subtracted before, so padding with 0 is padding with real zeros.
    const sums = conv2d(this.quantized(x), this.weight.cast("i32"), {
      ...{ stride, padding, dilation, groups },
    });
    return this.restored(sums, [-1, 1, 1]);
  }
}

/** Throws unless there are a weight to quantise and the two numbers of a range. */
function requireParts(name: string, layer: Linear | Conv2d, range: ActivationRange): void {
  if (!(layer.weight instanceof Parameter)) {
    throw new ArgumentError(`${name}: layer must be a layer with a weight, not ${String(layer)}`);
  }
  if (range.scale?.size === 1 && range.zero?.size === 1) return;
  throw new ArgumentError(
    `${name}: range must hold a scale and a zero of one number each, as activationRange gives them`,
  );
}

// Eight-bit numbers for real ones: q = round(x/scale) + zero, kept within the range of the type, and
// back x ≈ (q − zero)·scale.
// Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-
// Only Inference", §2. arXiv:1712.05877

import { ShapeError } from "../../ir/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** The largest size of a signed weight: symmetric, so −128 is not used. */
const largest = 127;

/** What quantizeWeight gives. */
export interface QuantizedWeight {
  /** i8, the shape of the weight */
  readonly values: Tensor;
  /** [out], a scale an output channel */
  readonly scale: Tensor;
}

/**
 * A weight as signed bytes with zero at 0, and a scale for each output channel.
 *
 * @param weight  [out, ...]
 * @throws ShapeError  the weight is a single number
 * @source  Jacob et al. 2018, §2.1; a scale for each channel: Krishnamoorthi 2018, §3.1.2. arXiv:1806.08342
 * @example
 * quantizeWeight(tensor([[127, -64]])).values; // [[127, -64]]
 */
export function quantizeWeight(weight: Tensor): QuantizedWeight {
  if (weight.rank === 0) {
    throw new ShapeError("quantizeWeight: the weight must be [out, ...], not []");
  }
  const rest = weight.shape.map((_, axis) => axis).slice(1);
  const most = weight.abs().amax({ axis: rest, keepDims: true });
  const scale = most.div(largest).maximum(1e-12); // [out, 1, …]
  const values = weight.div(scale).round().clamp(-largest, largest).cast("i8");
  return { values, scale: scale.flatten() };
}

/** How real activations are put into bytes: one scale and one zero for a whole tensor. */
export interface ActivationRange {
  /** Real units a step: [] */
  readonly scale: Tensor;
  /** The byte that stands for 0: [] i32 in 0 … 255 */
  readonly zero: Tensor;
}

/**
 * The range that holds [low, high] and 0, in 255 steps.
 *
 * @param low   [] real, the smallest number to hold
 * @param high  [] real, the largest
 * @throws ShapeError  one of them is not a single number
 * @source  Jacob et al. 2018, §2.1: 0 is a byte exactly, so that padding is
 * @example
 * activationRange(tensor(0), tensor(255)).scale; // 1
 */
export function activationRange(low: Tensor, high: Tensor): ActivationRange {
  if (low.rank !== 0 || high.rank !== 0) {
    throw new ShapeError(
      `activationRange: low and high must be [], not [${low.shape.join(", ")}] and [${high.shape.join(", ")}]`,
    );
  }
  const [bottom, top] = [low.minimum(0), high.maximum(0)];
  const scale = top.sub(bottom).div(255).maximum(1e-12);
  return { scale, zero: bottom.neg().div(scale).round().cast("i32") };
}

/**
 * Real numbers as q − zero in i32, what products are made of: each within ±255.
 *
 * @param x      any shape; what lies beyond the range is cut off
 * @param range  scale and zero
 * @source  Jacob et al. 2018, eq. (1) and (4)
 * @example
 * quantizeActivation(tensor([1, -1]), { scale: tensor(0.5), zero: tensor(100) }); // [2, -2]
 */
export function quantizeActivation(x: Tensor, { scale, zero }: ActivationRange): Tensor {
  const least = zero.neg();
  return x.div(scale).round().cast("i32").maximum(least).minimum(least.add(255));
}

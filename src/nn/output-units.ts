// What a network puts out and the loss that goes with it (table 4 of the notes): real values with the
// squared error, probabilities of classes with cross-entropy. Both begin at the last pre-activation a,
// where the loss is stable and its gradient simple.

import { softmax } from "../tensor/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { crossEntropy } from "./losses/cross-entropy.ts";
import { mseLoss } from "./losses/regression.ts";

/** What turns the last pre-activations into predictions, with the loss that goes with it. */
export interface OutputUnit {
  /** ŷ = O(a). @param a  [examples, k] */
  output(a: Tensor): Tensor;
  /** The loss of ŷ, a mean over the examples. @param a  [examples, k] */
  loss(a: Tensor, target: Tensor): Tensor;
  /** ∇ₐ of that loss, written by hand. @param a  [examples, k] */
  gradient(a: Tensor, target: Tensor): Tensor;
}

/**
 * Real values: ŷ = a with (1/N)·Σᵢ Σⱼ (ŷᵢⱼ − yᵢⱼ)², whose gradient is 2·(ŷ − y)/N.
 *
 * Targets are [examples, k] as the output.
 *
 * @source  seed 000 §FFNN; 001 §4.2, table 4 (with the identity for O, not another affine map)
 * @example
 * linearOutput.loss(tensor([[1, 2]]), tensor([[0, 0]])); // 5
 */
export const linearOutput: OutputUnit = {
  output: (a) => a,
  loss: (a, target) => mseLoss(a, target, { reduction: "batchMean" }),
  gradient: (a, target) => a.sub(target).mul(2 / (a.shape[0] ?? 1)),
};

/**
 * Probabilities of k classes: ŷ = softmax(a) with −(1/N)·Σᵢ log ŷᵢ[ℓᵢ], whose gradient is (ŷ − e(ℓ))/N.
 *
 * Targets are labels ℓ, [examples] integers.
 *
 * @source  seed 000 §FFNN; 001 §4.2 and §4.3; 002 §2.5.1 (10.18)
 * @example
 * softmaxOutput.output(zeros([1, 4])); // [[0.25, 0.25, 0.25, 0.25]]
 */
export const softmaxOutput: OutputUnit = {
  output: (a) => softmax(a, { axis: -1 }),
  loss: (a, target) => crossEntropy(a, target),
  gradient: (a, target) => {
    const classes = a.shape.at(-1) as number;
    const right = target.oneHot(classes).cast(a.dtype); // e(ℓ)
    return softmax(a, { axis: -1 })
      .sub(right)
      .div(a.shape[0] ?? 1);
  },
};

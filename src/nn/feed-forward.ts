// The feed-forward network: layers of units, each fed by all units of the layer before.

import { ShapeError } from "../ir/errors.ts";
import { relu } from "../tensor/functions.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import { Module } from "./module.ts";
import { linearOutput, type OutputUnit } from "./output-units.ts";

/** Options of FeedForward. */
export interface FeedForwardOptions extends Pick<LinearOptions, "dtype"> {
  /** g of the hidden layers. Default relu */
  activation?: (a: Tensor) => Tensor;
  /** O, and the loss that goes with it. Default linearOutput */
  output?: OutputUnit;
}

/**
 * aᵢ = bᵢ + Wᵢ·hᵢ₋₁ and hᵢ = g(aᵢ) for the hidden layers, ŷ = O(a_L), with h₀ = x.
 *
 * Layer 0 is the input, then L − 1 hidden layers, then the output: Σ nᵢ·nᵢ₋₁ + nᵢ numbers are trained.
 *
 * @source  seed 000 §Feed Forward Neural Network; 001 §4.1
 * @example
 * new FeedForward([4, 8, 3]).forward(zeros([5, 4])).shape; // [5, 3]
 */
export class FeedForward extends Module {
  readonly layers: readonly Linear[];
  readonly activation: (a: Tensor) => Tensor;
  readonly output: OutputUnit;

  /**
   * @param sizes  n₀ … n_L: inputs, units of each hidden layer, outputs
   * @throws ShapeError  there are fewer than two
   */
  constructor(sizes: readonly number[], options: FeedForwardOptions = {}) {
    super();
    const { activation = relu, output = linearOutput, dtype = "f32" } = options;
    if (sizes.length < 2) {
      throw new ShapeError(
        `FeedForward: sizes [${sizes.join(", ")}] must have the number of inputs and of outputs at least`,
      );
    }
    requireSizes("FeedForward", { sizes });
    this.layers = sizes
      .slice(1)
      .map((width, i) => new Linear(sizes[i] as number, width, { dtype }));
    this.activation = activation;
    this.output = output;
  }

  /** a_L, from which the loss is computed. @param x  [examples, n₀] @returns [examples, n_L] */
  preActivation(x: Tensor): Tensor {
    const last = this.layers.length - 1;
    return this.layers.reduce((h, layer, i) => {
      const a = layer.forward(h);
      return i === last ? a : this.activation(a);
    }, x);
  }

  /** ŷ. @param x  [examples, n₀] @returns [examples, n_L] */
  forward(x: Tensor): Tensor {
    return this.output.output(this.preActivation(x));
  }

  /** The loss of the output unit, a mean over the examples. */
  loss(x: Tensor, target: Tensor): Tensor {
    return this.output.loss(this.preActivation(x), target);
  }
}

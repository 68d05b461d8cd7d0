// Sequential: layers one after the other. Plain functions stand among modules and take an index, so
// the names in a state dict are those of PyTorch's nn.Sequential with a module in each place.

import { ArgumentError } from "../ir/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import * as stateKeys from "./state-keys.ts";

/** Something with a forward from tensor to tensor. */
export interface Layer {
  forward(x: Tensor): Tensor;
}

/** What a network in a row is made of. */
export type Step = Layer | ((x: Tensor) => Tensor);

/**
 * forward(x) = last(… second(first(x))).
 *
 * State-dict names are "0.weight", "2.bias", …: every entry counts, functions too.
 * @example
 * new Sequential(new nn.Linear(3, 4), nn.relu).forward(ones([2, 3])).shape; // [2, 4]
 */
export class Sequential extends Module {
  readonly layers: readonly Step[];

  constructor(...layers: Step[]) {
    super();
    for (const [i, layer] of layers.entries()) {
      if (typeof layer === "function" || typeof layer?.forward === "function") continue;
      throw new ArgumentError(
        `Sequential: entry ${i} is neither a function nor a module with a forward; it is ${String(layer)}`,
      );
    }
    this.layers = layers;
  }

  override get fieldNames(): stateKeys.FieldNames {
    return stateKeys.sequential;
  }

  forward(x: Tensor): Tensor {
    let y = x;
    for (const layer of this.layers) y = typeof layer === "function" ? layer(y) : layer.forward(y);
    return y;
  }
}

/**
 * Modules and plain functions one after the other.
 *
 * @example
 * sequential(new Linear(4, 8), relu, new Linear(8, 2)).forward(zeros([1, 4])).shape; // [1, 2]
 */
export const sequential = (...layers: Step[]): Sequential => new Sequential(...layers);

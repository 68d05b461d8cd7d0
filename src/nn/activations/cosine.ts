// The cosine as an activation: a layer of them is a Fourier series whose frequencies are the weights
// before it and whose phases are learnt here.

import { Parameter } from "../../tensor/cell.ts";
import { zeros } from "../../tensor/create.ts";
import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Module } from "../module.ts";

/**
 * y = cos(z − λ) with a shift λ for each unit, in radians.
 *
 * @source  seed 004 §Kernel Networks, activation ③
 * @example
 * new Cosine(2).forward(tensor([[0, Math.PI]])); // [[1, -1]]
 */
export class Cosine extends Module {
  /** λ: [features], in radians. Starts at 0. */
  readonly shift: Parameter;

  constructor(features: number, { dtype = "f32" }: { dtype?: FloatType } = {}) {
    super();
    requireSizes("Cosine", { features });
    this.shift = new Parameter(zeros([features], { dtype }));
  }

  /** @param z  [..., features], in radians */
  forward(z: Tensor): Tensor {
    return z.sub(this.shift).cos();
  }
}

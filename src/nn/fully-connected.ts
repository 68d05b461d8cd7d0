// The fully connected nonlinear layer of the kernel-network notes: thresholds are subtracted.

import { Parameter } from "../tensor/cell.ts";
import { tanh } from "../tensor/functions.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type FloatType, symmetric } from "./init.ts";
import { Module } from "./module.ts";

/** Options of FullyConnected. */
export interface FullyConnectedOptions {
  /** g, the same for all units of the layer. Default tanh */
  activation?: (a: Tensor) => Tensor;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * x⁽¹⁾ₗ = g(Σₘ wₗₘ·x⁽⁰⁾ₘ − λₗ): a linear layer with bias b = −λ and its nonlinearity.
 *
 * Weight and shift start uniform in ±1/√in.
 *
 * @source  seed 004 §Kernel Networks
 * @example
 * new FullyConnected(3, 2).forward(zeros([5, 3])).shape; // [5, 2]
 */
export class FullyConnected extends Module {
  /** w: [out, in] */
  readonly weight: Parameter;
  /** λ: [out] */
  readonly shift: Parameter;
  readonly activation: (a: Tensor) => Tensor;

  constructor(
    inFeatures: number,
    outFeatures: number,
    { activation = tanh, dtype = "f32" }: FullyConnectedOptions = {},
  ) {
    super();
    requireSizes("FullyConnected", { inFeatures, outFeatures });
    const bound = 1 / Math.sqrt(inFeatures);
    this.weight = new Parameter(symmetric([outFeatures, inFeatures], bound, { dtype }));
    this.shift = new Parameter(symmetric([outFeatures], bound, { dtype }));
    this.activation = activation;
  }

  /** @param x  [..., in] @returns [..., out] */
  forward(x: Tensor): Tensor {
    return this.activation(x.matmul(this.weight.T).sub(this.shift));
  }
}

// The linear layer, and the layer that does nothing.

import { ShapeError } from "../ir/errors.ts";
import { Parameter } from "../tensor/cell.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type FloatType, symmetric } from "./init.ts";
import type { Initializer } from "./initialize.ts";
import { Module } from "./module.ts";
import { showShape } from "./shape.ts";

/** Options of Linear. */
export interface LinearOptions {
  /** Whether something is added. Default true. */
  bias?: boolean;
  /** How the weight starts. Default: uniform in ±1/√in. */
  weightInit?: Initializer;
  /** How the bias starts. Default: as the weight's default. */
  biasInit?: Initializer;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * y = x·Wᵀ + b.
 *
 * Weight and bias start uniform in ±1/√in.
 *
 * @example
 * new Linear(3, 2).forward(zeros([5, 3])).shape; // [5, 2]
 */
export class Linear extends Module {
  /** [out, in] */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter | undefined;

  constructor(
    inFeatures: number,
    outFeatures: number,
    { bias = true, weightInit, biasInit, dtype = "f32" }: LinearOptions = {},
  ) {
    super();
    requireSizes("Linear", { inFeatures, outFeatures }, 0);
    const usual: Initializer = (shape, options) =>
      symmetric(shape, 1 / Math.sqrt(inFeatures), options);
    const draw = weightInit ?? usual;
    const drawBias = biasInit ?? usual;
    this.weight = new Parameter(draw([outFeatures, inFeatures], { dtype }));
    this.bias = bias ? new Parameter(drawBias([outFeatures], { dtype })) : undefined;
  }

  /**
   * @param x  [..., in]
   * @returns  [..., out]
   * @throws ShapeError  the last axis of x is not in
   */
  forward(x: Tensor): Tensor {
    const { weight, bias } = this;
    const inFeatures = weight.shape[1];
    if (x.shape.at(-1) !== inFeatures) {
      throw new ShapeError(
        `Linear: the last axis of the input must be ${inFeatures}, not ${showShape(x.shape)}; ${
          x.shape.length > 2 ? "is a flatten missing?" : `new Linear(${x.shape.at(-1)}, …) takes it`
        }`,
      );
    }
    const y = x.matmul(weight.T);
    return bias === undefined ? y : y.add(bias);
  }
}

/**
 * y = x.
 *
 * @example
 * new Identity().forward(tensor([1, 2])); // [1, 2]
 */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

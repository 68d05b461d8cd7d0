// The bilinear layer: every output is a product of two inputs, weighed pair by pair.

import { ShapeError } from "../ir/errors.ts";
import { Parameter } from "../tensor/cell.ts";
import { bilinear } from "../tensor/functions.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { symmetric } from "./init.ts";
import type { Initializer } from "./initialize.ts";
import type { LinearOptions } from "./linear.ts";
import { Module } from "./module.ts";
import { equalShapes, showShape } from "./shape.ts";

/**
 * yₒ = xᵀ·Wₒ·z + bₒ.
 *
 * Weight and bias start uniform in ±1/√first.
 *
 * @example
 * new Bilinear(3, 4, 2).forward(ones([5, 3]), ones([5, 4])).shape; // [5, 2]
 */
export class Bilinear extends Module {
  /** [out, first, second] */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter | undefined;

  constructor(
    firstFeatures: number,
    secondFeatures: number,
    outFeatures: number,
    options: LinearOptions = {},
  ) {
    super();
    const { bias = true, dtype = "f32" } = options;
    requireSizes("Bilinear", { firstFeatures, secondFeatures, outFeatures });
    const bound = 1 / Math.sqrt(firstFeatures);
    const usual: Initializer = (shape, options) => symmetric(shape, bound, options);
    const { weightInit = usual, biasInit = usual } = options;
    this.weight = new Parameter(
      weightInit([outFeatures, firstFeatures, secondFeatures], { dtype }),
    );
    this.bias = bias ? new Parameter(biasInit([outFeatures], { dtype })) : undefined;
  }

  /**
   * @param x  [..., first]
   * @param z  [..., second]
   * @returns  [..., out]
   * @throws ShapeError  the last axes are not first and second, or the others differ
   */
  forward(x: Tensor, z: Tensor): Tensor {
    const { weight, bias } = this;
    const [, first, second] = weight.shape;
    const fits = x.shape.at(-1) === first && z.shape.at(-1) === second;
    if (!fits || !equalShapes(x.shape.slice(0, -1), z.shape.slice(0, -1))) {
      throw new ShapeError(
        `Bilinear: the inputs must be [..., ${first}] and [..., ${second}], not ${showShape(x.shape)} and ${showShape(z.shape)}`,
      );
    }
    const y = bilinear(x, z, weight);
    return bias === undefined ? y : y.add(bias);
  }
}

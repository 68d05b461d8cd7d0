// Projected gradient descent: after each step the parameters go back to the nearest point of a ball.
// While they are inside, nothing happens; a price for large weights that is paid only by large ones.

import { ArgumentError } from "../ir/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { globalNorm, mapDistinct } from "./clip.ts";
import { SGD, type SGDOptions } from "./sgd.ts";

/** Options of ProjectedSGD. */
export interface ProjectedSGDOptions extends SGDOptions {
  /** r: the largest norm of all parameters together. */
  radius: number;
}

/**
 * min{1, r / ‖v‖}·v: the nearest point of the ball around 0.
 *
 * @param tree    tensors, in any tree; their norm is that of all together
 * @param radius  r
 * @returns       the same tree
 * @source  seed 003 §Regularization
 * @example
 * projectToBall([tensor([3, 4])], 1); // [[0.6, 0.8]]
 */
export function projectToBall<T>(tree: T, radius: number): T {
  if (!(radius >= 0)) {
    throw new ArgumentError(`projectToBall: the radius must be at least 0, not ${radius}`);
  }
  const factor = globalNorm(tree).reciprocal().mul(radius).minimum(1);
  return mapDistinct(tree, (v) => v.mul(factor.cast(v.dtype)));
}

/**
 * p ← Π(p − η·b), b as of SGD and Π(v) = min{1, r / ‖v‖}·v over all parameters together.
 *
 * State of a parameter: as of SGD.
 *
 * @source seed 003 §Regularization; Goldstein 1964, Convex Programming in Hilbert Space
 * @example
 * const w = new Parameter(tensor([3, 4]));
 * const optimizer = new ProjectedSGD([w], { lr: 0, radius: 2.5 });
 * optimizer.step([tensor([0, 0])]); // w is [1.5, 2]
 */
export class ProjectedSGD extends SGD {
  readonly radius: number;

  constructor(parameters: unknown, { radius, ...options }: ProjectedSGDOptions) {
    super(parameters, options);
    if (!(radius >= 0)) {
      throw new ArgumentError(`ProjectedSGD: radius must be at least 0, not ${radius}`);
    }
    this.radius = radius;
  }

  protected override constrain(values: readonly Tensor[]): readonly Tensor[] {
    return projectToBall([...values], this.radius);
  }
}

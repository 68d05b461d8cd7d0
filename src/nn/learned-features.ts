// A network seen as features and a linear model on them: all layers but the last are φ, the last is w.
// With φ held fixed it is linear regression, and its best w can be solved for.

import { leastSquares } from "../linalg/least-squares.ts";
import { Parameter } from "../tensor/cell.ts";
import { zeros } from "../tensor/create.ts";
import { requireLayers, requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FloatType } from "./init.ts";
import { Module } from "./module.ts";
import type { Step } from "./sequential.ts";

/**
 * y = φ(x; θ)ᵀ·w.
 *
 * @source  seed 002 §2.1
 * @example
 * new LearnedFeatures(new nn.Linear(3, 5), 5).forward(zeros([4, 3])).shape; // [4]
 */
export class LearnedFeatures extends Module {
  /** φ: [examples, …] to [examples, width] */
  readonly features: Step;
  /** w: [width]; starts at 0 */
  readonly weight: Parameter;

  constructor(features: Step, width: number, { dtype = "f32" }: { dtype?: FloatType } = {}) {
    super();
    requireLayers("LearnedFeatures", { features });
    requireSizes("LearnedFeatures", { width });
    this.features = features;
    this.weight = new Parameter(zeros([width], { dtype }));
  }

  /** φ(x): [examples, width] */
  featuresOf(x: Tensor): Tensor {
    return typeof this.features === "function" ? this.features(x) : this.features.forward(x);
  }

  /** @returns  [examples] */
  forward(x: Tensor): Tensor {
    return this.featuresOf(x).mul(this.weight).sum({ axis: -1 });
  }

  /**
   * Sets w to the least-squares solution for these examples: what training w alone would end at.
   *
   * @param y  [examples]
   * @throws NumericError  the features of the examples depend on each other
   */
  async solveWeight(x: Tensor, y: Tensor): Promise<void> {
    const solution = await leastSquares(this.featuresOf(x), y);
    this.weight.assign(solution.cast(this.weight.dtype));
  }
}

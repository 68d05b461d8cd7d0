// Standardising inputs: every feature of a data set with mean 0 and variance 1, by statistics that are
// taken once, before training. Batch normalisation carries the same into the layers, where the
// statistics move while the layers below learn (internal covariate shift). Seed 002 §2.4.

import { ShapeError } from "../../ir/errors.ts";
import { State } from "../../tensor/cell.ts";
import { ones, zeros } from "../../tensor/create.ts";
import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Module } from "../module.ts";
import { equalShapes, showShape } from "../shape.ts";

/** Options of Standardize. */
export interface StandardizeOptions {
  /** Axes that statistics are taken over. Default 0, the examples. */
  axis?: number | readonly number[];
}

/**
 * y = (x − mean) / deviation, with a data set's mean and deviation for each feature.
 *
 * A feature that does not vary is shifted to 0 and not scaled. The statistics are saved with a model
 * that this stands in, and are not trained.
 *
 * @source  seed 002 §2.4
 * @example
 * new Standardize([2]).fit(tensor([[1, 5], [3, 5]])).forward(tensor([[3, 5]])); // [[1, 0]]
 */
export class Standardize extends Module {
  /** The shape of the features. Starts at 0. */
  readonly mean: State;
  /** The shape of the features. Starts at 1. */
  readonly deviation: State;

  /** @param features  the shape of one example; an axis that shares a statistic is 1 */
  constructor(features: readonly number[], { dtype = "f32" }: { dtype?: FloatType } = {}) {
    super();
    requireSizes("Standardize", { features });
    this.mean = new State(zeros(features, { dtype }));
    this.deviation = new State(ones(features, { dtype }));
  }

  /**
   * Takes the statistics of a data set.
   *
   * @param data     [examples, ...features]
   * @param options  axis: further axes share a statistic and are 1 in it. Default 0
   * @returns        this
   * @throws ShapeError  the features are not those that this was made for
   */
  fit(data: Tensor, { axis = 0 }: StandardizeOptions = {}): this {
    const axes = (typeof axis === "number" ? [axis] : axis).map((a) => (a < 0 ? a + data.rank : a));
    const shape = data.shape.slice(1).map((size, i) => (axes.includes(i + 1) ? 1 : size));
    if (!axes.includes(0) || !equalShapes(shape, this.mean.shape)) {
      throw new ShapeError(
        `Standardize: data of ${showShape(data.shape)} over axes ${axes.join(", ")} gives statistics of ${showShape(shape)}, not ${showShape(this.mean.shape)}`,
      );
    }
    const deviation = data.std({ axis: axes, keepDims: true, correction: 0 }).reshape(shape);
    this.mean.assign(data.mean({ axis: axes, keepDims: true }).reshape(shape));
    this.deviation.assign(deviation.where(deviation.greater(0), 1));
    return this;
  }

  /** @param x  [..., ...features] */
  forward(x: Tensor): Tensor {
    return x.sub(this.mean).div(this.deviation);
  }

  /** x from what forward made of it. */
  inverse(y: Tensor): Tensor {
    return y.mul(this.deviation).add(this.mean);
  }
}

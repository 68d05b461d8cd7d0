// A convolutional network from a list of stages, each convolution → nonlinearity → pooling (which
// samples less densely). Sizes follow from the input's, so nobody counts them. Seed 003 §Stages.

import { relu } from "../../tensor/functions.ts";
import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { MaxPool2d } from "../pooling/max-pool.ts";
import { Sequential, type Step } from "../sequential.ts";
import { Conv2d } from "./conv.ts";
import { outputSize } from "./geometry.ts";

/** One stage of ConvStages: convolution, activation, pooling. */
export interface Stage {
  /** Kernels, and so maps of the result. */
  maps: number;
  /** Size of the kernels. Default 3. */
  kernel?: number;
  /** Steps between places. Default 1. */
  stride?: number;
  /** Zeros around the maps. Default 0. */
  padding?: number;
  /** Default relu. */
  activation?: (x: Tensor) => Tensor;
  /** Window of the max-pooling, which is also its stride; 1: none. Default 2. */
  pool?: number;
}

/**
 * Stages in a row: for each a Conv2d, its activation and a MaxPool2d.
 *
 * @source  seed 003 §Stages: convolution, non-linearity, pooling, sub-sampling
 * @example
 * new ConvStages([1, 28, 28], [{ maps: 8, kernel: 5 }, { maps: 16, kernel: 5 }]).outputShape; // [16, 4, 4]
 */
export class ConvStages extends Sequential {
  /** [channels, height, width] */
  readonly inputShape: readonly number[];
  /** After each stage, [maps, height, width]. */
  readonly shapes: readonly (readonly number[])[];

  /** @throws ShapeError  a kernel or window does not fit what is left */
  constructor(
    inputShape: readonly [channels: number, height: number, width: number],
    stages: readonly Stage[],
    { dtype = "f32" }: { dtype?: FloatType } = {},
  ) {
    requireSizes("ConvStages", { inputShape });
    const layers: Step[] = [];
    const shapes: number[][] = [];
    let shape: readonly number[] = inputShape;
    for (const [i, stage] of stages.entries()) {
      const { maps, kernel = 3, stride = 1, padding = 0, activation = relu, pool = 2 } = stage;
      requireSizes(`ConvStages: stages[${i}]`, { maps, kernel, stride, pool });
      requireSizes(`ConvStages: stages[${i}]`, { padding }, 0);
      layers.push(new Conv2d(shape[0] as number, maps, kernel, { stride, padding, dtype }));
      layers.push(activation);
      if (pool > 1) layers.push(new MaxPool2d(pool));
      const sides = shape.slice(1).map((n) => {
        const places = outputSize(n, { kernel, stride, padding });
        return outputSize(places, { kernel: pool, stride: pool });
      });
      shape = [maps, ...sides];
      shapes.push([...shape]);
    }
    super(...layers);
    this.inputShape = inputShape;
    this.shapes = shapes;
  }

  /** [maps, height, width] behind the last stage. */
  get outputShape(): readonly number[] {
    return this.shapes.at(-1) ?? this.inputShape;
  }
}

// LeNet-5, whole: C1, S2, C3, S4, C5, F6 and the output, in the paper's sizes. Today's habits differ from
// the paper in three places, which every library takes: C3 sees all maps of S2 (its table of
// connections broke the symmetry, and saved time), S2 and S4 have no numbers to train, and the output is
// linear instead of distances to drawn letters.
// LeCun, Bottou, Bengio and Haffner 1998, "Gradient-Based Learning Applied to Document Recognition",
// §II.B; seed 000 (An Example of a CNN).

import { ShapeError } from "../ir/errors.ts";
import { Conv2d } from "../nn/convolution/conv.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { AvgPool2d } from "../nn/pooling/avg-pool.ts";
import { MaxPool2d } from "../nn/pooling/max-pool.ts";
import { showShape } from "../nn/shape.ts";
import { tanh } from "../tensor/functions.ts";
import { requireOneOf, requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of LeNet5. */
export interface LeNet5Options {
  /** Digits. Default 10 */
  classes?: number;
  /** Of the images. Default 1 */
  channels?: number;
  /** Maps of C1 and C3. Default [6, 16] */
  maps?: readonly [number, number];
  /** Units of C5 and F6. Default [120, 84]: F6 drew letters of 7 × 12 */
  hidden?: readonly [number, number];
  /** Default tanh: symmetric, so that signals keep mean 0 (the paper scales it to 1.7159·tanh(2x/3)) */
  activation?: (x: Tensor) => Tensor;
  /** What a unit of S2 and S4 gives of its 2×2 pixels. Default "average", as in 1998; the notes use "max" */
  pooling?: "average" | "max";
}

/**
 * A classifier of digits of 32 × 32 pixels, or of 28 × 28, which stand in a frame of zeros.
 *
 * @param options  classes, channels, maps, hidden, activation, pooling
 * @cost    0.83 MFLOP an image forwards; 61,706 numbers are trained
 * @source  LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition, §II.B
 * @example
 * new LeNet5().forward(zeros([2, 1, 28, 28])).shape; // [2, 10]
 */
export class LeNet5 extends Module {
  readonly c1: Conv2d;
  readonly c3: Conv2d;
  readonly c5: Linear;
  readonly f6: Linear;
  readonly output: Linear;
  readonly pool: AvgPool2d | MaxPool2d;
  readonly activation: (x: Tensor) => Tensor;

  constructor(options: LeNet5Options = {}) {
    super();
    const { classes = 10, channels = 1, maps = [6, 16], hidden = [120, 84] } = options;
    requireSizes("LeNet5", { classes, channels, maps, hidden });
    requireOneOf("LeNet5", { pooling: options.pooling ?? "average" }, ["average", "max"]);
    this.activation = options.activation ?? tanh;
    this.pool = options.pooling === "max" ? new MaxPool2d(2) : new AvgPool2d(2);
    this.c1 = new Conv2d(channels, maps[0], 5);
    this.c3 = new Conv2d(maps[0], maps[1], 5);
    this.c5 = new Linear(maps[1] * 5 * 5, hidden[0]);
    this.f6 = new Linear(hidden[0], hidden[1]);
    this.output = new Linear(hidden[1], classes);
  }

  /**
   * @param x  [batch, channels, 32, 32] or [batch, channels, 28, 28]
   * @returns  [batch, classes] logits
   * @throws ShapeError  the images are of another size
   */
  forward(x: Tensor): Tensor {
    const { activation } = this;
    const maps = this.features(x); // [batch, maps, 5, 5]
    const hidden = activation(this.c5.forward(maps.flatten(1))); // [batch, 120]
    return this.output.forward(activation(this.f6.forward(hidden))); // [batch, classes]
  }

  /** The maps of S4: [batch, maps, 5, 5]. @throws ShapeError  the images are of another size */
  features(x: Tensor): Tensor {
    const { activation, pool } = this;
    const size = x.shape.at(-1);
    if (x.rank !== 4 || x.shape[2] !== size || (size !== 32 && size !== 28)) {
      throw new ShapeError(
        `LeNet5: the input must be [batch, channels, 32, 32] or [batch, channels, 28, 28], not ${showShape(x.shape)}`,
      );
    }
    const framed = size === 28 ? x.pad([2, 2]) : x; // [batch, channels, 32, 32]
    const s2 = pool.forward(activation(this.c1.forward(framed))); // [batch, maps, 14, 14]
    return pool.forward(activation(this.c3.forward(s2))); // [batch, maps, 5, 5]
  }
}

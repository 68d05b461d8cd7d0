// LeNet: two convolutions with pooling, then a small classifier. The shape is that of LeNet-5 with
// today's parts: ReLU for tanh, max-pooling for trainable averages, full connections between maps,
// a linear read-out trained with cross-entropy.
// LeCun, Bottou, Bengio and Haffner 1998, "Gradient-Based Learning Applied to Document Recognition",
// section II.B.

import { Conv2d } from "../nn/convolution/conv.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { MaxPool2d } from "../nn/pooling/max-pool.ts";
import { relu } from "../tensor/functions.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of LeNet. */
export interface LeNetOptions {
  /** Default 10 */
  classes?: number;
  /** Of the images. Default 1 */
  channels?: number;
  /** Maps of the two convolutions. Default [16, 32] */
  maps?: readonly [number, number];
  /** Width of the hidden layer. Default 128 */
  hidden?: number;
}

/**
 * A classifier of images of 28 x 28 pixels.
 *
 * @param options  classes, channels, maps, hidden
 * @cost    2.2 MFLOP an image forwards; 80,202 numbers are trained
 * @source  LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition, §II.B
 * @example
 * new LeNet().forward(zeros([2, 1, 28, 28])).shape; // [2, 10]
 */
export class LeNet extends Module {
  readonly conv1: Conv2d;
  readonly conv2: Conv2d;
  readonly hidden: Linear;
  readonly head: Linear;
  readonly pool: MaxPool2d = new MaxPool2d(2);

  constructor({ classes = 10, channels = 1, maps = [16, 32], hidden = 128 }: LeNetOptions = {}) {
    super();
    requireSizes("LeNet", { classes, channels, maps, hidden });
    this.conv1 = new Conv2d(channels, maps[0], 5);
    this.conv2 = new Conv2d(maps[0], maps[1], 5);
    this.hidden = new Linear(maps[1] * 4 * 4, hidden);
    this.head = new Linear(hidden, classes);
  }

  /** @param x  [batch, channels, 28, 28], about 0…1 @returns [batch, classes] logits */
  forward(x: Tensor): Tensor {
    const first = this.pool.forward(relu(this.conv1.forward(x))); // [batch, maps, 12, 12]
    const second = this.pool.forward(relu(this.conv2.forward(first))); // [batch, maps, 4, 4]
    return this.head.forward(relu(this.hidden.forward(second.flatten(1)))); // [batch, classes]
  }
}

// ZFNet, whole: AlexNet after its first layers were looked at through a deconvolutional network. Kernels
// of 11 with steps of 4 left dead ones and aliasing, so they are 7 with steps of 2.
// Zeiler and Fergus 2013, "Visualizing and Understanding Convolutional Networks", §4.1 and fig. 3.
// arXiv:1311.2901.

import { Conv2d } from "../nn/convolution/conv.ts";
import { Dropout } from "../nn/dropout.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { localResponseNorm } from "../nn/normalization/local-response-norm.ts";
import { AdaptiveAvgPool2d } from "../nn/pooling/adaptive-pool.ts";
import { MaxPool2d } from "../nn/pooling/max-pool.ts";
import { type Sequential, sequential } from "../nn/sequential.ts";
import { relu } from "../tensor/functions.ts";
import { requireProbability, requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of ZFNet. */
export interface ZFNetOptions {
  /** Default 1000, ImageNet's */
  classes?: number;
  /** Of the images. Default 3 */
  channels?: number;
  /** Maps of the five convolutions. Default [96, 256, 384, 384, 256] */
  maps?: readonly [number, number, number, number, number];
  /** Width of the two hidden layers. Default 4096 */
  hidden?: number;
  /** Share of the hidden units that is dropped. Default 0.5 */
  dropout?: number;
}

/**
 * A classifier of images of 224 × 224 pixels, with maps of 110, 55, 26, 13 and 6 on the way.
 *
 * @param options  classes, channels, maps, hidden, dropout
 * @cost    2.3 GFLOP an image forwards; 62,357,608 numbers are trained
 * @source  Zeiler and Fergus 2013, fig. 3. arXiv:1311.2901
 * @example
 * new ZFNet({ maps: [2, 2, 2, 2, 2], hidden: 8 }).forward(zeros([1, 3, 64, 64])).shape; // [1, 1000]
 */
export class ZFNet extends Module {
  readonly features: Sequential;
  /** Does nothing to images of 224 × 224, whose maps are 6 × 6 already. */
  readonly avgpool: AdaptiveAvgPool2d;
  readonly classifier: Sequential;

  constructor(options: ZFNetOptions = {}) {
    super();
    const { classes = 1000, channels = 3, maps = [96, 256, 384, 384, 256] } = options;
    const { hidden = 4096, dropout = 0.5 } = options;
    requireSizes("ZFNet", { classes, channels, maps, hidden });
    requireProbability("ZFNet", { dropout });
    const [a, b, c, d, e] = maps;
    // The order of fig. 3: rectified, pooled, then normalised across maps.
    const damped = (x: Tensor): Tensor => localResponseNorm(x);
    this.features = sequential(
      new Conv2d(channels, a, 7, { stride: 2, padding: 1 }), // [batch, 96, 110, 110]
      ...[relu, new MaxPool2d(3, { stride: 2, padding: 1 }), damped], // 55 × 55
      new Conv2d(a, b, 5, { stride: 2 }), // [batch, 256, 26, 26]
      ...[relu, new MaxPool2d(3, { stride: 2, padding: 1 }), damped], // 13 × 13
      ...[new Conv2d(b, c, 3, { padding: 1 }), relu],
      ...[new Conv2d(c, d, 3, { padding: 1 }), relu],
      ...[new Conv2d(d, e, 3, { padding: 1 }), relu],
      new MaxPool2d(3, { stride: 2 }), // [batch, 256, 6, 6]
    );
    this.avgpool = new AdaptiveAvgPool2d(6);
    this.classifier = sequential(
      ...[new Linear(e * 6 * 6, hidden), relu, new Dropout(dropout)],
      ...[new Linear(hidden, hidden), relu, new Dropout(dropout)],
      new Linear(hidden, classes),
    );
  }

  /** @param x  [batch, channels, 224, 224] @returns [batch, classes] logits */
  forward(x: Tensor): Tensor {
    const maps = this.avgpool.forward(this.features.forward(x)); // [batch, maps, 6, 6]
    return this.classifier.forward(maps.flatten(1));
  }
}

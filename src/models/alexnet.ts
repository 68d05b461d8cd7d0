// AlexNet, whole: five convolutions, three of them pooled, and three wide layers with dropout. The sizes
// are those of the second paper's single column, which PyTorch's torchvision has; with `normalize` and
// other maps the first paper's.
// Krizhevsky 2014, "One Weird Trick for Parallelizing Convolutional Neural Networks", arXiv:1404.5997;
// Krizhevsky, Sutskever and Hinton 2012, "ImageNet Classification with Deep Convolutional Neural
// Networks".

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

/** Options of AlexNet. */
export interface AlexNetOptions {
  /** Default 1000, ImageNet's */
  classes?: number;
  /** Of the images. Default 3 */
  channels?: number;
  /** Maps of the five convolutions. Default [64, 192, 384, 256, 256]; in 2012 [96, 256, 384, 384, 256] */
  maps?: readonly [number, number, number, number, number];
  /** Width of the two hidden layers. Default 4096 */
  hidden?: number;
  /** Share of the hidden units that is dropped: without, the paper saw substantial overfitting. Default 0.5 */
  dropout?: number;
  /** Local response normalisation behind the first two convolutions, as in 2012. Default false */
  normalize?: boolean;
}

/**
 * A classifier of images of 224 × 224 pixels; others work down to 63 × 63.
 *
 * @param options  classes, channels, maps, hidden, dropout, normalize
 * @cost    1.4 GFLOP an image forwards; 61,100,840 numbers are trained
 * @source  Krizhevsky 2014, §5; Krizhevsky et al. 2012, §3.5
 * @example
 * new AlexNet({ maps: [2, 2, 2, 2, 2], hidden: 8 }).forward(zeros([1, 3, 63, 63])).shape; // [1, 1000]
 */
export class AlexNet extends Module {
  readonly features: Sequential;
  readonly avgpool: AdaptiveAvgPool2d;
  readonly classifier: Sequential;

  constructor(options: AlexNetOptions = {}) {
    super();
    const { classes = 1000, channels = 3, maps = [64, 192, 384, 256, 256] } = options;
    const { hidden = 4096, dropout = 0.5, normalize = false } = options;
    requireSizes("AlexNet", { classes, channels, maps, hidden });
    requireProbability("AlexNet", { dropout });
    const damped = normalize ? (x: Tensor): Tensor => localResponseNorm(relu(x)) : relu;
    const [a, b, c, d, e] = maps;
    this.features = sequential(
      ...[new Conv2d(channels, a, 11, { stride: 4, padding: 2 }), damped, overlapping()],
      ...[new Conv2d(a, b, 5, { padding: 2 }), damped, overlapping()],
      ...[new Conv2d(b, c, 3, { padding: 1 }), relu],
      ...[new Conv2d(c, d, 3, { padding: 1 }), relu],
      ...[new Conv2d(d, e, 3, { padding: 1 }), relu, overlapping()],
    );
    this.avgpool = new AdaptiveAvgPool2d(6);
    this.classifier = sequential(
      ...[new Dropout(dropout), new Linear(e * 6 * 6, hidden), relu],
      ...[new Dropout(dropout), new Linear(hidden, hidden), relu],
      new Linear(hidden, classes),
    );
  }

  /** @param x  [batch, channels, 224, 224] @returns [batch, classes] logits */
  forward(x: Tensor): Tensor {
    const maps = this.avgpool.forward(this.features.forward(x)); // [batch, maps, 6, 6]
    return this.classifier.forward(maps.flatten(1));
  }
}

/** Windows that overlap: slightly harder to overfit (2012, §3.4). */
const overlapping = (): MaxPool2d => new MaxPool2d(3, { stride: 2 });

// VGG, whole: nothing but 3×3 convolutions and 2×2 pooling, and depth. Three 3×3 in a row see what one
// 7×7 sees, with two rectifiers more and 27/49 of the weights.
// Simonyan and Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
// table 1. arXiv:1409.1556.

import { ArgumentError } from "../ir/errors.ts";
import { Conv2d } from "../nn/convolution/conv.ts";
import { Dropout } from "../nn/dropout.ts";
import { kaimingNormal, normal, zeros } from "../nn/init.ts";
import type { Initializer } from "../nn/initialize.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { BatchNorm2d } from "../nn/normalization/batch-norm.ts";
import { AdaptiveAvgPool2d } from "../nn/pooling/adaptive-pool.ts";
import { MaxPool2d } from "../nn/pooling/max-pool.ts";
import { type Sequential, type Step, sequential } from "../nn/sequential.ts";
import { relu } from "../tensor/functions.ts";
import { requireProbability, requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Convolutions in each of the five stages, by how many layers have weights. */
const stages = {
  11: [1, 1, 2, 2, 2], // A
  13: [2, 2, 2, 2, 2], // B
  16: [2, 2, 3, 3, 3], // D
  19: [2, 2, 4, 4, 4], // E
} as const;

/** Options of VGG. */
export interface VGGOptions {
  /** Layers with weights: 11, 13, 16 (default) or 19 */
  depth?: keyof typeof stages;
  /** Default 1000, ImageNet's */
  classes?: number;
  /** Of the images. Default 3 */
  channels?: number;
  /** Maps of the first stage; twice as many in each of the next, up to eight times. Default 64 */
  width?: number;
  /** Width of the two hidden layers. Default 4096 */
  hidden?: number;
  /** Maps that the classifier sees: places along each side. Default 7, what 224 pixels leave */
  places?: number;
  /** Batch normalisation behind each convolution, which the paper did not know. Default false */
  batchNorm?: boolean;
  /** Share of the hidden units that is dropped. Default 0.5 */
  dropout?: number;
}

/** He's, by the outputs: without it, 16 layers need the paper's start from a net of 11. */
const spread: Initializer = (shape, options) =>
  kaimingNormal(shape, { ...options, mode: "fanOut", nonlinearity: "relu" });
/** The paper's, §3.1. */
const small: Initializer = (shape, options) => normal(shape, { ...options, std: 0.01 });
const none: Initializer = (shape, { dtype }) => zeros(shape, { dtype });

/**
 * A classifier of images of 224 × 224 pixels.
 *
 * @param options  depth, classes, channels, width, hidden, places, batchNorm, dropout
 * @throws ArgumentError  there is no VGG of that depth
 * @cost    VGG-16: 31 GFLOP an image forwards; 138,357,544 numbers are trained
 * @source  Simonyan and Zisserman 2015, table 1. arXiv:1409.1556
 * @example
 * new VGG({ depth: 11, width: 2, hidden: 8, places: 1 }).forward(zeros([1, 3, 32, 32])).shape; // [1, 1000]
 */
export class VGG extends Module {
  readonly features: Sequential;
  readonly avgpool: AdaptiveAvgPool2d;
  readonly classifier: Sequential;

  constructor(options: VGGOptions = {}) {
    super();
    const { depth = 16, classes = 1000, channels = 3, width = 64, hidden = 4096 } = options;
    const { places = 7, batchNorm = false, dropout = 0.5 } = options;
    requireSizes("VGG", { classes, channels, width, hidden, places });
    requireProbability("VGG", { dropout });
    const counts = stages[depth];
    if (counts === undefined) {
      throw new ArgumentError(
        `VGG: depth must be one of ${Object.keys(stages).join(", ")}, not ${depth}`,
      );
    }
    const layers: Step[] = [];
    let before = channels;
    for (const [stage, count] of counts.entries()) {
      const maps = width * Math.min(8, 2 ** stage);
      for (let i = 0; i < count; i++) {
        layers.push(
          new Conv2d(before, maps, 3, { padding: 1, weightInit: spread, biasInit: none }),
        );
        if (batchNorm) layers.push(new BatchNorm2d(maps));
        layers.push(relu);
        before = maps;
      }
      layers.push(new MaxPool2d(2));
    }
    this.features = sequential(...layers);
    this.avgpool = new AdaptiveAvgPool2d(places);
    const dense = { weightInit: small, biasInit: none };
    this.classifier = sequential(
      ...[new Linear(before * places * places, hidden, dense), relu, new Dropout(dropout)],
      ...[new Linear(hidden, hidden, dense), relu, new Dropout(dropout)],
      new Linear(hidden, classes, dense),
    );
  }

  /** @param x  [batch, channels, 224, 224] @returns [batch, classes] logits */
  forward(x: Tensor): Tensor {
    const maps = this.avgpool.forward(this.features.forward(x)); // [batch, maps, places, places]
    return this.classifier.forward(maps.flatten(1));
  }
}

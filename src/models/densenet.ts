// DenseNet, whole: within a block every layer sees the maps of all layers before it and adds a few;
// between blocks a 1×1 convolution halves their number and pooling their size. State-dict names are
// those of torchvision.
// Huang, Liu, van der Maaten and Weinberger 2017, "Densely Connected Convolutional Networks", table 1.
// arXiv:1608.06993; seed 003 §Dense Connectivity.

import { Conv2d } from "../nn/convolution/conv.ts";
import { dropout } from "../nn/dropout.ts";
import { kaimingNormal, zeros } from "../nn/init.ts";
import type { Initializer } from "../nn/initialize.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { BatchNorm2d } from "../nn/normalization/batch-norm.ts";
import { globalAvgPool } from "../nn/pooling/adaptive-pool.ts";
import { AvgPool2d } from "../nn/pooling/avg-pool.ts";
import { MaxPool2d } from "../nn/pooling/max-pool.ts";
import type { FieldNames } from "../nn/state-keys.ts";
import { concat, relu } from "../tensor/functions.ts";
import {
  requireOneOf,
  requireProbability,
  requireSizes,
  requireSome,
} from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

const weightInit: Initializer = (shape, options) =>
  kaimingNormal(shape, { ...options, nonlinearity: "relu" });
const none: Initializer = (shape, { dtype }) => zeros(shape, { dtype });

/** The maps before it, normalised: 1×1 down to a few times the growth, then 3×3 to the growth. */
class DenseLayer extends Module {
  readonly norm1: BatchNorm2d;
  readonly conv1: Conv2d;
  readonly norm2: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly dropped: number;

  constructor(inputs: number, growth: number, narrow: number, dropped: number) {
    super();
    this.norm1 = new BatchNorm2d(inputs);
    this.conv1 = new Conv2d(inputs, narrow * growth, 1, { bias: false, weightInit });
    this.norm2 = new BatchNorm2d(narrow * growth);
    this.conv2 = new Conv2d(narrow * growth, growth, 3, { padding: 1, bias: false, weightInit });
    this.dropped = dropped;
  }

  /** @param x  [batch, inputs, height, width] @returns [batch, growth, height, width] */
  forward(x: Tensor): Tensor {
    const narrow = this.conv1.forward(relu(this.norm1.forward(x)));
    const y = this.conv2.forward(relu(this.norm2.forward(narrow)));
    return dropout(y, this.dropped, { training: this.training });
  }
}

/** Layers that each see all before them: k₀ + l·growth maps behind l of them. */
class DenseBlock extends Module {
  /** denselayer1, denselayer2, … */
  readonly layers: Readonly<Record<string, DenseLayer>>;

  constructor(count: number, inputs: number, growth: number, narrow: number, dropped: number) {
    super();
    const layers: Record<string, DenseLayer> = {};
    for (let i = 0; i < count; i++) {
      layers[`denselayer${i + 1}`] = new DenseLayer(inputs + i * growth, growth, narrow, dropped);
    }
    this.layers = layers;
  }

  override get fieldNames(): FieldNames {
    return { layers: "" };
  }

  forward(x: Tensor): Tensor {
    let maps = x;
    for (const layer of Object.values(this.layers)) {
      maps = concat([maps, layer.forward(maps)], { axis: 1 });
    }
    return maps;
  }
}

/** Half as many maps, half as large. */
class Transition extends Module {
  readonly norm: BatchNorm2d;
  readonly conv: Conv2d;
  readonly pool: AvgPool2d = new AvgPool2d(2);

  constructor(inputs: number, maps: number) {
    super();
    this.norm = new BatchNorm2d(inputs);
    this.conv = new Conv2d(inputs, maps, 1, { bias: false, weightInit });
  }

  forward(x: Tensor): Tensor {
    return this.pool.forward(this.conv.forward(relu(this.norm.forward(x))));
  }
}

/** Options of DenseNet. */
export interface DenseNetOptions {
  /** Layers of each block. Default [6, 12, 24, 16]: DenseNet-121 */
  blocks?: readonly number[];
  /** k: maps that each layer adds. Default 32 */
  growth?: number;
  /** Maps before the first block. Default 64, twice the growth */
  maps?: number;
  /** The 1×1 convolution gives this many times the growth. Default 4 */
  narrow?: number;
  /** Share of each layer's results that is dropped: 0.2 where data is not augmented. Default 0 */
  dropout?: number;
  /** Before the blocks: 7×7 with stride 2 and pooling ("photograph", default), or 3×3 ("small") */
  stem?: "photograph" | "small";
  /** Default 1000, ImageNet's */
  classes?: number;
  /** Of the images. Default 3 */
  channels?: number;
}

/**
 * A classifier of images; ImageNet's are 224 × 224.
 *
 * @param options  blocks, growth, maps, narrow, dropout, stem, classes, channels
 * @cost    DenseNet-121: 5.7 GFLOP an image forwards; 7,978,856 numbers are trained
 * @source  Huang et al. 2017, table 1. arXiv:1608.06993
 * @example
 * new DenseNet({ blocks: [2, 2], growth: 4, maps: 8, stem: "small", classes: 10 }).forward(zeros([2, 3, 8, 8])).shape; // [2, 10]
 */
export class DenseNet extends Module {
  /** conv0, norm0, denseblock1, transition1, …, norm5 (for four blocks): in this order. */
  readonly features: Readonly<Record<string, Conv2d | BatchNorm2d | DenseBlock | Transition>>;
  readonly pool: MaxPool2d | undefined;
  readonly classifier: Linear;

  constructor(options: DenseNetOptions = {}) {
    super();
    const { blocks = [6, 12, 24, 16], growth = 32, maps = 64, narrow = 4 } = options;
    const { dropout: dropped = 0, stem = "photograph", classes = 1000, channels = 3 } = options;
    requireSizes("DenseNet", { blocks, growth, maps, narrow, classes, channels });
    requireSome("DenseNet", { blocks });
    requireProbability("DenseNet", { dropout: dropped });
    requireOneOf("DenseNet", { stem }, ["photograph", "small"]);
    const [size, stride] = stem === "small" ? [3, 1] : [7, 2];
    const padding = Math.floor(size / 2);
    const features: Record<string, Conv2d | BatchNorm2d | DenseBlock | Transition> = {
      conv0: new Conv2d(channels, maps, size, { stride, padding, bias: false, weightInit }),
      norm0: new BatchNorm2d(maps),
    };
    let inputs = maps;
    for (const [i, count] of blocks.entries()) {
      features[`denseblock${i + 1}`] = new DenseBlock(count, inputs, growth, narrow, dropped);
      inputs += count * growth;
      if (i === blocks.length - 1) break;
      const half = Math.floor(inputs / 2);
      features[`transition${i + 1}`] = new Transition(inputs, half);
      inputs = half;
    }
    features[`norm${blocks.length + 1}`] = new BatchNorm2d(inputs);
    this.features = features;
    this.pool = stem === "small" ? undefined : new MaxPool2d(3, { stride: 2, padding: 1 });
    this.classifier = new Linear(inputs, classes, { biasInit: none });
  }

  /** @param x  [batch, channels, height, width] @returns [batch, classes] logits */
  forward(x: Tensor): Tensor {
    const { conv0, norm0, ...rest } = this.features;
    let y = relu((norm0 as BatchNorm2d).forward((conv0 as Conv2d).forward(x)));
    if (this.pool !== undefined) y = this.pool.forward(y);
    for (const part of Object.values(rest)) y = part.forward(y);
    return this.classifier.forward(globalAvgPool(relu(y)));
  }
}

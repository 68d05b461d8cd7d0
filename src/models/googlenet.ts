// GoogLeNet, whole: nine inception modules, each four looks at its input side by side, with 1×1
// convolutions that first reduce the depth; global average pooling in place of wide layers; and, to
// train it, two small classifiers half-way.
// Szegedy et al. 2015, "Going Deeper with Convolutions", table 1. arXiv:1409.4842; seed 000 (GoogLeNet).

import { Conv2d } from "../nn/convolution/conv.ts";
import { Dropout } from "../nn/dropout.ts";
import { kaimingNormal, zeros } from "../nn/init.ts";
import type { Initializer } from "../nn/initialize.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { localResponseNorm } from "../nn/normalization/local-response-norm.ts";
import { AdaptiveAvgPool2d, globalAvgPool } from "../nn/pooling/adaptive-pool.ts";
import { MaxPool2d } from "../nn/pooling/max-pool.ts";
import { type Sequential, sequential } from "../nn/sequential.ts";
import { concat, relu } from "../tensor/functions.ts";
import { requireProbability, requireSizes, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Maps of a module's convolutions, in the columns of the paper's table 1. */
export interface InceptionMaps {
  /** #1×1 */
  readonly one: number;
  /** #3×3 reduce, #3×3 */
  readonly three: readonly [reduce: number, maps: number];
  /** #5×5 reduce, #5×5 */
  readonly five: readonly [reduce: number, maps: number];
  /** pool proj */
  readonly pool: number;
}

// Weights that keep the variance of rectified signals: twenty-two layers and no normalisation between.
const start: { weightInit: Initializer; biasInit: Initializer } = {
  weightInit: (shape, options) => kaimingNormal(shape, { ...options, nonlinearity: "relu" }),
  biasInit: (shape, { dtype }) => zeros(shape, { dtype }),
};

const convolution = (inputs: number, maps: number, size: number, stride = 1): Sequential =>
  sequential(
    new Conv2d(inputs, maps, size, { stride, padding: Math.floor(size / 2), ...start }),
    relu,
  );

/**
 * 1×1, 1×1 → 3×3, 1×1 → 5×5 and pool → 1×1 side by side, concatenated along the channels.
 *
 * @source  Szegedy et al. 2015, fig. 2(b). arXiv:1409.4842; seed 000 (GoogLeNet)
 * @example
 * new Inception(8, { one: 2, three: [3, 4], five: [1, 2], pool: 1 }).forward(zeros([1, 8, 5, 5])).shape; // [1, 9, 5, 5]
 */
export class Inception extends Module {
  readonly branch1: Sequential;
  readonly branch2: Sequential;
  readonly branch3: Sequential;
  readonly branch4: Sequential;
  /** The sum of the branches' maps. */
  readonly maps: number;

  constructor(inputs: number, { one, three, five, pool }: InceptionMaps) {
    super();
    requireSizes("Inception", { inputs, one, three, five, pool });
    this.branch1 = convolution(inputs, one, 1);
    this.branch2 = sequential(convolution(inputs, three[0], 1), convolution(three[0], three[1], 3));
    this.branch3 = sequential(convolution(inputs, five[0], 1), convolution(five[0], five[1], 5));
    this.branch4 = sequential(
      new MaxPool2d(3, { stride: 1, padding: 1 }),
      convolution(inputs, pool, 1),
    );
    this.maps = one + three[1] + five[1] + pool;
  }

  /** @param x  [batch, inputs, height, width] @returns [batch, maps, height, width] */
  forward(x: Tensor): Tensor {
    const branches = [this.branch1, this.branch2, this.branch3, this.branch4];
    return concat(
      branches.map((branch) => branch.forward(x)),
      { axis: 1 },
    );
  }
}

/** The nine modules, and where the maps are halved first. */
const table: readonly (InceptionMaps & { readonly halved?: boolean })[] = [
  { one: 64, three: [96, 128], five: [16, 32], pool: 32 }, // 3a
  { one: 128, three: [128, 192], five: [32, 96], pool: 64 }, // 3b
  { one: 192, three: [96, 208], five: [16, 48], pool: 64, halved: true }, // 4a
  { one: 160, three: [112, 224], five: [24, 64], pool: 64 }, // 4b
  { one: 128, three: [128, 256], five: [24, 64], pool: 64 }, // 4c
  { one: 112, three: [144, 288], five: [32, 64], pool: 64 }, // 4d
  { one: 256, three: [160, 320], five: [32, 128], pool: 128 }, // 4e
  { one: 256, three: [160, 320], five: [32, 128], pool: 128, halved: true }, // 5a
  { one: 384, three: [192, 384], five: [48, 128], pool: 128 }, // 5b
];
/** Modules behind which the small classifiers stand: 4a and 4d. */
const classified = [2, 5];

/** Options of GoogLeNet. */
export interface GoogLeNetOptions {
  /** Default 1000, ImageNet's */
  classes?: number;
  /** Of the images. Default 3 */
  channels?: number;
  /** A factor of all maps, for small versions; at least one map stays. Default 1 */
  width?: number;
  /** Share of what the classifier sees that is dropped. Default 0.4 */
  dropout?: number;
  /** Whether the two classifiers half-way are there. Default false: they are for training only */
  auxiliary?: boolean;
}

/** Logits of all classifiers: [batch, classes] each. */
export interface GoogLeNetLogits {
  readonly logits: Tensor;
  /** Of those half-way; add their losses times 0.3 (§5). */
  readonly auxiliary: readonly Tensor[];
}

/**
 * A classifier of images of 224 × 224 pixels; others work down to 32 × 32.
 *
 * @param options  classes, channels, width, dropout, auxiliary
 * @cost    3.2 GFLOP an image forwards; 6,998,552 numbers are trained, and 6,379,728 more half-way
 * @source  Szegedy et al. 2015, table 1. arXiv:1409.4842
 * @example
 * new GoogLeNet({ width: 1 / 16, classes: 5 }).forward(zeros([1, 3, 32, 32])).shape; // [1, 5]
 */
export class GoogLeNet extends Module {
  readonly stem: Sequential;
  readonly inceptions: readonly Inception[];
  readonly auxiliary: readonly Sequential[];
  readonly dropout: Dropout;
  readonly fc: Linear;

  constructor(options: GoogLeNetOptions = {}) {
    super();
    const { classes = 1000, channels = 3, width = 1, dropout = 0.4, auxiliary = false } = options;
    requireSizes("GoogLeNet", { classes, channels });
    requireWithin("GoogLeNet", { width }, { from: 0, open: "from" });
    requireProbability("GoogLeNet", { dropout });
    const maps = (n: number): number => Math.max(1, Math.round(n * width));
    const damped = (x: Tensor): Tensor => localResponseNorm(x);
    this.stem = sequential(
      ...[convolution(channels, maps(64), 7, 2), halving(), damped], // [batch, 64, 56, 56]
      convolution(maps(64), maps(64), 1),
      ...[convolution(maps(64), maps(192), 3), damped, halving()], // [batch, 192, 28, 28]
    );
    let inputs = maps(192);
    const behind: number[] = [];
    this.inceptions = table.map(({ one, three, five, pool }) => {
      const module = new Inception(inputs, {
        one: maps(one),
        three: [maps(three[0]), maps(three[1])],
        five: [maps(five[0]), maps(five[1])],
        pool: maps(pool),
      });
      inputs = module.maps;
      behind.push(inputs);
      return module;
    });
    this.auxiliary = auxiliary
      ? classified.map((i) => halfway(behind[i] as number, maps(128), maps(1024), classes))
      : [];
    this.dropout = new Dropout(dropout);
    this.fc = new Linear(inputs, classes, start);
  }

  /** @param x  [batch, channels, 224, 224] @returns [batch, classes] logits */
  forward(x: Tensor): Tensor {
    return this.classify(x).logits;
  }

  /** The logits of all classifiers; those half-way are there with the option `auxiliary`. */
  classify(x: Tensor): GoogLeNetLogits {
    let y = this.stem.forward(x); // [batch, 192, 28, 28]
    const auxiliary: Tensor[] = [];
    for (const [i, module] of this.inceptions.entries()) {
      if (table[i]?.halved) y = halving().forward(y);
      y = module.forward(y);
      const side = this.auxiliary[classified.indexOf(i)];
      if (side !== undefined) auxiliary.push(side.forward(y));
    }
    const seen = this.dropout.forward(globalAvgPool(y)); // [batch, 1024]
    return { logits: this.fc.forward(seen), auxiliary };
  }
}

/** 3×3 with steps of 2; a window that begins inside may reach over the edge, so that 112 gives 56. */
const halving = (): MaxPool2d => new MaxPool2d(3, { stride: 2, ceilMode: true });

/** A classifier half-way (§5): pooled to 4×4, 1×1, a hidden layer, strong dropout. */
const halfway = (inputs: number, maps: number, hidden: number, classes: number): Sequential =>
  sequential(
    ...[new AdaptiveAvgPool2d(4), convolution(inputs, maps, 1), (x: Tensor) => x.flatten(1)],
    ...[new Linear(maps * 4 * 4, hidden, start), relu, new Dropout(0.7)],
    new Linear(hidden, classes, start),
  );

// U-Net, whole: a contracting path that sees much and an expanding path that says where, with the maps
// of the first concatenated to those of the second at each level. Its result is a picture of classes.
// Ronneberger, Fischer and Brox 2015, "U-Net: Convolutional Networks for Biomedical Image
// Segmentation", fig. 1. arXiv:1505.04597; seed 003 §Short Connectivity.

import { ShapeError } from "../ir/errors.ts";
import { Conv2d } from "../nn/convolution/conv.ts";
import { ConvTranspose2d } from "../nn/convolution/conv-transpose.ts";
import { Dropout } from "../nn/dropout.ts";
import { kaimingNormal, zeros } from "../nn/init.ts";
import type { Initializer } from "../nn/initialize.ts";
import { Module } from "../nn/module.ts";
import { MaxPool2d } from "../nn/pooling/max-pool.ts";
import { type Sequential, sequential } from "../nn/sequential.ts";
import { showShape } from "../nn/shape.ts";
import { concat, relu } from "../tensor/functions.ts";
import { requireOneOf, requireProbability, requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of UNet. */
export interface UNetOptions {
  /** Classes of a pixel. Default 2: cell and background */
  classes?: number;
  /** Of the images. Default 1 */
  channels?: number;
  /** Maps of the first level; twice as many at each below. Default 64 */
  width?: number;
  /** Levels at which the size is halved. Default 4 */
  depth?: number;
  /**
   * "valid", default: results are of pixels whose surroundings were seen, 388 × 388 of 572 × 572, and
   * large pictures go in tiles; "same": as large as the picture, with zeros around it
   */
  padding?: "valid" | "same";
  /** Share of the deepest maps that is dropped (§3.1). Default 0.5 */
  dropout?: number;
}

// Normal with deviation √(2/N), N the numbers that go into a unit (§3).
const weightInit: Initializer = (shape, options) =>
  kaimingNormal(shape, { ...options, nonlinearity: "relu" });
const biasInit: Initializer = (shape, { dtype }) => zeros(shape, { dtype });

/**
 * A segmentation of images: for each pixel the logits of its classes.
 *
 * @param options  classes, channels, width, depth, padding, dropout
 * @cost    31,030,658 numbers are trained; with "valid", 572 × 572 pixels take 335 GFLOP forwards
 * @source  Ronneberger et al. 2015, fig. 1. arXiv:1505.04597
 * @example
 * new UNet({ width: 2, depth: 2, padding: "same" }).forward(zeros([1, 1, 8, 12])).shape; // [1, 2, 8, 12]
 */
export class UNet extends Module {
  /** Two convolutions a level, from the top down. */
  readonly down: readonly Sequential[];
  /** The two at the bottom. */
  readonly bottom: Sequential;
  /** Up-convolutions 2×2, from the bottom up. */
  readonly up: readonly ConvTranspose2d[];
  /** Two convolutions a level, of the maps beside those from below, from the bottom up. */
  readonly merge: readonly Sequential[];
  readonly head: Conv2d;
  readonly pool: MaxPool2d = new MaxPool2d(2);
  readonly dropout: Dropout;
  readonly padding: "valid" | "same";

  constructor(options: UNetOptions = {}) {
    super();
    const { classes = 2, channels = 1, width = 64, depth = 4, padding = "valid" } = options;
    requireSizes("UNet", { classes, channels, width, depth });
    requireProbability("UNet", { dropout: options.dropout ?? 0.5 });
    requireOneOf("UNet", { padding }, ["valid", "same"]);
    const twice = (inputs: number, maps: number): Sequential =>
      sequential(
        ...[new Conv2d(inputs, maps, 3, { padding, weightInit, biasInit }), relu],
        ...[new Conv2d(maps, maps, 3, { padding, weightInit, biasInit }), relu],
      );
    const maps = Array.from({ length: depth + 1 }, (_, level) => width * 2 ** level);
    const at = (level: number): number => (level < 0 ? channels : (maps[level] as number));
    const levels = Array.from({ length: depth }, (_, level) => level);
    this.down = levels.map((level) => twice(at(level - 1), at(level)));
    this.bottom = twice(at(depth - 1), at(depth));
    const upwards = [...levels].reverse();
    this.up = upwards.map(
      (level) =>
        new ConvTranspose2d(at(level + 1), at(level), 2, { stride: 2, weightInit, biasInit }),
    );
    this.merge = upwards.map((level) => twice(2 * at(level), at(level)));
    this.head = new Conv2d(width, classes, 1, { weightInit, biasInit });
    this.dropout = new Dropout(options.dropout ?? 0.5);
    this.padding = padding;
  }

  /**
   * @param x  [batch, channels, height, width]; sizes at each level must be even
   * @returns  [batch, classes, height, width] logits, smaller by the borders if padding is "valid"
   * @throws ShapeError  a size at some level cannot be halved
   */
  forward(x: Tensor): Tensor {
    const beside: Tensor[] = [];
    let y = x;
    for (const [level, step] of this.down.entries()) {
      y = step.forward(y);
      if (y.shape.slice(2).some((size) => size % 2 !== 0)) {
        throw new ShapeError(
          `UNet: ${showShape(x.shape.slice(2))} pixels leave ${showShape(y.shape.slice(2))} at level ${level}, which cannot be halved; ${
            this.padding === "same"
              ? `sizes must be multiples of ${2 ** this.down.length}`
              : "572 can, and so can sizes that differ from it by multiples of 16 (four levels)"
          }`,
        );
      }
      beside.push(y);
      y = this.pool.forward(y);
    }
    y = this.dropout.forward(this.bottom.forward(y));
    for (const [i, up] of this.up.entries()) {
      const risen = up.forward(y); // [batch, maps, 2·height, 2·width]
      const kept = cropped(beside.pop() as Tensor, risen.shape.slice(2));
      y = (this.merge[i] as Sequential).forward(concat([kept, risen], { axis: 1 }));
    }
    return this.head.forward(y);
  }
}

/** The middle of maps, of the size asked for. */
function cropped(x: Tensor, [height, width]: readonly number[]): Tensor {
  let y = x;
  for (const [axis, size] of [
    [2, height as number],
    [3, width as number],
  ] as const) {
    const start = Math.floor(((x.shape[axis] as number) - size) / 2);
    y = y.slice(start, start + size, { axis });
  }
  return y;
}

// Shuffles: channels as places and back, and channels of several groups mixed. Nothing is computed;
// the numbers of one axis are read in another order.

import { ShapeError } from "../../ir/errors.ts";
import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";

/** [leading axes, channels, height, width] of an image. */
function partsOf(layer: string, x: Tensor): [number[], number, number, number] {
  if (x.rank < 3) {
    throw new ShapeError(
      `${layer}: the input must be [..., channels, height, width], not ${showShape(x.shape)}`,
    );
  }
  const [channels, height, width] = x.shape.slice(-3) as [number, number, number];
  return [x.shape.slice(0, -3), channels, height, width];
}

/**
 * y[c, h·r + i, w·r + j] = x[c·r² + i·r + j, h, w]: r² channels as the pixels of a larger image.
 *
 * @source  Shi et al. 2016, Real-Time Single Image and Video Super-Resolution Using an Efficient
 *   Sub-Pixel Convolutional Neural Network, eq. (4). arXiv:1609.05158
 * @example
 * new PixelShuffle(2).forward(tensor([[[1]], [[2]], [[3]], [[4]]])); // [[[1, 2], [3, 4]]]
 */
export class PixelShuffle extends Module {
  /** r */
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    requireSizes("PixelShuffle", { upscaleFactor });
    this.upscaleFactor = upscaleFactor;
  }

  /**
   * @param x  [..., channels·r², height, width]
   * @returns  [..., channels, height·r, width·r]
   * @throws ShapeError  the channels are not a multiple of r²
   */
  forward(x: Tensor): Tensor {
    const [leading, channels, height, width] = partsOf("PixelShuffle", x);
    const r = this.upscaleFactor;
    if (channels % r ** 2 !== 0) {
      throw new ShapeError(
        `PixelShuffle: ${channels} channels of ${showShape(x.shape)} are no multiple of ${r}² = ${r ** 2}`,
      );
    }
    const n = leading.length;
    return x
      .reshape([...leading, channels / r ** 2, r, r, height, width])
      .permute([...leading.keys(), n, n + 3, n + 1, n + 4, n + 2])
      .reshape([...leading, channels / r ** 2, height * r, width * r]);
  }
}

/**
 * PixelShuffle undone: blocks of r × r pixels as channels.
 *
 * @example
 * new PixelUnshuffle(2).forward(tensor([[[1, 2], [3, 4]]])); // [[[1]], [[2]], [[3]], [[4]]]
 */
export class PixelUnshuffle extends Module {
  /** r */
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    requireSizes("PixelUnshuffle", { downscaleFactor });
    this.downscaleFactor = downscaleFactor;
  }

  /**
   * @param x  [..., channels, height·r, width·r]
   * @returns  [..., channels·r², height, width]
   * @throws ShapeError  a side is not a multiple of r
   */
  forward(x: Tensor): Tensor {
    const [leading, channels, height, width] = partsOf("PixelUnshuffle", x);
    const r = this.downscaleFactor;
    if (height % r !== 0 || width % r !== 0) {
      throw new ShapeError(
        `PixelUnshuffle: the sides of ${showShape(x.shape)} are no multiples of ${r}`,
      );
    }
    const n = leading.length;
    return x
      .reshape([...leading, channels, height / r, r, width / r, r])
      .permute([...leading.keys(), n, n + 2, n + 4, n + 1, n + 3])
      .reshape([...leading, channels * r ** 2, height / r, width / r]);
  }
}

/**
 * Channels of g groups dealt out in turn, so that grouped convolutions before and after mix them.
 *
 * @source  Zhang et al. 2018, ShuffleNet, §3.1. arXiv:1707.01083
 * @example
 * new ChannelShuffle(2).forward(tensor([[[1], [2], [3], [4]]])); // [[[1], [3], [2], [4]]]
 */
export class ChannelShuffle extends Module {
  readonly groups: number;

  constructor(groups: number) {
    super();
    requireSizes("ChannelShuffle", { groups });
    this.groups = groups;
  }

  /**
   * @param x  [batch, channels, ...places]
   * @throws ShapeError  the channels cannot be cut into the groups
   */
  forward(x: Tensor): Tensor {
    const { groups } = this;
    const channels = x.shape[1] ?? 0;
    if (x.rank < 2 || channels % groups !== 0) {
      throw new ShapeError(
        `ChannelShuffle: the input must be [batch, channels, ...places] with channels in ${groups} groups, not ${showShape(x.shape)}`,
      );
    }
    return x
      .unflatten(1, [groups, channels / groups])
      .swapAxes(1, 2)
      .flatten(1, 2);
  }
}

// Tasks made of images without labels: where does one patch lie, seen from another, and what colours
// has a grey picture? To answer, a network has to learn what things look like; its features then help
// where labels are few.

import { ShapeError } from "../ir/errors.ts";
import { concat, stack } from "../tensor/functions.ts";
import type { Generator } from "../tensor/generator.ts";
import { randint } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Two patches of each image, and which of the eight neighbours the second is. */
export interface PatchPairs {
  /** The patch in the middle: [batch, (channels,) patch, patch]. */
  readonly middle: Tensor;
  /** One of those around it: of the same shape. */
  readonly neighbour: Tensor;
  /** i32 [batch], 0 … 7: row by row from the upper left, without the middle. */
  readonly position: Tensor;
}

/**
 * Pairs of patches out of a grid of three by three.
 *
 * @param images   [batch, (channels,) height, width], height and width multiples of 3
 * @param options  generator. Default the stream that seed() sets
 * @throws ShapeError  the images cannot be cut into three by three
 * @source  seed 003 §Semi-supervised learning; Doersch, Gupta and Efros 2015, Unsupervised Visual
 *   Representation Learning by Context Prediction. arXiv:1505.05192
 * @example
 * patchPairs(ones([4, 27, 27])).neighbour.shape; // [4, 9, 9]
 */
export function patchPairs(
  images: Tensor,
  { generator }: { generator?: Generator } = {},
): PatchPairs {
  const [height, width] = images.shape.slice(-2) as [number, number];
  if ((images.rank !== 3 && images.rank !== 4) || height % 3 !== 0 || width % 3 !== 0) {
    throw new ShapeError(
      `patchPairs: images must be [batch, (channels,) height, width] with height and width multiples of 3, not [${images.shape.join(", ")}]`,
    );
  }
  const [batch, ...channels] = images.shape.slice(0, -2) as [number, ...number[]];
  const [h, w] = [height / 3, width / 3];
  const patch = (place: number): Tensor => {
    const [top, left] = [Math.floor(place / 3) * h, (place % 3) * w];
    return images.at("...", `${top}:${top + h}`, `${left}:${left + w}`);
  };
  const around = stack([0, 1, 2, 3, 5, 6, 7, 8].map(patch), { axis: 1 });
  const position = randint([batch], { high: 8, generator });
  const index = position
    .reshape([batch, 1, ...channels.map(() => 1), 1, 1])
    .expand([batch, 1, ...channels, h, w]);
  return {
    middle: patch(4),
    neighbour: around.gather(index, { axis: 1 }).squeeze(1),
    position,
  };
}

/** Pictures without their colours, and the colours. */
export interface GreyPairs {
  /** Y: [batch, 1, height, width]. */
  readonly grey: Tensor;
  /** B − Y and R − Y: [batch, 2, height, width]; 0 where a picture is grey. */
  readonly colours: Tensor;
}

const [redShare, greenShare, blueShare] = [0.299, 0.587, 0.114];

/**
 * Y = 0.299·R + 0.587·G + 0.114·B, and what Y does not say: B − Y and R − Y, to be told from Y.
 *
 * @param images  [batch, 3, height, width]: red, green, blue
 * @throws ShapeError  there are not three channels
 * @source  seed 003 §Semi-supervised learning; Zhang, Isola and Efros 2016, Colorful Image Colorization.
 *   arXiv:1603.08511; the brightness of ITU-R BT.601, §2.5.1
 * @example
 * greyPairs(ones([4, 3, 8, 8])).colours.shape; // [4, 2, 8, 8]
 */
export function greyPairs(images: Tensor): GreyPairs {
  if (images.rank !== 4 || images.shape[1] !== 3) {
    throw new ShapeError(
      `greyPairs: images must be [batch, 3, height, width], not [${images.shape.join(", ")}]`,
    );
  }
  const [red, green, blue] = images.chunk(3, { axis: 1 }) as [Tensor, Tensor, Tensor];
  const grey = red.mul(redShare).add(green.mul(greenShare)).add(blue.mul(blueShare));
  return { grey, colours: concat([blue.sub(grey), red.sub(grey)], { axis: 1 }) };
}

/**
 * The picture that has this brightness and these colours: greyPairs undone.
 *
 * @param pair  grey [batch, 1, height, width]; colours [batch, 2, height, width]
 * @returns     [batch, 3, height, width]
 * @throws ShapeError  the shapes do not fit
 * @example
 * colouredImages(greyPairs(ones([1, 3, 2, 2]))).shape; // [1, 3, 2, 2]
 */
export function colouredImages({ grey, colours }: GreyPairs): Tensor {
  const [batch, one, ...places] = grey.shape;
  const expected = [batch, 2, ...places];
  if (grey.rank !== 4 || one !== 1 || expected.some((size, i) => size !== colours.shape[i])) {
    throw new ShapeError(
      `colouredImages: grey must be [batch, 1, height, width] and colours [batch, 2, height, width], not [${grey.shape.join(", ")}] and [${colours.shape.join(", ")}]`,
    );
  }
  const [ofBlue, ofRed] = colours.chunk(2, { axis: 1 }) as [Tensor, Tensor];
  const ofGreen = ofRed.mul(-redShare / greenShare).sub(ofBlue.mul(blueShare / greenShare));
  return concat([ofRed, ofGreen, ofBlue], { axis: 1 }).add(grey);
}

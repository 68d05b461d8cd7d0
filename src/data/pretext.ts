// A task made of images without labels: where does one patch lie, seen from another? To answer, a
// network has to learn what things look like; its features then help where labels are few.

import { ShapeError } from "../ir/errors.ts";
import { stack } from "../tensor/functions.ts";
import type { Generator } from "../tensor/generator.ts";
import { randint } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Two patches of each image, and which of the eight neighbours the second is. */
export interface PatchPairs {
  /** The patch in the middle: [batch, patch, patch]. */
  readonly middle: Tensor;
  /** One of those around it: [batch, patch, patch]. */
  readonly neighbour: Tensor;
  /** i32 [batch], 0 … 7: row by row from the upper left, without the middle. */
  readonly position: Tensor;
}

/**
 * Pairs of patches out of a grid of three by three.
 *
 * @param images   [batch, height, width], each side a multiple of 3
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
  const [batch, height, width] = images.shape as [number, number, number];
  if (images.rank !== 3 || height % 3 !== 0 || width % 3 !== 0) {
    throw new ShapeError(
      `patchPairs: images must be [batch, height, width] with sides that are multiples of 3, not [${images.shape.join(", ")}]`,
    );
  }
  const [h, w] = [height / 3, width / 3];
  const grid = images
    .reshape([batch, 3, h, 3, w])
    .permute([0, 1, 3, 2, 4])
    .reshape([batch, 9, h, w]);
  const around = stack(
    [0, 1, 2, 3, 5, 6, 7, 8].map((i) => grid.at(":", i)),
    { axis: 1 },
  );
  const position = randint([batch], { high: 8, generator });
  const index = position.reshape([batch, 1, 1, 1]).expand([batch, 1, h, w]);
  return {
    middle: grid.at(":", 4),
    neighbour: around.gather(index, { axis: 1 }).squeeze(1),
    position,
  };
}

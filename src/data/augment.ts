// Augmentation: images as they might have been, with the labels that they have. All images of a batch
// are changed at once, each in its own way, by tensor operations: a geometric change is one reading of
// the image at moved places. The random numbers come from a generator, so a seed repeats them.

import { ArgumentError, ShapeError } from "../ir/errors.ts";
import { arange, full } from "../tensor/create.ts";
import { stack } from "../tensor/functions.ts";
import { defaultGenerator, type Generator } from "../tensor/generator.ts";
import { bernoulli, randn, uniform } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of augment. */
export interface AugmentOptions {
  /** Largest angle either way, in radians. Default 0 */
  rotate?: number;
  /** Largest move either way along each axis, in pixels. Default 0 */
  shift?: number;
  /** Range of the size, 1 as it is. Default [1, 1] */
  scale?: readonly [smallest: number, largest: number];
  /** Whether half of the images are reflected left to right. Default false */
  flip?: boolean;
  /** Bends: strength α in pixels, over distances of σ pixels. Default none */
  elastic?: { readonly strength: number; readonly smoothness: number };
  /** Height and width of a window of each image, at a random place. Default: the whole */
  crop?: readonly [height: number, width: number];
  /** Standard deviation of shifts along the principal components of the colours. Default 0 */
  colour?: number;
  /** The stream to draw from. Default the one that seed() sets */
  generator?: Generator;
}

/** [batch, channels, height, width] of a batch with or without channels, and the way back. */
function planes(operation: string, images: Tensor): [Tensor, (made: Tensor) => Tensor] {
  if (images.rank === 4) return [images, (made) => made];
  if (images.rank === 3) return [images.unsqueeze(1), (made) => made.squeeze(1)];
  throw new ShapeError(
    `${operation}: images must be [batch, height, width] or [batch, channels, height, width], not [${images.shape.join(", ")}]`,
  );
}

/**
 * Images read at other places, between pixels bilinearly; outside an image there is 0.
 *
 * @param images  [batch, height, width] or [batch, channels, height, width], floating
 * @param places  [batch, 2, out height, out width]: row and column to read, in pixels
 * @returns       the images at these places
 * @throws ShapeError  places are not [batch, 2, height, width]
 * @cost    four readings a pixel
 * @example
 * warp(tensor([[[1, 2], [3, 5]]]), tensor([[[[0.5]], [[1]]]])); // [[[3.5]]]
 */
export function warp(images: Tensor, places: Tensor): Tensor {
  const [x, back] = planes("warp", images);
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const [count, two, outHeight, outWidth] = places.shape as [number, number, number, number];
  if (places.rank !== 4 || count !== batch || two !== 2) {
    throw new ShapeError(
      `warp: places must be [${batch}, 2, height, width], not [${places.shape.join(", ")}]`,
    );
  }
  const flat = x.reshape([batch, channels, height * width]);
  const [row, column] = [places.at(":", 0), places.at(":", 1)]; // [batch, out height, out width]
  const [top, left] = [row.floor(), column.floor()];
  const [down, right] = [row.sub(top), column.sub(left)];
  const corner = (r: Tensor, c: Tensor, share: Tensor): Tensor => {
    const inside = r
      .greaterEqual(0)
      .logicalAnd(r.less(height))
      .logicalAnd(c.greaterEqual(0))
      .logicalAnd(c.less(width));
    const place = r
      .clamp(0, height - 1)
      .mul(width)
      .add(c.clamp(0, width - 1))
      .cast("i32");
    const index = place.reshape([batch, 1, -1]).expand([batch, channels, outHeight * outWidth]);
    const weight = share.where(inside, 0).reshape([batch, 1, -1]);
    return flat.gather(index, { axis: 2 }).mul(weight.cast(x.dtype));
  };
  const [up, leftwards] = [down.neg().add(1), right.neg().add(1)];
  const sum = corner(top, left, up.mul(leftwards))
    .add(corner(top, left.add(1), up.mul(right)))
    .add(corner(top.add(1), left, down.mul(leftwards)))
    .add(corner(top.add(1), left.add(1), down.mul(right)));
  return back(sum.reshape([batch, channels, outHeight, outWidth]));
}

/** The places of all pixels as they are: [1, 2, height, width]. */
function pixelPlaces(height: number, width: number): Tensor {
  const line = (size: number): Tensor => arange(size, undefined, { dtype: "f32" });
  const rows = line(height).unsqueeze(1).expand([height, width]);
  const columns = line(width).unsqueeze(0).expand([height, width]);
  return stack([rows, columns]).unsqueeze(0);
}

/**
 * Images turned, moved and resized about their middle.
 *
 * @param images   [batch, (channels,) height, width], floating
 * @param options  angle in radians, counter-clockwise as seen; rows and columns of the move, in pixels
 *   down and right; scale. Numbers, or [batch]
 * @example
 * transformImages(tensor([[[1, 2], [3, 4]]]), { columns: 1 }); // [[[0, 1], [0, 3]]]
 */
export function transformImages(
  images: Tensor,
  {
    angle = 0,
    rows = 0,
    columns = 0,
    scale = 1,
  }: {
    angle?: number | Tensor;
    rows?: number | Tensor;
    columns?: number | Tensor;
    scale?: number | Tensor;
  },
): Tensor {
  return warp(images, movedPlaces(images, { angle, rows, columns, scale }));
}

interface Move {
  readonly angle: number | Tensor;
  readonly rows: number | Tensor;
  readonly columns: number | Tensor;
  readonly scale: number | Tensor;
}

function movedPlaces(images: Tensor, { angle, rows, columns, scale }: Move): Tensor {
  const [x] = planes("transformImages", images);
  const [batch, , height, width] = x.shape as [number, number, number, number];
  const each = (value: number | Tensor): Tensor =>
    typeof value === "number" ? full([batch, 1, 1], value) : value.reshape([batch, 1, 1]);
  const places = pixelPlaces(height, width);
  const [middleRow, middleColumn] = [(height - 1) / 2, (width - 1) / 2];
  const r = places.at(0, 0).unsqueeze(0).sub(each(rows)).sub(middleRow);
  const c = places.at(0, 1).unsqueeze(0).sub(each(columns)).sub(middleColumn);
  const [cos, sin] = [each(angle).cos().div(each(scale)), each(angle).sin().div(each(scale))];
  // Where the pixel comes from: the way back.
  const fromRow = r.mul(cos).add(c.mul(sin)).add(middleRow);
  const fromColumn = c.mul(cos).sub(r.mul(sin)).add(middleColumn);
  return stack([fromRow, fromColumn], { axis: 1 });
}

/**
 * A window of each image.
 *
 * @param images   [batch, (channels,) height, width]
 * @param options  size: height and width of the window; generator: windows at random places. Default:
 *   the middle
 * @throws ShapeError  the window is larger than the images
 * @example
 * cropImages(tensor([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]), { size: [1, 3] }); // [[[4, 5, 6]]]
 */
export function cropImages(
  images: Tensor,
  { size, generator }: { size: readonly [height: number, width: number]; generator?: Generator },
): Tensor {
  const [x, back] = planes("cropImages", images);
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const [cropHeight, cropWidth] = size;
  if (!(cropHeight >= 1 && cropHeight <= height && cropWidth >= 1 && cropWidth <= width)) {
    throw new ShapeError(
      `cropImages: a window of [${size.join(", ")}] does not fit into images of [${height}, ${width}]`,
    );
  }
  const start = (room: number): Tensor =>
    generator === undefined
      ? full([batch], Math.floor(room / 2), { dtype: "i32" })
      : uniform([batch], { high: room + 1, generator })
          .floor()
          .clamp(0, room)
          .cast("i32");
  const line = (first: Tensor, length: number): Tensor =>
    first.unsqueeze(1).add(arange(length, undefined, { dtype: "i32" })); // [batch, length]
  const rows = line(start(height - cropHeight), cropHeight).reshape([batch, 1, cropHeight, 1]);
  const columns = line(start(width - cropWidth), cropWidth).reshape([batch, 1, 1, cropWidth]);
  const tall = x.gather(rows.expand([batch, channels, cropHeight, width]), { axis: 2 });
  return back(tall.gather(columns.expand([batch, channels, cropHeight, cropWidth]), { axis: 3 }));
}

/**
 * Images of another size, read between pixels, corner to corner.
 *
 * @param images  [batch, (channels,) height, width], floating
 * @param size    [height, width] of the result
 * @example
 * resizeImages(tensor([[[0, 2]]]), [1, 3]); // [[[0, 1, 2]]]
 */
export function resizeImages(images: Tensor, size: readonly [number, number]): Tensor {
  const [x] = planes("resizeImages", images);
  const [batch, , height, width] = x.shape as [number, number, number, number];
  if (!size.every((side) => Number.isInteger(side) && side >= 1)) {
    throw new ShapeError(
      `resizeImages: sides must be whole numbers from 1, not [${size.join(", ")}]`,
    );
  }
  const along = (from: number, to: number): number => (to === 1 ? 0 : (from - 1) / (to - 1));
  const places = pixelPlaces(...size);
  const read = stack([
    places.at(0, 0).mul(along(height, size[0])),
    places.at(0, 1).mul(along(width, size[1])),
  ]);
  return warp(images, read.unsqueeze(0).expand([batch, 2, ...size]));
}

/**
 * Images reflected left to right, or those for which `which` [batch] is true.
 *
 * @example
 * flipImages(tensor([[[1, 2, 3]]])); // [[[3, 2, 1]]]
 */
export function flipImages(images: Tensor, which?: Tensor): Tensor {
  const flipped = images.flip(-1);
  if (which === undefined) return flipped;
  return flipped.where(which.reshape([-1, ...images.shape.slice(1).map(() => 1)]), images);
}

/**
 * Displacements that bend smoothly: white noise under a Gaussian of width σ, times α.
 *
 * @param options  strength α, in pixels; smoothness σ, in pixels; generator
 * @returns  [batch, 2, height, width], pixels
 * @throws ArgumentError  smoothness is not above 0
 * @cost     O(batch·height·width·(height + width))
 * @source Simard, Steinkraus and Platt 2003, Best Practices for Convolutional Neural Networks Applied to
 *   Visual Document Analysis, §2
 * @example
 * elasticField([4, 28, 28], { strength: 1.5, smoothness: 4 }).shape; // [4, 2, 28, 28]
 */
export function elasticField(
  [batch, height, width]: readonly [number, number, number],
  {
    strength,
    smoothness,
    generator,
  }: { strength: number; smoothness: number; generator?: Generator },
): Tensor {
  if (!(smoothness > 0)) {
    throw new ArgumentError(`elasticField: smoothness must be above 0, not ${smoothness}`);
  }
  const blur = (size: number): Tensor => {
    const place = arange(size, undefined, { dtype: "f32" });
    const weights = place.unsqueeze(1).sub(place).div(smoothness).square().mul(-0.5).exp();
    // Rows with Σ w² = 1 keep the variance of the noise.
    return weights.div(weights.square().sum({ axis: 1, keepDims: true }).sqrt());
  };
  const noise = randn([batch, 2, height, width], { generator });
  return blur(height).matmul(noise).matmul(blur(width).T).mul(strength);
}

/**
 * Shifts of all pixels of an image along the principal components of its batch's colours: P·(α ⊙ λ),
 * α ∼ N(0, σ²). Drawn as σ·C·n with C the covariance, which has the same distribution.
 *
 * @param images   [batch, channels, height, width], floating
 * @param options  std σ, 0.1 in the paper; generator
 * @returns        like the images
 * @throws ShapeError  the images are no batch
 * @source Krizhevsky, Sutskever and Hinton 2012, ImageNet Classification, §4.1; seed 003 §Data
 *   Augmentation
 * @example
 * shiftColours(ones([2, 3, 4, 4])).shape; // [2, 3, 4, 4]
 */
export function shiftColours(
  images: Tensor,
  { std = 0.1, generator }: { std?: number; generator?: Generator } = {},
): Tensor {
  const [x, back] = planes("shiftColours", images);
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const pixels = x.moveAxis(1, 3).reshape([-1, channels]);
  const centred = pixels.sub(pixels.mean({ axis: 0, keepDims: true }));
  const covariance = centred.T.matmul(centred).div(batch * height * width);
  const drawn = randn([batch, channels], { generator }).mul(std).cast(x.dtype);
  return back(x.add(drawn.matmul(covariance).reshape([batch, channels, 1, 1])));
}

/**
 * A batch as it might have been: each image reflected, turned, moved, resized, bent, cropped and coloured
 * in its own way. Labels stay what they are.
 *
 * @param images   [batch, (channels,) height, width], floating
 * @param options  rotate, shift, scale, flip, elastic, crop, colour; generator
 * @returns        like the images, or their windows
 * @throws ArgumentError  a range is none
 * @throws ShapeError  the images are no batch, or the window is larger than they are
 * @cost    one reading at moved places, whatever is asked for; compiled, one program a batch
 * @source  seeds 000 §Regularization ii) and 003 §Data Augmentation
 * @example
 * augment(ones([8, 28, 28]), { rotate: 0.2, shift: 2, elastic: { strength: 1.5, smoothness: 4 } }).shape; // [8, 28, 28]
 */
export function augment(
  images: Tensor,
  {
    rotate = 0,
    shift = 0,
    scale = [1, 1],
    flip = false,
    elastic,
    crop,
    colour = 0,
    generator,
  }: AugmentOptions = {},
): Tensor {
  if (
    !(rotate >= 0) ||
    !(shift >= 0) ||
    !(scale[0] > 0 && scale[0] <= scale[1]) ||
    !(colour >= 0)
  ) {
    throw new ArgumentError(
      `augment: rotate, shift and colour must be at least 0 and scale a range above 0, not ${rotate}, ${shift}, ${colour} and [${scale.join(", ")}]`,
    );
  }
  const [x] = planes("augment", images);
  const [batch, , height, width] = x.shape as [number, number, number, number];
  const between = (low: number, high: number): Tensor => uniform([batch], { low, high, generator });
  let made = images;
  if (flip) made = flipImages(made, bernoulli(0.5, { shape: [batch], dtype: "bool", generator }));
  if (rotate > 0 || shift > 0 || scale[0] !== 1 || scale[1] !== 1 || elastic !== undefined) {
    const angle = between(-rotate, rotate);
    const [rows, columns] = [between(-shift, shift), between(-shift, shift)];
    let places = movedPlaces(made, { angle, rows, columns, scale: between(...scale) });
    if (elastic !== undefined) {
      places = places.add(elasticField([batch, height, width], { ...elastic, generator }));
    }
    made = warp(made, places);
  }
  if (crop !== undefined) {
    made = cropImages(made, { size: crop, generator: generator ?? defaultGenerator() });
  }
  // Colours read the images three times: once made is enough.
  return colour > 0 ? shiftColours(made.keep(), { std: colour, generator }) : made;
}

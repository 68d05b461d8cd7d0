// The tiles of a block of an image, transformed: channel after channel it is copied into scratch,
// padded, and its tiles become sixteen numbers each, lanes along the tiles of a line.

import type { Atom } from "../../ir/kernel.ts";
import type { Emission } from "../emission.ts";
import { literal } from "../math.ts";
import { arithmetic } from "../math-arithmetic.ts";
import { type Block, copyInside, fillImage } from "./convolution-image.ts";
import type { ConvolutionPlan } from "./convolution-plan.ts";
import { tileExtent, tileResults, transformImage } from "./winograd-transforms.ts";

/** Channels that are copied one after the other: so many reads from far memory wait together. */
const copiedChannels = 8;

/** A thread's memory for them. */
export interface TransformedImage {
  /** Some channels of the block of the image, [channel, line, column]. */
  readonly image: number;
  /** [product, channel, tile], and elements from product to product and from channel to channel. */
  readonly transformed: number;
  readonly productPitch: Atom;
  readonly channelPitch: Atom;
  /** Tiles of a line. */
  readonly across: Atom;
}

export const squareOf = (n: number, item: (i: number, j: number) => Atom): Atom[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => item(i, j)));

/** Memory for the channels of a block that are copied at a time. The last vector of a line reaches past it. */
export const copiedImage = (emission: Emission, { spec, sizes, lanes }: ConvolutionPlan): number =>
  emission.builder.scratch(spec.node.dtype, copiedChannels * sizes.plane + 2 * tileResults * lanes);

/** The tiles of every channel of a block. */
export function transformBlock(
  emission: Emission,
  plan: ConvolutionPlan,
  memory: TransformedImage,
  { channel, channelCount, place, placeCount }: Block,
): void {
  const b = emission.builder;
  const { add, sub, mul, div, min } = b.index;
  const plane = b.int(plan.sizes.plane, "plane");
  const lines = div(placeCount, tileResults);
  fillImage(emission, plan, memory.image, literal("index", copiedChannels));
  b.loop(0, channelCount, copiedChannels, (first) => {
    const count = min(copiedChannels, sub(channelCount, first));
    const part = { channel: add(channel, first), channelCount: count, place, placeCount };
    copyInside(emission, plan, memory.image, part);
    b.loop(0, count, 1, (c) => {
      const to = mul(add(first, c), memory.channelPitch);
      transformChannel(emission, plan, memory, { start: mul(c, plane), to, lines });
    });
  });
}

/** The tiles of a channel of the block. */
function transformChannel(
  emission: Emission,
  { sizes, type }: ConvolutionPlan,
  { image, transformed, productPitch, across }: TransformedImage,
  { start, to, lines }: { readonly start: Atom; readonly to: Atom; readonly lines: Atom },
): void {
  const b = emission.builder;
  const { lanes } = b;
  const f = arithmetic(b, type);
  const { add, mul } = b.index;
  const line = b.int(sizes.strides[0] as number, "line");
  const stride = literal("index", tileResults);
  b.loop(0, lines, 1, (row) => {
    const top = add(start, mul(mul(row, tileResults), line));
    b.loop(0, across, lanes, (tile) => {
      const from = add(top, mul(tile, tileResults));
      const square = squareOf(tileExtent, (i, j) =>
        b.load(type, image, add(add(from, mul(line, i)), j), { lanes, stride, fresh: true }),
      );
      // What is stored past the end of a line of tiles is written over by the next.
      const at = add(add(to, mul(row, across)), tile);
      transformImage(f, square)
        .flat()
        .forEach((value, n) => {
          b.store(transformed, add(at, mul(productPitch, n)), value, lanes);
        });
    });
  });
}

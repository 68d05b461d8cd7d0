// When a convolution, or the gradient of its kernel, is taken in Winograd's tiles, and how it is cut then. It is for kernels of 3 × 3,
// step 1, over so many channels, into so many columns and so long lines that products outweigh
// transforms; for f32 alone, since it rounds more; and while the transformed kernel, which every unit
// reads, stays in cache.

import { bytesOf } from "../../ir/dtype.ts";
import { makeNode, type Node } from "../../ir/node.ts";
import type { ConvolutionPlan, ConvolutionSizes } from "./convolution-plan.ts";
import type { ImageAxis } from "./convolution-view.ts";
import { sizeOfLoops } from "./loops.ts";
import { tileProducts, tileResults, tileTaps } from "./winograd-transforms.ts";

export interface WinogradPlan {
  /** The convolution, cut into blocks of lines of places for this form. */
  readonly plan: ConvolutionPlan;
  /** The transformed kernel, [batch, tile of columns, product, channel, column]. */
  readonly packed: Node;
  /** Tiles of a line, and lines of tiles that a unit has at most. */
  readonly across: number;
  readonly lines: number;
  /** Elements between channels of the transformed image, and between products of its sums. */
  readonly channelPitch: number;
  readonly sumRows: number;
}

/** Channels from which products outweigh the transforms, and of a vector the share that a line fills. */
const leastChannels = 16;
const leastShare = 3 / 8;
/** Units that a launch should have, of this much work each. */
const mostUnits = 32;
const unitFlops = 1e6;
/** How often the second cache the transformed kernel may be. */
const largeKernel = 4;

export function planWinograd(plan: ConvolutionPlan): WinogradPlan | undefined {
  const { spec, view, target, sizes, lanes } = plan;
  if (!view.resultsArePlaces || !takesTiles(plan)) return undefined;
  const [vertical, horizontal] = view.image as [ImageAxis, ImageAxis];
  const bytes = bytesOf(spec.node.dtype);
  const products = tileProducts * sizes.channels;
  const padded = sizes.columnTiles * sizes.width;
  if (products * padded * bytes > largeKernel * target.cache.l2) return undefined;

  const across = horizontal.place.extent / tileResults;
  if (across < lanes * leastShare) return undefined;
  const allLines = vertical.place.extent / tileResults;
  const room = target.cache.l2 / 4 / bytes / products;
  const batches = sizeOfLoops(plan.batch);
  const wanted = Math.max(1, Math.min(mostUnits, sizes.flops / unitFlops));
  const shares = Math.ceil(wanted / (batches * sizes.images));
  const most = Math.max(1, Math.min(Math.floor(room / across), Math.ceil(allLines / shares)));
  const lines = Math.ceil(allLines / Math.ceil(allLines / most));
  const tiles = across * lines;
  return {
    plan: { ...plan, sizes: { ...sizes, ...blocksOf(view.image, lines, batches * sizes.images) } },
    packed: makeNode("buffer", [], null, [batches * products * padded], spec.node.dtype),
    across,
    lines,
    channelPitch: Math.ceil(tiles / lanes + 1) * lanes,
    sumRows: tiles + (plan.heights[0] as number),
  };
}

/** The gradient of a kernel in tiles, cut into blocks and pieces for this form. */
export interface WinogradGradientPlan {
  readonly plan: ConvolutionPlan;
  /** The sums of pieces, [piece, batch, column, row]. */
  readonly partial: Node;
  /** Tiles of a line. */
  readonly across: number;
}

/** Tiles that a block has at most; a number of the text, since registers do not hold fourteen addresses. */
export const gradientTiles = 64;

export function planWinogradGradient(plan: ConvolutionPlan): WinogradGradientPlan | undefined {
  const { spec, view, target, sizes, lanes, columns } = plan;
  if (view.resultsArePlaces || !takesTiles(plan)) return undefined;
  const [vertical, horizontal] = view.image as [ImageAxis, ImageAxis];
  const count = sizeOfLoops(columns);
  const across = horizontal.place.extent / tileResults;
  if (across < lanes * leastShare || across > gradientTiles) return undefined;
  const allLines = vertical.place.extent / tileResults;
  const lines = Math.min(allLines, Math.floor(gradientTiles / across));
  // The sums of all columns, and the tiles of the channels that they belong to, stay in the cache.
  const padded = sizes.columnTiles * sizes.width;
  const room = target.cache.l2 / 2 / bytesOf(spec.node.dtype) / tileProducts;
  const most = Math.floor(room / (padded + gradientTiles));
  if (most < leastChannels) return undefined;
  const channelBlocks = Math.ceil(sizes.channels / most);
  const channelsEach = Math.ceil(sizes.channels / channelBlocks);
  const batches = sizeOfLoops(plan.batch);
  const block = blocksOf(view.image, lines, sizes.images);
  const blocks = block.units;
  const blocksEach = Math.ceil(blocks / Math.min(blocks, sizes.pieces));
  const pieces = Math.ceil(blocks / blocksEach);
  const cut = { channelsEach, channelBlocks, blocks, blocksEach, pieces };
  const units = batches * pieces * channelBlocks;
  const results = batches * pieces * count * sizes.channels * sizes.taps;
  return {
    plan: { ...plan, sizes: { ...sizes, ...block, ...cut, units } },
    partial: makeNode("buffer", [], null, [results], spec.node.dtype),
    across,
  };
}

/** Whether a convolution is of the kind that tiles are for. */
function takesTiles({ spec, view, target, sizes, lanes, run, columns }: ConvolutionPlan): boolean {
  if (target.without.has("winograd") || run || lanes === 1) return false;
  if ([spec.node, view.value, view.other].some(({ dtype }) => dtype !== "f32")) return false;
  if (view.image.length !== 2 || !view.image.every(fits)) return false;
  return sizes.channels >= leastChannels && sizeOfLoops(columns) >= lanes;
}

function fits({ place, tap, stride, dilation, moving }: ImageAxis): boolean {
  const whole = place.extent % tileResults === 0 && moving === place;
  return whole && tap?.extent === tileTaps && stride === 1 && dilation === 1;
}

/** The block of the image that so many lines of tiles need, and how many of them there are. */
function blocksOf(
  image: readonly ImageAxis[],
  lines: number,
  images: number,
): Pick<ConvolutionSizes, "placesEach" | "placeBlocks" | "strides" | "plane" | "units"> {
  const [vertical, horizontal] = image as [ImageAxis, ImageAxis];
  const placesEach = lines * tileResults;
  const placeBlocks = Math.ceil(vertical.place.extent / placesEach);
  const height = placesEach + tileTaps - 1;
  return {
    placesEach,
    placeBlocks,
    strides: [horizontal.extent, 1],
    plane: height * horizontal.extent,
    units: images * placeBlocks,
  };
}

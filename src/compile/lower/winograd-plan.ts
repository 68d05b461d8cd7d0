// When a convolution is taken in Winograd's tiles, and how it is cut then. It is for kernels of 3 × 3,
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
  const { spec, view, target, sizes, lanes, run, columns } = plan;
  if (target.without.has("winograd") || run || lanes === 1) return undefined;
  if ([spec.node, view.value, view.other].some(({ dtype }) => dtype !== "f32")) return undefined;
  const [vertical, horizontal, another] = view.image;
  if (!view.resultsArePlaces || !vertical || !horizontal || another) return undefined;
  if (!view.image.every(fits)) return undefined;
  const count = sizeOfLoops(columns);
  if (sizes.channels < leastChannels || count < lanes) return undefined;
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

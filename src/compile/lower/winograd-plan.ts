// When a convolution, or the gradient of its kernel, is taken in Winograd's tiles, in which form, and how
// it is cut then. It is for kernels with a form, step 1, where the products that are saved outweigh the
// transforms; for f32 alone, since it rounds more; and while the transformed kernel, which every unit
// reads, stays in cache.

import { bytesOf } from "../../ir/dtype.ts";
import { makeNode, type Node } from "../../ir/node.ts";
import { formCache } from "./convolution-form.ts";
import type { ConvolutionPlan, ConvolutionSizes } from "./convolution-plan.ts";
import type { ImageAxis } from "./convolution-view.ts";
import { sizeOfLoops } from "./loops.ts";
import { type WinogradForm, winogradForms } from "./winograd-form.ts";

export interface WinogradPlan {
  readonly form: WinogradForm;
  /** The convolution, cut into blocks of lines of places for this form. */
  readonly plan: ConvolutionPlan;
  /** The transformed kernel, [batch, tile of columns, product, channel, column]. */
  readonly packed: Node;
  /** Tiles of a line, and lines of tiles that a unit has at most. */
  readonly across: number;
  readonly lines: number;
  /** What it costs, where the direct convolution costs 1. */
  readonly cost: number;
}

/** Units that a launch should have, of this much work each. */
const mostUnits = 32;
const unitFlops = 1e6;
/** How often the second cache the transformed kernel may be. */
const largeKernel = 4;

/** The cheapest form of a convolution; undefined where none is cheaper than the direct one. */
export function planWinograd(plan: ConvolutionPlan): WinogradPlan | undefined {
  if (!plan.view.resultsArePlaces) return undefined;
  return cheapest(formsOf(plan).map((form) => cutPlaces(plan, form)));
}

function cutPlaces(plan: ConvolutionPlan, form: WinogradForm): WinogradPlan | undefined {
  const { spec, view, target, sizes, heights } = plan;
  const [vertical, horizontal] = view.image as [ImageAxis, ImageAxis];
  const bytes = bytesOf(spec.node.dtype);
  const products = form.products * sizes.channels;
  const padded = sizes.columnTiles * sizes.width;
  if (products * padded * bytes > largeKernel * formCache(target)) return undefined;

  const across = horizontal.place.extent / form.results;
  const allLines = vertical.place.extent / form.results;
  const room = Math.max(1, Math.floor(formCache(target) / 4 / bytes / products / across));
  const batches = sizeOfLoops(plan.batch);
  const wanted = Math.max(1, Math.min(mostUnits, sizes.flops / unitFlops));
  const shares = Math.ceil(wanted / (batches * sizes.images));
  const most = Math.min(room, Math.ceil(allLines / shares));
  const lines = Math.ceil(allLines / Math.ceil(allLines / most));
  const least = heights[heights.length - 1] as number;
  const image = across * allLines;
  const block = Math.min(image, across * room);
  return {
    form,
    plan: {
      ...plan,
      sizes: { ...sizes, ...blocksOf(form, view.image, lines, batches * sizes.images) },
    },
    packed: makeNode("buffer", [], null, [batches * products * padded], spec.node.dtype),
    across,
    lines,
    cost: costOf(form, plan, { image, block, rows: Math.ceil(block / least) * least }),
  };
}

/** The gradient of a kernel in tiles, cut into blocks and pieces for this form. */
export interface WinogradGradientPlan {
  readonly form: WinogradForm;
  readonly plan: ConvolutionPlan;
  /** The sums of pieces, [piece, batch, column, row]. */
  readonly partial: Node;
  /** Tiles of a line. */
  readonly across: number;
  readonly cost: number;
}

/** Tiles that a block has at most; a number of the text, since registers do not hold fourteen addresses. */
export const gradientTiles = 64;
/** Channels that a unit has at least, if there are as many. */
const leastChannels = 16;

export function planWinogradGradient(plan: ConvolutionPlan): WinogradGradientPlan | undefined {
  if (plan.view.resultsArePlaces) return undefined;
  return cheapest(formsOf(plan).map((form) => cutSum(plan, form)));
}

function cutSum(plan: ConvolutionPlan, form: WinogradForm): WinogradGradientPlan | undefined {
  const { spec, view, target, sizes, columns } = plan;
  const [vertical, horizontal] = view.image as [ImageAxis, ImageAxis];
  const count = sizeOfLoops(columns);
  const across = horizontal.place.extent / form.results;
  if (across > gradientTiles) return undefined;
  const allLines = vertical.place.extent / form.results;
  const lines = Math.min(allLines, Math.floor(gradientTiles / across));
  const tiles = across * lines;
  // The sums of all columns, and the tiles of the channels that they belong to, stay in the cache.
  const padded = sizes.columnTiles * sizes.width;
  const room = formCache(target) / 2 / bytesOf(spec.node.dtype) / form.products;
  const most = Math.floor(room / (padded + gradientTiles));
  if (most < Math.min(leastChannels, sizes.channels)) return undefined;
  const channelBlocks = Math.ceil(sizes.channels / most);
  const channelsEach = Math.ceil(sizes.channels / channelBlocks);
  const batches = sizeOfLoops(plan.batch);
  const block = blocksOf(form, view.image, lines, sizes.images);
  const blocks = block.units;
  const blocksEach = Math.ceil(blocks / Math.min(blocks, sizes.pieces));
  const pieces = Math.ceil(blocks / blocksEach);
  const cut = { channelsEach, channelBlocks, blocks, blocksEach, pieces };
  const units = batches * pieces * channelBlocks;
  const results = batches * pieces * count * sizes.channels * sizes.taps;
  return {
    form,
    plan: { ...plan, sizes: { ...sizes, ...block, ...cut, units } },
    partial: makeNode("buffer", [], null, [results], spec.node.dtype),
    across,
    cost: costOf(form, plan, { image: across * allLines, block: tiles, rows: tiles }),
  };
}

/** The forms of a convolution of the kind that tiles are for. */
function formsOf(plan: ConvolutionPlan): readonly WinogradForm[] {
  const { spec, view, target, lanes, run, columns } = plan;
  if (target.without.has("winograd") || run || lanes === 1) return [];
  if ([spec.node, view.value, view.other].some(({ dtype }) => dtype !== "f32")) return [];
  if (view.image.length !== 2 || sizeOfLoops(columns) < lanes) return [];
  return winogradForms.filter((form) => view.image.every((axis) => fits(form, axis)));
}

function fits(
  { results, taps }: WinogradForm,
  { place, tap, stride, dilation, moving }: ImageAxis,
): boolean {
  const whole = place.extent % results === 0 && moving === place;
  return whole && tap?.extent === taps && stride === 1 && dilation === 1;
}

/** What is done for each product of a tile, where a multiplication is 1: once a column, a channel, a block, a kernel. */
const perColumn = 8;
const perChannel = 4;
const perBlock = 3;
const perKernel = 5;
/** What a form may cost: the estimate leaves things out. */
const gain = 0.9;

/** Tiles of an image, and of a block of it; and how many a block counts for, in panels. */
interface TileCounts {
  readonly image: number;
  readonly block: number;
  readonly rows: number;
}

/** The cost of a form, where the direct convolution costs 1. Not of the batch, which is to change no result. */
function costOf(
  form: WinogradForm,
  { sizes: { channels }, columns, lanes }: ConvolutionPlan,
  { image, block, rows }: TileCounts,
): number {
  const share = form.products / (form.results * form.taps) ** 2;
  const padded = Math.ceil(channels / lanes) * lanes;
  const transforms =
    (perColumn * (padded / channels)) / sizeOfLoops(columns) + perChannel / channels;
  return share * ((rows + perBlock) / block + transforms + perKernel / image);
}

function cheapest<T extends { readonly cost: number }>(
  plans: readonly (T | undefined)[],
): T | undefined {
  return plans.reduce((best, plan) => {
    return plan && plan.cost < (best?.cost ?? gain) ? plan : best;
  }, undefined);
}

/** The block of the image that so many lines of tiles need, and how many of them there are. */
function blocksOf(
  { results, taps }: WinogradForm,
  image: readonly ImageAxis[],
  lines: number,
  images: number,
): Pick<ConvolutionSizes, "placesEach" | "placeBlocks" | "strides" | "plane" | "units"> {
  const [vertical, horizontal] = image as [ImageAxis, ImageAxis];
  const placesEach = lines * results;
  const placeBlocks = Math.ceil(vertical.place.extent / placesEach);
  const height = placesEach + taps - 1;
  return {
    placesEach,
    placeBlocks,
    strides: [horizontal.extent, 1],
    plane: height * horizontal.extent,
    units: images * placeBlocks,
  };
}

// How a convolution is cut into units of work, blocks of the image that fit the cache, and register
// tiles. All of it numbers of the launch, from sizes alone; only the tile's widths stand in the text.

import { bytesOf } from "../../ir/dtype.ts";
import { makeNode, type Node } from "../../ir/node.ts";
import type { Target } from "../../render/renderer.ts";
import { type Axis, isLinear } from "../affine.ts";
import type { Expression } from "../expression.ts";
import { collectIndices } from "../expression-walk.ts";
import { lanesFor, registerOf, registersOf } from "../registers.ts";
import type { ContractSpecification } from "./contract-layout.ts";
import { type FormRequest, formCache, runColumns, runLines, runOf } from "./convolution-form.ts";
import type { WindowView } from "./convolution-view.ts";
import { type Loop, mergeAxes, sizeOfLoops } from "./loops.ts";

/** One side of the product: what is counted, block by block, for rows or for terms of the sum. */
export interface ConvolutionPlan extends FormRequest {
  /** Rows of register tiles, the tallest first, and vectors of columns. */
  readonly heights: readonly number[];
  readonly vectors: readonly number[];
  readonly batch: readonly Loop[];
  readonly images: readonly Loop[];
  readonly channels: readonly Loop[];
  /** The other operand's own axes: the columns. */
  readonly columns: readonly Loop[];
  readonly still: readonly Loop["axis"][];
  /** The axis of places that the lanes lie along; undefined if they lie along columns. */
  readonly run: Axis | undefined;
  readonly sizes: ConvolutionSizes;
  /** Results that are places: the other operand in the order in which tiles read it, [batch, tile, term, column]. */
  readonly packed: Node | undefined;
  /** Results that are taps: the sums of pieces, [piece, batch, column, row]. */
  readonly partial: Node | undefined;
}

export interface ConvolutionSizes {
  readonly images: number;
  readonly channels: number;
  readonly channelsEach: number;
  readonly channelBlocks: number;
  /** Of the outermost axis of the image: places of a block, and blocks. */
  readonly placesEach: number;
  readonly placeBlocks: number;
  /** Places and taps of the other axes of the image. */
  readonly placesWithin: number;
  readonly taps: number;
  /** Elements of a block of the image, by axis and in all, and from channel to channel. */
  readonly strides: readonly number[];
  readonly plane: number;
  /** Columns of a tile, tiles of all columns, and of a unit. */
  readonly width: number;
  readonly columnTiles: number;
  readonly tilesEach: number;
  readonly tileBlocks: number;
  /** Rows and terms that a unit has at most at a time. */
  readonly rows: number;
  readonly terms: number;
  /** Blocks of the image that the sum of all, of a unit is taken in; and how many sums are added up at last. */
  readonly blocks: number;
  readonly blocksEach: number;
  readonly pieces: number;
  readonly units: number;
  readonly flops: number;
}

/** Units are made until they are this many, or this small. */
const mostUnits = 32;
const unitFlops = 1e6;
/** Sums are cut into so many pieces, or into pieces of so many terms, as long as they come to so many numbers. */
const somePieces = 16;
const longSum = 8192;
const mostPartial = 4e6;

export function planConvolution(
  spec: ContractSpecification,
  view: WindowView,
  target: Target,
): ConvolutionPlan {
  const type = registerOf(spec.node.dtype);
  const lanes = lanesFor(target, [type]);
  const after = [
    ...spec.results.flatMap((r) => collectIndices(r.value)),
    ...spec.results.map((r) => r.index),
  ];
  const windows = collectIndices(view.value);
  const others = collectIndices(view.other);
  const batch = mergeAxes(spec.batch, [...windows, ...others, ...after]);
  const images = mergeAxes(view.images, [...windows, ...others, ...after]);
  const channels = mergeAxes(view.channels, [...windows, ...others, ...after]);
  const columns = mergeAxes(view.otherFree, [...others, ...after]);
  const count = sizeOfLoops(columns.loops);
  const heights = target.vectorRegisters >= 32 ? [14, 8, 4] : target.fma ? [6, 4, 2] : [4, 2];
  const last = count % (2 * lanes);
  const vectors = [...(count > lanes ? [2] : []), ...(last > 0 && last <= lanes ? [1] : [])];
  const shared = { batch: batch.loops, images: images.loops, channels: channels.loops };
  const form = { spec, view, target, type, lanes, after };
  const run = runOf(form, { columns: count, channels: sizeOfLoops(shared.channels) });
  const width = run ? runColumns(count, target) : (count > lanes ? 2 : 1) * lanes;
  const sizes = cut(spec, view, target, {
    batch: sizeOfLoops(shared.batch),
    images: sizeOfLoops(shared.images),
    channels: sizeOfLoops(shared.channels),
    columns: count,
    width,
    lines: run ? runLines(width, view, target) : 1,
    tall: run ? 1 : (heights[0] as number),
    allChannels: run !== undefined,
  });
  const { dtype } = spec.node;
  const memory = (elements: number): Node =>
    makeNode("buffer", [], null, [sizeOfLoops(shared.batch) * elements], dtype);
  const across = sizes.channels * sizes.taps;
  return {
    ...form,
    heights,
    vectors,
    ...shared,
    columns: columns.loops,
    still: [batch, images, channels, columns].flatMap((merged) => merged.still),
    run,
    sizes,
    packed: view.resultsArePlaces ? memory(sizes.columnTiles * sizes.width * across) : undefined,
    partial: view.resultsArePlaces ? undefined : memory(sizes.pieces * count * across),
  };
}

/** Whether a kernel of this plan can read an operand a vector at a time along an axis. */
export function readsVectors(
  { lanes, target }: ConvolutionPlan,
  value: Expression,
  axis: Axis,
): boolean {
  if (lanes === 1 || !value.axes.has(axis)) return false;
  if (lanesFor(target, registersOf([value])) !== lanes) return false;
  return collectIndices(value).every((i) => isLinear(i, axis));
}

interface Extents {
  readonly batch: number;
  readonly images: number;
  readonly channels: number;
  readonly columns: number;
  readonly width: number;
  readonly tall: number;
  /** Places of the first axis of the image that are made together. */
  readonly lines: number;
  /** Whether a block of the image has all channels. */
  readonly allChannels: boolean;
}

function cut(
  spec: ContractSpecification,
  { image, resultsArePlaces }: WindowView,
  target: Target,
  { batch, images, channels, columns, width, tall, lines: together, allChannels }: Extents,
): ConvolutionSizes {
  const product = (list: readonly number[]): number => list.reduce((n, d) => n * d, 1);
  const [first, ...rest] = image as [(typeof image)[number], ...typeof image];
  const taps = product(image.map(({ tap }) => tap?.extent ?? 1));
  const places = first.place.extent;
  const placesWithin = product(rest.map(({ place }) => place.extent));
  const area = product(rest.map(({ extent }) => extent));
  const reach = first.dilation * ((first.tap?.extent ?? 1) - 1) + 1;
  const room = Math.floor(formCache(target) / 3 / bytesOf(spec.node.dtype));
  const flops = 2 * batch * images * channels * columns * taps * places * placesWithin;
  const wanted = Math.max(1, Math.min(mostUnits, Math.floor(flops / unitFlops)));
  const columnTiles = Math.ceil(columns / width);

  // A block of the image and the sums that are kept from block to block lie in the cache: as many
  // channels as do with a few lines of places, then as many lines. A tile of columns, which one panel of
  // rows after another meets, takes half of the first cache.
  const near = target.cache.l1 / 2 / bytesOf(spec.node.dtype);
  let most = Math.floor(room / (area * (first.stride * 3 + reach)));
  if (resultsArePlaces) most = Math.min(most, Math.floor(near / (taps * width)));
  else most = Math.min(most, Math.floor(room / (taps * columnTiles * width)));
  const channelsMost = allChannels ? channels : Math.max(1, most);
  const share = (n: number, among: number): number => Math.ceil(n / Math.ceil(n / among));
  let channelsEach = share(channels, channelsMost);
  const lines = Math.floor(room / (channelsEach * area)) - reach;
  let placesMost = Math.max(1, Math.floor(lines / first.stride) + 1);
  const line = resultsArePlaces ? placesWithin : columnTiles * width * placesWithin;
  if (resultsArePlaces) {
    const few = Math.max(together, Math.ceil((2 * tall) / line));
    const shares = Math.max(1, Math.ceil(wanted / (batch * images)));
    placesMost = Math.min(placesMost, Math.max(few, Math.ceil(places / shares)));
  } else placesMost = Math.min(placesMost, Math.max(1, Math.floor(room / line)));
  const placesEach = share(places, placesMost);
  const placeBlocks = Math.ceil(places / placesEach);

  // Long sums into few numbers are cut into pieces, for threads to share and for accuracy.
  const blocks = resultsArePlaces ? Math.ceil(channels / channelsEach) : images * placeBlocks;
  let pieces = 1;
  if (!resultsArePlaces && !target.without.has("splitSums")) {
    const results = batch * channels * taps * columns;
    const long = Math.ceil((images * places * placesWithin) / longSum);
    pieces = Math.max(1, Math.min(blocks, Math.max(long, somePieces), mostPartial / results));
  }
  const blocksEach = Math.ceil(blocks / Math.floor(pieces));
  pieces = Math.ceil(blocks / blocksEach);
  if (!resultsArePlaces) {
    const few = Math.max(1, Math.ceil((2 * tall) / taps));
    const shares = Math.max(1, Math.ceil(Math.min(wanted, somePieces) / (batch * pieces)));
    channelsEach = Math.min(channelsEach, Math.max(few, Math.ceil(channels / shares)));
  }
  const channelBlocks = Math.ceil(channels / channelsEach);

  const units = batch * (resultsArePlaces ? images * placeBlocks : channelBlocks * pieces);
  const tileBlocks = Math.min(columnTiles, Math.max(1, Math.ceil(wanted / units)));
  const tilesEach = Math.ceil(columnTiles / tileBlocks);

  const lengths = [first.stride * (placesEach - 1) + reach, ...rest.map(({ extent }) => extent)];
  const strides = lengths.map((_, i) => product(lengths.slice(i + 1)));
  const here = placesEach * placesWithin;
  const across = channelsEach * taps;
  const tileShares = Math.ceil(columnTiles / tilesEach);
  return {
    images,
    channels,
    channelsEach,
    channelBlocks,
    placesEach,
    placeBlocks,
    placesWithin,
    taps,
    strides,
    plane: product(lengths),
    width,
    columnTiles,
    tilesEach,
    tileBlocks: tileShares,
    rows: resultsArePlaces ? here : across,
    terms: resultsArePlaces ? across : here,
    blocks,
    blocksEach,
    pieces,
    units: units * tileShares,
    flops,
  };
}

// Convolutions and the gradients of their kernels: a register-tiled product in which the image is
// read where it lies.
//
//   a unit takes a block of places (or, for the gradient, of channels and taps) as rows, and for each
//   block that its sum is over (of channels; or of images and places):
//     the block of the image is copied into scratch, padded
//     tile after tile: rows × columns of sums live in registers while the terms run, an element of
//     the image meeting a vector of columns
//     after the last block, what follows is done
//
// This is the layout in which oneDNN's direct convolutions compute, made anew for every block instead
// of asked of the caller: nothing is copied once a tap, any stride and dilation reads alike, and rows
// of the image that are no multiple of a vector waste none. Each sum is taken in the order of its
// terms, so its bits depend on no size of a block.

import type { Atom } from "../../ir/kernel.ts";
import type { Target } from "../../render/renderer.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import { literal } from "../math.ts";
import type { ContractSpecification } from "./contract-layout.ts";
import { copyColumns, packColumns } from "./convolution-columns.ts";
import { finishRows, type PartialSums, turnedPitch } from "./convolution-finish.ts";
import { type Block, copyImage, tablePlaces, tableTaps } from "./convolution-image.ts";
import { eachPanel, eachWidth } from "./convolution-panels.ts";
import { addPieces } from "./convolution-pieces.ts";
import { type ConvolutionPlan, planConvolution } from "./convolution-plan.ts";
import { multiplyRuns } from "./convolution-runs.ts";
import { multiplyRows } from "./convolution-tile.ts";
import { type ImageAxis, windowViewOf } from "./convolution-view.ts";
import { multiplyTransformed } from "./convolution-winograd.ts";
import { decode, sizeOfLoops } from "./loops.ts";
import { finishJob, type LoweredJob, writesOf } from "./lowered-job.ts";
import type { LoweredForm } from "./product-form.ts";
import { multiplySlopes } from "./winograd-gradient.ts";
import { packTransformed } from "./winograd-kernel.ts";
import { planWinograd, planWinogradGradient } from "./winograd-plan.ts";

/** The form of windows that slide over images. */
export const convolution: LoweredForm = { name: "convolution", lower: lowerConvolution };

/** The jobs of a contraction over windows; undefined for any other. */
function lowerConvolution(spec: ContractSpecification, target: Target): LoweredJob[] | undefined {
  const view = target.without.has("directConvolution") ? undefined : windowViewOf(spec);
  if (!view) return undefined;
  const plan = planConvolution(spec, view, target);
  const winograd = planWinograd(plan);
  if (winograd) return [packTransformed(winograd), multiplyTransformed(winograd)];
  const slopes = planWinogradGradient(plan);
  if (slopes) return [multiplySlopes(slopes), addPieces(slopes.plan, slopes.partial)];
  const { packed, partial, run } = plan;
  if (packed && run) return [packColumns(plan, packed), multiplyRuns(plan, run)];
  if (packed) return [packColumns(plan, packed), multiply(plan)];
  return partial ? [multiply(plan), addPieces(plan, partial)] : [multiply(plan)];
}

/** A block of the image that a unit takes part of its sum from. */
interface SumBlock extends Block {
  readonly image: Atom;
  /** Whether there were others before it, and whether it is the last. */
  readonly more: Atom;
  readonly isLast: Atom;
}

function multiply(plan: ConvolutionPlan): LoweredJob {
  const { spec, view, sizes, partial } = plan;
  const emission = new Emission(new KernelBuilder(plan.lanes), spec.reportCode);
  const b = emission.builder;
  const { add, sub, mul, div, mod, min, less, equal } = b.index;
  for (const axis of plan.still) emission.place(axis, 0);
  const places = b.int(view.image[0]?.place.extent ?? 1, "places");
  const channels = b.int(sizes.channels, "channels");
  const placesEach = b.int(sizes.placesEach, "placesEach");
  const channelsEach = b.int(sizes.channelsEach, "channelsEach");
  const placeBlocks = b.int(sizes.placeBlocks, "placeBlocks");
  const channelBlocks = b.int(sizes.channelBlocks, "channelBlocks");
  const images = b.int(sizes.images, "images");
  const blocks = b.int(sizes.blocks, "blocks");
  const memory = scratchOf(emission, plan);

  // unit = (block of rows) · tile blocks + block of tiles
  const tilesEach = b.int(sizes.tilesEach, "tilesEach");
  const tileBlocks = b.int(sizes.tileBlocks, "tileBlocks");
  const tile = mul(mod(b.unit, tileBlocks), tilesEach);
  const tileEnd = min(add(tile, tilesEach), b.int(sizes.columnTiles, "tiles"));
  const rest = div(b.unit, tileBlocks);

  const blockAt = (image: Atom, place: Atom, channel: Atom): Omit<SumBlock, "more" | "isLast"> => {
    const [p, c] = [mul(place, placesEach), mul(channel, channelsEach)];
    return {
      image,
      place: p,
      placeCount: min(placesEach, sub(places, p)),
      channel: c,
      channelCount: min(channelsEach, sub(channels, c)),
    };
  };
  if (view.resultsArePlaces) {
    // rest = (batch · images + image) · blocks of places + block
    const above = div(rest, placeBlocks);
    const batch = div(above, images);
    decode(emission, plan.batch, batch);
    b.loop(0, blocks, 1, (c) => {
      const at = blockAt(mod(above, images), mod(rest, placeBlocks), c);
      const block = { ...at, more: less(0, c), isLast: equal(add(c, 1), blocks) };
      multiplyBlock(emission, plan, memory, { block, batch, tile, tileEnd, sums: undefined });
    });
  } else {
    // rest = (piece · batches + batch) · blocks of channels + block
    const above = div(rest, channelBlocks);
    const batches = b.int(sizeOfLoops(plan.batch), "batches");
    decode(emission, plan.batch, mod(above, batches));
    const from = mul(div(above, batches), b.int(sizes.blocksEach, "blocksEach"));
    const to = min(add(from, b.int(sizes.blocksEach, "blocksEach")), blocks);
    const rows = mul(channels, b.int(sizes.taps, "taps"));
    const sums = partial && {
      buffer: b.writes(partial, 0),
      start: mul(above, mul(b.int(sizeOfLoops(plan.columns), "columns"), rows)),
      pitch: rows,
    };
    b.loop(from, to, 1, (n) => {
      const at = blockAt(div(n, placeBlocks), mod(n, placeBlocks), mod(rest, channelBlocks));
      const block = { ...at, more: less(from, n), isLast: equal(add(n, 1), to) };
      const batch = literal("index", 0);
      multiplyBlock(emission, plan, memory, { block, batch, tile, tileEnd, sums });
    });
  }
  return finishJob(b, {
    name: spec.name,
    units: sizes.units,
    flops: sizes.flops,
    roots: [spec.a, spec.b, ...(partial ? [] : spec.results.map((r) => r.value))],
    writes: partial ? new Map() : writesOf(spec.results),
  });
}

interface Memory {
  readonly image: number;
  readonly rowTable: number;
  readonly termTable: number;
  readonly columns: number;
  readonly columnPitch: Atom;
  readonly sums: number;
  /** Sums are kept from block to block: elements between tiles of columns, and between rows. */
  readonly tilePitch: Atom;
  readonly rowPitch: Atom;
  readonly turned: number;
}

/** A thread's memory. */
function scratchOf(emission: Emission, plan: ConvolutionPlan): Memory {
  const { spec, sizes, lanes, heights, packed } = plan;
  const b = emission.builder;
  const { dtype } = spec.node;
  const tall = heights[0] as number;
  const { width } = sizes;
  // Tiles and squares reach past the last row and term.
  const rows = sizes.rows + tall;
  const terms = sizes.terms + lanes;
  const kept = sizes.blocksEach > 1;
  return {
    image: b.scratch(dtype, sizes.plane * sizes.channelsEach + lanes),
    rowTable: b.scratch("i32", rows),
    termTable: b.scratch("i32", terms),
    columns: packed ? b.reads(packed, 0) : b.scratch(dtype, sizes.tilesEach * terms * width),
    columnPitch: b.int(packed ? sizes.channels * sizes.taps * width : terms * width, "columnPitch"),
    sums: b.scratch(dtype, kept ? sizes.tilesEach * rows * width : tall * width),
    tilePitch: b.int(kept ? rows * width : 0, "tilePitch"),
    rowPitch: b.int(kept ? width : 0, "rowPitch"),
    turned: b.scratch(dtype, width * turnedPitch(plan)),
  };
}

interface UnitPart {
  readonly block: SumBlock;
  readonly batch: Atom;
  readonly tile: Atom;
  readonly tileEnd: Atom;
  readonly sums: PartialSums | undefined;
}

function multiplyBlock(
  emission: Emission,
  plan: ConvolutionPlan,
  memory: Memory,
  { block, batch, tile, tileEnd, sums }: UnitPart,
): void {
  const { view, sizes } = plan;
  const b = emission.builder;
  const { add, sub, mul, equal } = b.index;
  decode(emission, plan.images, block.image);
  copyImage(emission, plan, memory.image, block);
  const within = b.int(sizes.placesWithin, "within");
  const taps = b.int(sizes.taps, "taps");
  const [rowTable, termTable] = [memory.rowTable, memory.termTable];
  const forward = view.resultsArePlaces;
  tablePlaces(emission, plan, forward ? rowTable : termTable, block.placeCount);
  tableTaps(emission, plan, forward ? termTable : rowTable, block.channelCount);
  const placed = mul(block.placeCount, within);
  const across = mul(block.channelCount, taps);
  const [rows, terms] = forward ? [placed, across] : [across, placed];
  const firstRow = forward ? mul(block.place, within) : mul(block.channel, taps);
  // Rows past the last read the first element, and what they come to goes nowhere.
  b.loop(rows, add(rows, plan.heights[0] as number), 1, (row) => {
    b.store(rowTable, row, literal("i32", 0), 1);
  });
  const total = b.int(sizes.columnTiles, "tiles");
  if (!forward) {
    const { place, placeCount } = block;
    const to = { buffer: memory.columns, pitch: memory.columnPitch };
    copyColumns(emission, plan, { tile, tileEnd, place, placeCount, ...to });
  }
  const firstTerm = forward ? mul(mul(block.channel, taps), sizes.width) : literal("index", 0);
  b.loop(tile, tileEnd, 1, (t) => {
    const which = forward ? add(mul(batch, total), t) : sub(t, tile);
    const start = add(mul(which, memory.columnPitch), firstTerm);
    eachPanel(emission, plan, rows, (row, height) => {
      const sum = add(mul(sub(t, tile), memory.tilePitch), mul(row, memory.rowPitch));
      const make = (vectors: number): void => {
        const operands = {
          type: plan.type,
          height,
          vectors,
          image: memory.image,
          rowTable,
          termTable,
          row,
          terms,
          columns: memory.columns,
          column: start,
          width: sizes.width,
          sums: memory.sums,
          sum,
          more: block.more,
        };
        eachSpacing(plan, b, { row, height, places: block.placeCount }, (apart) =>
          multiplyRows(b, { ...operands, apart }),
        );
        b.when(block.isLast, () =>
          finishRows(emission, plan, {
            height,
            vectors,
            sums: memory.sums,
            sum,
            turned: memory.turned,
            row: add(firstRow, row),
            end: add(firstRow, b.index.min(add(row, height), rows)),
            column: mul(t, sizes.width),
            partial: sums,
          }),
        );
      };
      eachWidth(emission, plan, () => equal(add(t, 1), total), make);
    });
  });
}

/**
 * Code for tall panels whose rows are neighbours on a line of places, and so lie evenly apart, and for
 * others. (Lower ones are few.)
 */
function eachSpacing(
  { view, heights }: ConvolutionPlan,
  b: KernelBuilder,
  { row, height, places }: { row: Atom; height: number; places: Atom },
  body: (apart: number | undefined) => void,
): void {
  const last = view.image.length - 1;
  const line = view.image[last] as ImageAxis;
  if (!view.resultsArePlaces || height !== heights[0]) {
    body(undefined);
    return;
  }
  const { add, mod, less } = b.index;
  const length = last === 0 ? places : b.int(line.place.extent, `places${last}`);
  const isEven = less(add(mod(row, length), height - 1), length);
  b.when(isEven, () => body(line.stride));
  b.when(b.compute("not", "bool", isEven), () => body(undefined));
}

// How a matrix product is cut into units of work: rectangles of the result, enough of them to share
// out, large enough that copying their operands costs little; and how rows are cut into tiles and
// the sum into pieces. Numbers of the launch, from sizes alone.

import { bytesOf, type DType } from "../../ir/dtype.ts";
import type { Target } from "../../render/renderer.ts";
import type { ContractLayout } from "./contract-layout.ts";
import { cutRows, type Panels } from "./contract-panels.ts";

export interface ContractCut {
  readonly panels: Panels;
  /** Panels of a unit, and how many units a matrix has from top to bottom. */
  readonly panelsEach: number;
  readonly rowBlocks: number;
  /** Columns of a unit (whole tiles), and how many units a matrix has from left to right. */
  readonly columnsEach: number;
  readonly columnBlocks: number;
  /** Columns of a unit that are copied together (whole tiles). */
  readonly blockEach: number;
  /** Terms of a piece of the sum. */
  readonly pieceEach: number;
  readonly pieces: number;
  readonly units: number;
  readonly flops: number;
}

/** Work below which a unit is not worth starting, and above which it is too long to wait for. */
const smallUnit = 2e6;
const longUnit = 4e9;
/** Units for each thread that are wanted, for one to go on where another is held up. */
const unitsEach = 2;
/** Threads where their number is not known. */
const someThreads = 2;
/** With how many others an element is multiplied in the time that copying it takes. */
const copyCost = 16;
/** How often the second cache the rows and sums that a unit keeps may be. */
const largeUnitMemory = 4;

const ceilTo = (n: number, grain: number): number => Math.ceil(n / grain) * grain;

export function cutContraction(layout: ContractLayout, dtype: DType, target: Target): ContractCut {
  const { tiles, lanes, width } = layout;
  const [rows, columns] = [layout.rows.free.size, layout.columns.free.size];
  const depth = layout.rows.summed.size;
  const matrices = layout.batch.size;
  const flops = 2 * matrices * rows * columns * depth;
  const panels = cutRows(rows, tiles.heights);
  const columnTiles = Math.ceil(columns / width);

  const pieces = Math.max(1, Math.ceil(depth / tiles.depth));
  const pieceEach = pieces === 1 ? depth : ceilTo(Math.ceil(depth / pieces), lanes);

  // A block of copied columns leaves half of the second cache free; what a unit keeps from block to
  // block and piece to piece, copied rows and sums, may lie further. Of such rectangles those that
  // the threads multiply and copy soonest.
  const size = bytesOf(dtype);
  const piece = Math.max(1, Math.min(depth, pieceEach));
  const tilesMost = Math.max(1, Math.floor(target.cache.l2 / 2 / size / (width * piece)));
  const room = (largeUnitMemory * target.cache.l2) / size;
  const tall = tiles.heights[0] as number;
  const { threads = someThreads } = target;
  const shared = Math.min(unitsEach * threads, flops / smallUnit);
  const wanted = Math.max(1, shared, flops / longUnit);
  let best = { cost: Number.POSITIVE_INFINITY, tilesEach: columnTiles, panelsEach: panels.count };
  for (let columnBlocks = 1; columnBlocks <= Math.max(1, columnTiles); columnBlocks++) {
    const tilesEach = Math.ceil(columnTiles / columnBlocks);
    const keptRows = tilesEach > tilesMost ? piece : 0;
    const keptSums = pieces > 1 ? tilesEach * width : 0;
    const keptMost = Math.max(1, Math.floor(room / (tall * (keptRows + keptSums))));
    const fewest = Math.max(
      1,
      Math.ceil(panels.count / keptMost),
      Math.min(panels.count, Math.ceil(wanted / (matrices * columnBlocks))),
    );
    // A few more blocks of rows may be shared out more evenly.
    for (let rowBlocks = fewest; rowBlocks < fewest + threads; rowBlocks++) {
      const panelsEach = Math.ceil(panels.count / rowBlocks);
      const units = matrices * columnBlocks * Math.ceil(panels.count / panelsEach);
      const [height, across] = [panelsEach * tall, tilesEach * width];
      const unit = height * across + copyCost * (height + across);
      const cost = Math.ceil(units / threads) * unit;
      if (cost < best.cost) best = { cost, tilesEach, panelsEach };
    }
    if (matrices * columnBlocks >= wanted && fewest <= 1) break;
  }
  const { tilesEach, panelsEach } = best;
  const rowBlocks = Math.max(1, Math.ceil(panels.count / panelsEach));
  const columnBlocks = Math.max(1, Math.ceil(columnTiles / tilesEach));
  const blocks = Math.max(1, Math.ceil(tilesEach / tilesMost));
  return {
    panels,
    panelsEach,
    rowBlocks,
    columnsEach: tilesEach * width,
    columnBlocks,
    blockEach: Math.ceil(tilesEach / blocks) * width,
    pieceEach,
    pieces: Math.ceil(depth / pieceEach),
    units: matrices * columnBlocks * rowBlocks,
    flops,
  };
}

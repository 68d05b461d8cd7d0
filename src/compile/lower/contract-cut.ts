// How a matrix product is cut into units of work: rectangles of the result, enough of them to share
// out, large enough that copying their operands costs little; and how rows are cut into tiles and
// the sum into pieces. Numbers of the launch, from sizes alone.

import { bytesOf, type DType } from "../../ir/dtype.ts";
import type { Target } from "../../render/renderer.ts";
import type { ContractLayout } from "./contract-layout.ts";
import { cutRows, type Panels } from "./contract-panels.ts";

export interface ContractCut {
  readonly panels: Panels;
  /** Units of a matrix from top to bottom, and panels that one has at most. */
  readonly rowBlocks: number;
  readonly panelsMost: number;
  /** Tiles of columns, units of a matrix from left to right, and tiles that one has at most. */
  readonly columnTiles: number;
  readonly columnBlocks: number;
  readonly tilesMost: number;
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
/** Units for each thread that are wanted, for one to go on where another is held up: one where it takes long. */
const unitsEach = 2;
const longShare = 2e8;
/** Threads where their number is not known. */
const someThreads = 2;
/** With how many others an element is multiplied in the time that copying it takes. */
const copyCost = 16;
/** Columns with which reading a row again costs nothing that is seen: no more are copied at a time. */
const mostCopied = 1024;
/** How often the second cache the rows and sums that a unit keeps may be. */
const largeUnitMemory = 4;

const ceilTo = (n: number, grain: number): number => Math.ceil(n / grain) * grain;

/** A count shared out to blocks as evenly as can be: block i begins with ⌊i · count / blocks⌋. */
const shares = (count: number, blocks: number): number[] =>
  Array.from(
    { length: blocks },
    (_, i) => Math.floor(((i + 1) * count) / blocks) - Math.floor((i * count) / blocks),
  );

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
  const columnsCopied = Math.min(mostCopied, target.cache.l2 / 2 / size / piece);
  const tilesCopied = Math.max(1, Math.floor(columnsCopied / width));
  const room = (largeUnitMemory * target.cache.l2) / size;
  const tall = tiles.heights[0] as number;
  const { threads = someThreads } = target;
  const each = flops > longShare * threads ? 1 : unitsEach;
  const shared = Math.min(each * threads, flops / smallUnit);
  const wanted = Math.max(1, shared, flops / longUnit);
  let best = { cost: Infinity, rowBlocks: 1, columnBlocks: 1 };
  for (let columnBlocks = 1; columnBlocks <= Math.max(1, columnTiles); columnBlocks++) {
    const tilesMost = Math.ceil(columnTiles / columnBlocks);
    const keptRows = tilesMost > tilesCopied ? piece : 0;
    const keptSums = pieces > 1 ? tilesMost * width : 0;
    const keptMost = Math.max(1, Math.floor(room / (tall * (keptRows + keptSums))));
    const fewest = Math.max(
      1,
      Math.ceil(panels.count / keptMost),
      Math.min(panels.count, Math.ceil(wanted / (matrices * columnBlocks))),
    );
    // A few more blocks of rows may be shared out more evenly.
    const most = wanted > 1 ? fewest + threads - 1 : fewest;
    for (let rowBlocks = fewest; rowBlocks <= most; rowBlocks++) {
      if (rowBlocks > Math.max(1, panels.count)) break;
      const across = shares(columnTiles, columnBlocks).map((n) => n * width);
      const costs = blockHeights(panels, rowBlocks).flatMap((height) =>
        across.map((wide) => height * wide + copyCost * (height + wide)),
      );
      const cost = longestShare(costs, matrices, threads);
      if (cost < best.cost) best = { cost, rowBlocks, columnBlocks };
    }
    if (matrices * columnBlocks >= wanted && fewest <= 1) break;
  }
  const { rowBlocks, columnBlocks } = best;
  const tilesMost = Math.ceil(columnTiles / columnBlocks);
  const blocks = Math.max(1, Math.ceil(tilesMost / tilesCopied));
  return {
    panels,
    rowBlocks,
    panelsMost: Math.ceil(panels.count / rowBlocks),
    columnTiles,
    columnBlocks,
    tilesMost,
    blockEach: Math.ceil(tilesMost / blocks) * width,
    pieceEach,
    pieces: Math.ceil(depth / pieceEach),
    units: matrices * columnBlocks * rowBlocks,
    flops,
  };
}

/** Rows of the panels of each block, whether there are as many or not. */
function blockHeights({ heights, counts, count }: Panels, blocks: number): number[] {
  const each = heights.flatMap((height, at) =>
    new Array<number>(counts[at] as number).fill(height),
  );
  let from = 0;
  return shares(count, blocks).map((panels) => {
    const own = each.slice(from, from + panels);
    from += panels;
    return own.reduce((sum, height) => sum + height, 0);
  });
}

/** What the units cost that the busiest thread begins with, if each matrix has units of these costs. */
function longestShare(costs: readonly number[], matrices: number, threads: number): number {
  const units = matrices * costs.length;
  let longest = 0;
  for (let thread = 0; thread < threads; thread++) {
    const end = Math.floor(((thread + 1) * units) / threads);
    let sum = 0;
    for (let unit = Math.floor((thread * units) / threads); unit < end; unit++)
      sum += costs[unit % costs.length] as number;
    longest = Math.max(longest, sum);
  }
  return longest;
}

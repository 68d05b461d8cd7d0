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
  /** Terms of a piece of the sum. */
  readonly pieceEach: number;
  readonly pieces: number;
  readonly units: number;
  readonly flops: number;
}

/** Work below which a unit is not worth starting, and from which it is better shared further. */
const smallUnit = 2e6;
const largeUnit = 64e6;
/** How many units of small size, of large size are wanted. */
const someUnits = 4;
const mostUnits = 12;

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

  // Rectangles whose copied columns and kept sums fit the second cache, by what is copied for them.
  const room = target.cache.l2 / 2 / bytesOf(dtype);
  const small = Math.min(someUnits, flops / smallUnit);
  const wanted = Math.max(1, small, Math.min(mostUnits, flops / largeUnit));
  let best = { cost: Number.POSITIVE_INFINITY, tilesEach: columnTiles, panelsEach: panels.count };
  for (let columnBlocks = 1; columnBlocks <= Math.max(1, columnTiles); columnBlocks++) {
    const tilesEach = Math.ceil(columnTiles / columnBlocks);
    const blockSize = tilesEach * width * Math.min(depth, pieceEach);
    if (blockSize > room && tilesEach > 1) continue;
    const height = tiles.heights[0] as number;
    const kept =
      pieces === 1 ? panels.count : Math.max(1, Math.floor(room / (tilesEach * width * height)));
    const rowBlocks = Math.max(
      Math.ceil(panels.count / kept),
      Math.min(panels.count, Math.ceil(wanted / (matrices * columnBlocks))),
    );
    const cost = columnBlocks * rows + Math.max(1, rowBlocks) * columns;
    if (cost < best.cost) {
      best = { cost, tilesEach, panelsEach: Math.ceil(panels.count / Math.max(1, rowBlocks)) };
    }
    if (matrices * columnBlocks >= wanted && rowBlocks <= 1) break;
  }
  const { tilesEach, panelsEach } = best;
  const rowBlocks = Math.max(1, Math.ceil(panels.count / panelsEach));
  const columnBlocks = Math.max(1, Math.ceil(columnTiles / tilesEach));
  return {
    panels,
    panelsEach,
    rowBlocks,
    columnsEach: tilesEach * width,
    columnBlocks,
    pieceEach,
    pieces: Math.ceil(depth / pieceEach),
    units: matrices * columnBlocks * rowBlocks,
    flops,
  };
}

// How a matrix product is cut into units of work: blocks of columns that fit the cache as a copy,
// blocks of panels of rows, enough of both to share out. From sizes alone.

import { bytesOf, type DType } from "../../ir/dtype.ts";
import type { Target } from "../../render/renderer.ts";
import type { ContractLayout } from "./contract-layout.ts";
import { type Loop, sizeOfLoops } from "./loops.ts";

export interface ContractCut {
  /** Columns of a block, and how many blocks a matrix has. */
  readonly columnsEach: number;
  readonly columnBlocks: number;
  /** Panels of a block of rows, how many blocks a matrix has, and how many panels. */
  readonly panelsEach: number;
  readonly rowBlocks: number;
  readonly panels: number;
  /** Elements between rows of the copy of a column block. */
  readonly pitch: number;
  readonly units: number;
  readonly flops: number;
}

/** Columns that a block has at most. */
const mostColumns = 512;
/** Units are made until they are this many, or this small. */
const mostUnits = 32;
const unitFlops = 1e6;

export function cutContraction(layout: ContractLayout, dtype: DType, target: Target): ContractCut {
  const { tile, lanes, columns, rows } = layout;
  const width = tile.vectors * lanes;
  const bytes = bytesOf(dtype);
  const depth = sizeOfLoops(layout.summed);
  const total = sizeOfLoops(columns);
  const matrices = sizeOfLoops(layout.batch) * sizeOfLoops(layout.outerColumns);
  const flops = 2 * matrices * sizeOfLoops(rows) * total * depth;
  const wanted = Math.max(1, Math.min(mostUnits, Math.floor(flops / unitFlops)));
  const fitting = Math.max(width, Math.floor(target.cache.l2 / 2 / bytes / Math.max(1, depth)));
  let block = Math.min(total, Math.max(width, Math.min(fitting, mostColumns)));
  // Enough blocks to share out, of even size, each of whole tiles or whole runs.
  while (matrices * Math.ceil(total / block) < wanted && block > 4 * width)
    block = Math.ceil(block / 2);
  const run = columns.length > 1 ? (columns[columns.length - 1] as Loop).extent : 1;
  const grain = run > 1 ? run : width;
  const even = Math.ceil(Math.ceil(total / Math.ceil(total / block)) / grain) * grain;
  const columnsEach = run > 1 ? Math.min(even, total) : even;
  const columnBlocks = Math.max(1, Math.ceil(total / columnsEach));
  const panels = Math.ceil(sizeOfLoops(rows) / tile.rows);
  const rowBlocksWanted = Math.max(
    1,
    Math.min(Math.ceil(panels / 2), Math.ceil(wanted / (matrices * columnBlocks))),
  );
  const panelsEach = Math.ceil(panels / rowBlocksWanted);
  const rowBlocks = Math.max(1, Math.ceil(panels / panelsEach));
  // A pitch of a power of two would put every row of the copy in the same cache sets.
  const tight = Math.ceil(Math.min(columnsEach, Math.max(total, 1)) / width) * width;
  const pitch = (tight * bytes) % 512 === 0 ? tight + lanes : tight;
  const units = matrices * columnBlocks * rowBlocks;
  return { columnsEach, columnBlocks, panelsEach, rowBlocks, panels, pitch, units, flops };
}

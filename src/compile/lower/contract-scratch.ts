// A thread's memory for a matrix product: the copied rows of a panel or of a few, the copied columns of a unit
// tile by tile, and the sums of a tile, or of the whole unit where a sum is taken in pieces.

import type { Atom } from "../../ir/kernel.ts";
import type { KernelBuilder } from "../builder.ts";
import { literal } from "../math.ts";
import type { ContractPlan } from "./contract-plan.ts";

export interface ContractScratch {
  /** [row, k] or [k, row]; elements from row to row, and from term to term. */
  readonly rows: number;
  readonly rowPitch: number;
  readonly termPitch: number;
  /** Elements from panel to panel of those copied at once; and of all that are kept, 0 if none are. */
  readonly panelStride: Atom;
  readonly groupStride: Atom;
  /** [tile, k, column], of a block or of all; columns of a tile, and elements from tile to tile. */
  readonly columns: number;
  readonly width: number;
  readonly tileStride: Atom;
  /** [panel, tile, row, column]; elements from tile to tile and panel to panel, 0 if there is one. */
  readonly sums: number;
  readonly tileSums: Atom;
  readonly panelSums: Atom;
}

/** Panels that are copied together where memory runs across the rows. */
export const panelsAtOnce = 8;

export function scratchOf(b: KernelBuilder, plan: ContractPlan): ContractScratch {
  const { spec, layout, cut, packed } = plan;
  const { tiles, lanes, width } = layout;
  const memory = spec.node.dtype;
  const tall = tiles.heights[0] as number;
  // A vector to spare: neighbouring rows should not share the sets of a cache.
  const [rowPitch, termPitch] = layout.rowsByTerm
    ? [1, Math.ceil(tall / lanes) * lanes]
    : [tiles.depth + lanes, 1];
  const panelStride = layout.rowsByTerm ? (cut.pieceEach + 1) * termPitch : tall * rowPitch;
  const atOnce = layout.rowsByTerm ? Math.min(panelsAtOnce, cut.panelsMost) : 1;
  const keepsRows = cut.blockEach < cut.tilesMost * width;
  const panels = keepsRows ? cut.panelsMost : atOnce;
  const tileStride = packed?.tileStride ?? (cut.pieceEach + 1) * width;
  const tileSums = tall * width;
  const kept = cut.pieces > 1;
  return {
    // Squares of lanes reach past the last row that counts, and past the last term.
    rows: b.scratch(
      memory,
      (tall + lanes) * rowPitch + (panels - 1) * panelStride + (tiles.depth + lanes) * termPitch,
    ),
    rowPitch,
    termPitch,
    panelStride: layout.rowsByTerm ? b.int(panelStride, "panelStride") : literal("index", 0),
    groupStride: b.int(keepsRows ? panelStride : 0, "groupStride"),
    columns: packed
      ? b.reads(packed.memory, 0)
      : b.scratch(memory, (cut.blockEach / width) * tileStride + lanes * width),
    width,
    tileStride: b.int(tileStride, "tileStride"),
    sums: b.scratch(memory, kept ? cut.panelsMost * cut.tilesMost * tileSums : tileSums),
    tileSums: b.int(kept ? tileSums : 0, "tileSums"),
    panelSums: b.int(kept ? cut.tilesMost * tileSums : 0, "panelSums"),
  };
}

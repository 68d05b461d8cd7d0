// What follows a contraction, on the rows and columns of a tile that exist.

import type { Atom } from "../../ir/kernel.ts";
import { type Axis, isLinear } from "../affine.ts";
import type { Emission } from "../emission.ts";
import { isGuardedAlong } from "../expression-walk.ts";
import { lanesFor, registersOf } from "../registers.ts";
import type { ContractPlan } from "./contract-plan.ts";
import { vectorsAlong } from "./loops.ts";
import { prefetchesOf } from "./prefetching.ts";
import { eachRun, lastAxis, placeAt } from "./walk.ts";

export interface FinishedTile {
  /** Where its sums are, and how far apart its rows lie there. */
  readonly sums: number;
  readonly sum: Atom;
  readonly pitch: number;
  /** Its rows and columns, counted in the matrix: from one up to another. */
  readonly rows: readonly [Atom, Atom];
  readonly columns: readonly [Atom, Atom];
  /** Whose memory is asked for meanwhile, if any is. */
  readonly next: NextTile | undefined;
}

/** The tile that follows: its first row, and its columns. */
export interface NextTile {
  readonly firstRow: Atom;
  readonly columns: readonly [Atom, Atom];
}

export function finishTile(emission: Emission, plan: ContractPlan, tile: FinishedTile): void {
  const { spec, layout } = plan;
  const b = emission.builder;
  const { add, sub, mul } = b.index;
  emission.use = "";
  const axis = lastAxis(layout.columnsAfter);
  const lanes = axis !== undefined && takesLanes(plan, axis);
  eachRun(emission, layout.columnsAfter, tile.columns, (start, stop, shift) => {
    b.loop(tile.rows[0], tile.rows[1], 1, (row) => {
      if (tile.next) {
        const ahead = add(tile.next.firstRow, sub(row, tile.rows[0]));
        prefetchesOf(plan.target)?.row(emission, plan, ahead, tile.next.columns);
      }
      placeAt(emission, layout.rowsAfter, row);
      const line = add(tile.sum, mul(sub(row, tile.rows[0]), tile.pitch));
      const finish = (column: Atom): void => {
        if (axis) emission.place(axis, sub(column, shift));
        const at = add(line, sub(column, tile.columns[0]));
        const wide = emission.lane ? b.lanes : 1;
        const sum = b.load(layout.type, tile.sums, at, { lanes: wide, fresh: true });
        emission.given.set(spec.node, sum);
        emission.storeAll(spec.results);
      };
      if (lanes) vectorsAlong(emission, axis, [start, stop], finish);
      else b.loop(start, stop, 1, finish);
    });
  });
}

/** Whether what follows can be done a vector of columns at a time. */
function takesLanes({ spec, layout, target }: ContractPlan, axis: Axis): boolean {
  const values = spec.results.map((r) => r.value);
  if (layout.lanes === 1 || !layout.after.every((i) => isLinear(i, axis))) return false;
  // Registers that do not fit the lanes of this kernel would be needed.
  if (lanesFor(target, registersOf(values).add(layout.type)) !== layout.lanes) return false;
  return !isGuardedAlong(values, axis);
}

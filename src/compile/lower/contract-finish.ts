// What follows a contraction, on the rows and columns of a tile that exist.

import type { Atom } from "../../ir/kernel.ts";
import { type Axis, dependsOn, isLinear } from "../affine.ts";
import type { Emission } from "../emission.ts";
import { walk } from "../expression-walk.ts";
import { literal } from "../math.ts";
import { lanesFor, registersOf } from "../registers.ts";
import type { ContractLayout } from "./contract-layout.ts";
import type { ContractPlan } from "./contract-plan.ts";
import { decode, isOneRun, type Loop, vectorLoop, wholeVectors } from "./loops.ts";

export interface FinishedTile {
  /** Where its sums are, row by row. */
  readonly tileBuffer: number;
  /** Its first row in the matrix, and how many the matrix has. */
  readonly row: Atom;
  readonly rowsHere: Atom;
  /** Its first column in its block, how many there are, and where the block begins. */
  readonly column: Atom;
  readonly columnsHere: Atom;
  readonly firstColumn: Atom;
}

export function finishTile(emission: Emission, plan: ContractPlan, tile: FinishedTile): void {
  const { spec, layout } = plan;
  const b = emission.builder;
  const { add, mul } = b.index;
  const axis = singleAxis(layout);
  b.loop(0, tile.rowsHere, 1, (i) => {
    decode(emission, layout.rows, add(tile.row, i));
    const line = mul(i, layout.tile.vectors * b.lanes);
    const finish = (j: Atom): void => {
      placeColumn(emission, layout, axis, add(add(tile.firstColumn, tile.column), j));
      const lanes = emission.lane ? b.lanes : 1;
      const sum = b.load(layout.type, tile.tileBuffer, add(line, j), { lanes, fresh: true });
      emission.given.set(spec.node, sum);
      emission.storeAll(spec.results);
    };
    if (!axis || !takesLanes(plan, axis)) {
      b.loop(0, tile.columnsHere, 1, finish);
      return;
    }
    const even = wholeVectors(b, tile.columnsHere);
    vectorLoop(emission, axis, [literal("index", 0), even, tile.columnsHere], finish);
  });
}

/** The axis along which the results walk all columns as one; undefined if there is none. */
function singleAxis({ columns, after }: ContractLayout): Axis | undefined {
  const others = columns.slice(0, -1);
  const oneRun = others.every((l, i) => isOneRun(l.axis, columns[i + 1] as Loop, after));
  return oneRun ? columns[columns.length - 1]?.axis : undefined;
}

function placeColumn(
  emission: Emission,
  { columns }: ContractLayout,
  axis: Axis | undefined,
  column: Atom,
): void {
  if (!axis) decode(emission, columns, column);
  else for (const l of columns) emission.place(l.axis, l.axis === axis ? column : 0);
}

/** Whether what follows can be done a vector of columns at a time. */
function takesLanes({ spec, layout, target }: ContractPlan, axis: Axis): boolean {
  const values = spec.results.map((r) => r.value);
  if (layout.lanes === 1 || !layout.after.every((i) => isLinear(i, axis))) return false;
  // Registers that do not fit the lanes of this kernel would be needed.
  if (lanesFor(target, registersOf(values).add(layout.type)) !== layout.lanes) return false;
  let guarded = false;
  walk(values, (e) => {
    if (e.kind === "guard" && e.conditions.some((c) => dependsOn(c.index, axis))) guarded = true;
  });
  return !guarded;
}

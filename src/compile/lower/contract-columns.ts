// A block of columns, copied into scratch as [k, column]: read as memory lies, in whole vectors where
// it can be.

import type { Atom } from "../../ir/kernel.ts";
import { type Axis, factorOf, isLinear } from "../affine.ts";
import type { Emission } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { collectIndices, walk } from "../expression-walk.ts";
import { literal } from "../math.ts";
import type { ContractLayout } from "./contract-layout.ts";
import type { ContractPlan } from "./contract-plan.ts";
import {
  countedNest,
  decode,
  extentOf,
  inLanes,
  type Loop,
  sizeOfLoops,
  vectorLoop,
  wholeVectors,
} from "./loops.ts";

export interface ColumnBlock {
  /** Where to copy to, and how far apart its rows are. */
  readonly block: number;
  readonly pitch: Atom;
  /** Which block of the matrix. */
  readonly columnBlock: Atom;
}

/** The columns of a block, and how to copy one: term `k` of the one that stands at `at` in its loop. */
interface Copy {
  readonly firstColumn: Atom;
  readonly columnCount: Atom;
  readonly put: (k: Atom, column: Atom, at: Atom) => void;
}

function isGuarded(value: Expression): boolean {
  let guarded = false;
  walk([value], (e) => {
    if (e.kind === "guard") guarded = true;
  });
  return guarded;
}

/** Returns where the block begins and how many columns it has. */
export function copyColumns(
  emission: Emission,
  { layout, cut }: ContractPlan,
  { block, pitch, columnBlock }: ColumnBlock,
): { firstColumn: Atom; columnCount: Atom } {
  const { columns, columnSide } = layout;
  const b = emission.builder;
  const { add, sub, mul, min } = b.index;
  const total = b.int(sizeOfLoops(columns), "columns");
  const each = b.int(cut.columnsEach, "each");
  const firstColumn = mul(columnBlock, each);
  const columnCount = min(each, sub(total, firstColumn));
  const loop = columns[columns.length - 1];
  const put = (k: Atom, column: Atom, at: Atom): void => {
    if (loop) emission.place(loop.axis, at);
    const value = emission.value(columnSide);
    b.store(block, add(mul(k, pitch), column), value, emission.lane ? b.lanes : 1);
  };
  const copy = { firstColumn, columnCount, put };
  if (loop && columns.length > 1) copyRuns(emission, layout, loop, copy);
  else copyEach(emission, layout, loop?.axis, copy);
  return { firstColumn, columnCount };
}

/** Column after column, or vectors of them. */
function copyEach(
  emission: Emission,
  { columnSide, summed }: ContractLayout,
  axis: Axis | undefined,
  { firstColumn, columnCount, put }: Copy,
): void {
  const b = emission.builder;
  const indices = collectIndices(columnSide);
  const copy = (k: Atom, j: Atom): void => put(k, j, b.index.add(firstColumn, j));
  if (!axis || b.lanes === 1 || !indices.every((i) => isLinear(i, axis)) || isGuarded(columnSide)) {
    countedNest(emission, summed, (k) => b.loop(0, columnCount, 1, (j) => copy(k, j)));
    return;
  }
  const stretch = [literal("index", 0), wholeVectors(b, columnCount), columnCount] as const;
  if (indices.every((i) => factorOf(i, axis) === 1))
    countedNest(emission, summed, (k) => vectorLoop(emission, axis, stretch, (j) => copy(k, j)));
  // Columns far apart: a few of them at a time, so that their cache lines serve all of k.
  else vectorLoop(emission, axis, stretch, (j) => countedNest(emission, summed, (k) => copy(k, j)));
}

/** Whole runs of the last axis: one copy a run and term. */
function copyRuns(
  emission: Emission,
  { columns, columnSide, summed }: ContractLayout,
  last: Loop,
  { firstColumn, columnCount, put }: Copy,
): void {
  const b = emission.builder;
  const { add, mul, div, min } = b.index;
  const linear =
    collectIndices(columnSide).every((i) => isLinear(i, last.axis)) && !isGuarded(columnSide);
  const run = extentOf(b, last);
  const firstRun = div(firstColumn, run);
  const runs = div(columnCount, run);
  b.loop(0, runs, 1, (r) => {
    decode(emission, columns.slice(0, -1), add(firstRun, r));
    const start = mul(r, run);
    countedNest(emission, summed, (k) => {
      if (!linear || b.lanes === 1 || last.extent < b.lanes) {
        b.loop(0, run, 1, (j) => put(k, add(start, j), j));
        return;
      }
      // The last vector overlaps the one before instead of running over the end.
      const end = b.int(last.extent - b.lanes, "overlap");
      b.loop(0, run, b.lanes, (j) => {
        const at = min(j, end);
        inLanes(emission, last.axis, () => put(k, add(start, at), at));
      });
    });
  });
}

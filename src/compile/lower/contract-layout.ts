// How a contraction becomes a matrix product: which operand has the lanes (its axes are the columns,
// the other's the rows), which axes choose another matrix, and how large a tile is kept in registers.
// A pure function of the specification and the target.

import type { Register } from "../../ir/kernel.ts";
import type { Node } from "../../ir/node.ts";
import type { Target } from "../../render/renderer.ts";
import { type Axis, factorOf, type Index } from "../affine.ts";
import type { ReportCode } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { collectIndices } from "../expression-walk.ts";
import { lanesFor, registerOf } from "../registers.ts";
import { isOneRun, type Loop, mergeAxes, sizeOfLoops } from "./loops.ts";
import type { Result } from "./lowered-job.ts";

export interface ContractSpecification {
  readonly name: string;
  readonly node: Node;
  /** Elements of the operands as functions of the axes. */
  readonly a: Expression;
  readonly b: Expression;
  /** Axes of both operands and the result; of one operand and the result; of both and not the result. */
  readonly batch: readonly Axis[];
  readonly freeA: readonly Axis[];
  readonly freeB: readonly Axis[];
  readonly summed: readonly Axis[];
  /** In terms of the contraction's own value as a `given` expression. */
  readonly results: readonly Result[];
  readonly reportCode: ReportCode;
}

export interface ContractLayout {
  readonly rowSide: Expression;
  readonly columnSide: Expression;
  readonly batch: readonly Loop[];
  readonly rows: readonly Loop[];
  /** Column axes that choose another matrix, as batch does. */
  readonly outerColumns: readonly Loop[];
  readonly columns: readonly Loop[];
  readonly summed: readonly Loop[];
  /** Axes that need no loop. */
  readonly still: readonly Axis[];
  /** The indices of what follows. */
  readonly after: readonly Index[];
  readonly type: Register;
  readonly lanes: number;
  /** Numbers kept in registers: rows by vectors. */
  readonly tile: { readonly rows: number; readonly vectors: number };
}

/** Columns from which one loop alone is a matrix wide enough. */
const longColumns = 256;

export function layOut(spec: ContractSpecification, target: Target): ContractLayout {
  const type = registerOf(spec.node.dtype);
  const lanes = lanesFor(target, [type]);
  const stores = spec.results.map((r) => r.index);
  const after = [...spec.results.flatMap((r) => collectIndices(r.value)), ...stores];
  const [sideA, sideB] = [
    { axes: spec.freeA, value: spec.a, indices: collectIndices(spec.a) },
    { axes: spec.freeB, value: spec.b, indices: collectIndices(spec.b) },
  ];
  const swap = laneScore(sideA, stores, lanes) > laneScore(sideB, stores, lanes);
  const [row, column] = swap ? [sideB, sideA] : [sideA, sideB];
  const operands = [...row.indices, ...column.indices];
  const batch = mergeAxes(spec.batch, [...operands, ...after]);
  const rows = mergeAxes(row.axes, [...row.indices, ...after]);
  const columns = mergeAxes(nearestLast(column, stores), [...column.indices, ...after]);
  const summed = mergeAxes(spec.summed, operands);
  const outer = columns.loops.length - innerColumns(columns.loops, after, lanes);
  const inside = columns.loops.slice(outer);
  return {
    rowSide: row.value,
    columnSide: column.value,
    batch: batch.loops,
    rows: rows.loops,
    outerColumns: columns.loops.slice(0, outer),
    columns: inside,
    summed: summed.loops,
    still: [batch, rows, columns, summed].flatMap((merged) => merged.still),
    after,
    type,
    lanes,
    tile: {
      rows: tileRows(target, sizeOfLoops(rows.loops)),
      vectors: sizeOfLoops(inside) <= lanes ? 1 : 2,
    },
  };
}

/** One operand with the axes that only it and the result have. */
interface Side {
  readonly axes: readonly Axis[];
  readonly value: Expression;
  readonly indices: readonly Index[];
}

/** How well the lanes would lie along an operand's own axes. */
function laneScore(side: Side, stores: readonly Index[], lanes: number): number {
  const size = side.axes.reduce((n, a) => n * a.extent, 1);
  let best = 0;
  for (const axis of side.axes) {
    if (axis.extent === 1) continue;
    let score = 0;
    if (stores.some((i) => factorOf(i, axis) === 1)) score += 4;
    if (side.indices.every((i) => factorOf(i, axis) === 1)) score += 3;
    if (axis.extent >= lanes) score += 1;
    best = Math.max(best, score);
  }
  if (size < lanes) best -= 4;
  return best + Math.min(size, 1e6) / 1e7;
}

/** The axis along which memory is walked in steps of one goes last. */
function nearestLast(side: Side, stores: readonly Index[]): readonly Axis[] {
  const near = (indices: readonly Index[], axis: Axis): boolean =>
    indices.some((i) => factorOf(i, axis) === 1);
  const score = (axis: Axis): number =>
    (near(stores, axis) ? 2 : 0) + (near(side.indices, axis) ? 1 : 0);
  let best: Axis | undefined;
  for (const axis of side.axes)
    if (axis.extent > 1 && (best === undefined || score(axis) >= score(best))) best = axis;
  return best ? [...side.axes.filter((a) => a !== best), best] : side.axes;
}

/**
 * How many of the column loops, from the last, make one matrix: those whose results lie in memory as
 * one run, so that a tile may cross from one to the next; one alone if it is long.
 */
function innerColumns(columns: readonly Loop[], after: readonly Index[], lanes: number): number {
  const last = columns[columns.length - 1];
  if (!last) return 0;
  if (last.extent >= longColumns) return 1;
  let first = columns.length - 1;
  while (first > 0 && isOneRun((columns[first - 1] as Loop).axis, columns[first] as Loop, after))
    first--;
  // Matrices of a few columns would waste most of a tile: then results are written one by one.
  return sizeOfLoops(columns.slice(first)) < 2 * lanes ? columns.length : columns.length - first;
}

/** Tile heights; the smallest that covers a small matrix is taken. */
function tileRows(target: Target, rows: number): number {
  const most = target.vectorRegisters >= 32 ? 14 : target.fma ? 6 : 4;
  if (rows <= 2) return 2;
  if (rows <= 4) return Math.min(4, most);
  if (rows <= 8) return Math.min(8, most);
  return most;
}

// How a contraction becomes a matrix product: which operand has the lanes (its axes are the columns,
// the other's the rows), which axes choose another matrix, and what register tiles there are. It
// follows from strides, never from extents, so that one kernel serves every size.

import type { Register } from "../../ir/kernel.ts";
import type { Node } from "../../ir/node.ts";
import type { Target } from "../../render/renderer.ts";
import { type Axis, factorOf, type Index, isLinear } from "../affine.ts";
import type { ReportCode } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { collectIndices } from "../expression-walk.ts";
import { lanesFor, registerOf } from "../registers.ts";
import type { Hoisting } from "./hoisting.ts";
import type { Result } from "./lowered-job.ts";
import { lastAxis, type Walk, walkOf } from "./walk.ts";

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
  /** What the loop around says of its turns; undefined where there is none. */
  readonly hoisting: Hoisting | undefined;
}

/** An operand, and how its copy walks it. */
export interface Side {
  readonly value: Expression;
  readonly free: Walk;
  readonly summed: Walk;
}

export interface ContractLayout {
  readonly rows: Side;
  readonly columns: Side;
  /** Whether the rows' operand is copied term after term, as it lies, and not row after row. */
  readonly rowsByTerm: boolean;
  readonly batch: Walk;
  /** Rows and columns as what follows the product walks them. */
  readonly rowsAfter: Walk;
  readonly columnsAfter: Walk;
  /** The indices of what follows. */
  readonly after: readonly Index[];
  readonly type: Register;
  readonly lanes: number;
  readonly tiles: TileSizes;
  /** Columns of a tile. */
  readonly width: number;
}

/** What fits the registers and the nearest cache. */
export interface TileSizes {
  /** Rows of a tile, from the most; the kernel has code for each, and a launch chooses. */
  readonly heights: readonly number[];
  /** Vectors of columns. */
  readonly vectors: number;
  /** Terms of the sum between two visits to memory, at most. */
  readonly depth: number;
}

export function layOut(spec: ContractSpecification, target: Target): ContractLayout {
  const type = registerOf(spec.node.dtype);
  const lanes = lanesFor(target, [type]);
  const stores = spec.results.map((r) => r.index);
  const after = [...spec.results.flatMap((r) => collectIndices(r.value)), ...stores];
  const [a, b] = [
    { axes: spec.freeA, value: spec.a, indices: collectIndices(spec.a) },
    { axes: spec.freeB, value: spec.b, indices: collectIndices(spec.b) },
  ];
  const [row, column] = nearness(a, stores) > nearness(b, stores) ? [b, a] : [a, b];
  const columnAxes = nearestLast(column, stores);
  const side = (own: Operand, axes: readonly Axis[], name: string): Side => ({
    value: own.value,
    free: walkOf(axes, own.indices, name),
    summed: walkOf(spec.summed, own.indices, `${name}k`),
  });
  const tiles = tileSizes(target);
  const rowAxes = nearestLast(row, []);
  const rows = side(row, rowAxes, "r");
  return {
    rows,
    rowsByTerm: stepOf(row, lastAxis(rows.free)) === 1 && stepOf(row, lastAxis(rows.summed)) !== 1,
    columns: side(column, columnAxes, "c"),
    batch: walkOf(spec.batch, [...a.indices, ...b.indices, ...after], "b"),
    rowsAfter: walkOf(rowAxes, after, "i"),
    columnsAfter: walkOf(columnAxes, after, "j"),
    after,
    type,
    lanes,
    tiles,
    width: tiles.vectors * lanes,
  };
}

/** An operand with the axes that only it and the result have. */
interface Operand {
  readonly axes: readonly Axis[];
  readonly value: Expression;
  readonly indices: readonly Index[];
}

/** How far apart neighbours along an axis lie at most; undefined if they are not evenly apart. */
function stepOf({ indices }: Operand, axis: Axis | undefined): number | undefined {
  if (!axis || !indices.every((i) => isLinear(i, axis))) return undefined;
  return Math.max(0, ...indices.map((i) => Math.abs(factorOf(i, axis))));
}

/** How well lanes along an operand's own axes would lie in memory; the result's counts most. */
function nearness({ axes, indices }: Operand, stores: readonly Index[]): number {
  const near = (list: readonly Index[]): boolean =>
    axes.some((axis) => list.some((i) => factorOf(i, axis) === 1));
  return axes.length === 0 ? -1 : (near(stores) ? 2 : 0) + (near(indices) ? 1 : 0);
}

/** The axis along which memory is walked in steps of one goes last. */
function nearestLast(side: Operand, stores: readonly Index[]): readonly Axis[] {
  const near = (indices: readonly Index[], axis: Axis): boolean =>
    indices.some((i) => factorOf(i, axis) === 1);
  const score = (axis: Axis): number =>
    (near(stores, axis) ? 2 : 0) + (near(side.indices, axis) ? 1 : 0);
  let best: Axis | undefined;
  for (const axis of side.axes)
    if (axis.extent > 1 && (best === undefined || score(axis) >= score(best))) best = axis;
  return best ? [...side.axes.filter((a) => a !== best), best] : side.axes;
}

/** Sums in registers, a vector for each vector of columns, a row: so many there are. */
function tileSizes(target: Target): TileSizes {
  const heights = target.vectorRegisters >= 32 ? [14, 8, 4] : target.fma ? [6, 4, 2] : [4, 2];
  return { heights, vectors: 2, depth: 384 };
}

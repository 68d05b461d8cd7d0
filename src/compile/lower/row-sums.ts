// Sums along rows that share what they read beside their rows: a matrix times a vector that lies as its
// rows do. Several rows go side by side:
//
//   for every few rows:
//     for each vector along them: the sums of row r, of row r + 1, … += its terms
//
// What rows share is read once for all, and where one begins the others do not wait for its memory. Each
// sum is taken in the order that loop-kernel.ts has, so rows that are left over are as all others. It
// pays where registers hold the sums of all: targets that have so many bring it.

import type { Atom, Variable } from "../../ir/kernel.ts";
import type { Target } from "../../render/renderer.ts";
import { type Axis, factorOf, type Index, isLinear } from "../affine.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import type { Reduction } from "../expression.ts";
import { collectIndices, costAlong, isGuardedAlong } from "../expression-walk.ts";
import { literal } from "../math.ts";
import { identityOf, lanesFor, registerOf, registersOf } from "../registers.ts";
import { longRow } from "./lane-choice.ts";
import {
  type LoopSpecification,
  pairwise,
  quickTurn,
  sideBySide,
  unitCost,
} from "./loop-kernel.ts";
import {
  axesOf,
  decode,
  extentOf,
  isLeading,
  type Loop,
  mergeAxes,
  sizeOfLoops,
  vectorsAlong,
} from "./loops.ts";
import { finishJob, type LoweredJob, writesOf } from "./lowered-job.ts";

/** What a target's sums along rows are to the compiler. */
export interface RowSumsOfTarget extends NonNullable<Target["rowSums"]> {
  /** The kernel, if the loops are such sums. */
  lower(spec: LoopSpecification, target: Target): LoweredJob | undefined;
}

/** For targets that hold so many vectors of sums beside what is being added to them. */
export const rowSums = (vectors: number): Target["rowSums"] => {
  const made: RowSumsOfTarget = {
    vectors,
    lower(spec, target) {
      const together = Math.floor(vectors / sideBySide / spec.reductions.length);
      const rows = together > 1 ? rowsOf(spec, target) : undefined;
      return rows && lowerRows(spec, rows, together);
    },
  };
  return made;
};

interface Rows {
  readonly lanes: number;
  readonly still: readonly Axis[];
  readonly outer: readonly Loop[];
  /** The loop along a row. */
  readonly row: Loop;
}

function rowsOf(spec: LoopSpecification, target: Target): Rows | undefined {
  const { reductions, results } = spec;
  if (reductions.length === 0 || results.some((r) => r.full)) return undefined;
  if (reductions.some((r) => r.dtype === "bool" || r.body.reductions.size > 0)) return undefined;
  const bodies = reductions.map((r) => r.body);
  if (costAlong(bodies, spec.inner) > quickTurn) return undefined;
  const roots = [...bodies, ...results.map((r) => r.value)];
  if ([...spec.outer, ...spec.inner].some((axis) => isGuardedAlong(roots, axis))) return undefined;
  const stores = results.map((r) => r.index);
  const indices: readonly Index[] = [...collectIndices(...roots), ...stores];
  const outer = mergeAxes(spec.outer, indices);
  const inner = mergeAxes(spec.inner, indices);
  const types = registersOf(roots);
  for (const r of results) types.add(registerOf(r.node.dtype));
  const lanes = lanesFor(target, types);
  const [row, another] = inner.loops;
  const next = outer.loops[outer.loops.length - 1];
  if (lanes === 1 || !row || another || !next) return undefined;
  const isShort = row.extent < longRow && !isLeading(row, [...outer.loops, row], indices);
  const reads = collectIndices(...bodies);
  const follow = reads.every(
    (i) => isLinear(i, row.axis) && [0, 1].includes(factorOf(i, row.axis)),
  );
  const along = reads.filter((i) => factorOf(i, row.axis) === 1);
  const isShared = (i: Index): boolean => factorOf(i, next.axis) === 0;
  const isRow = (i: Index): boolean => Math.abs(factorOf(i, next.axis)) > 1;
  if (isShort || !follow || !along.some(isShared) || !along.some(isRow)) return undefined;
  if (!along.every((i) => isShared(i) || isRow(i))) return undefined;
  return { lanes, still: [...outer.still, ...inner.still], outer: outer.loops, row };
}

function lowerRows(
  spec: LoopSpecification,
  { lanes, still, outer, row }: Rows,
  together: number,
): LoweredJob | undefined {
  const count = sizeOfLoops(outer);
  if (count === 0) return undefined;
  const { reductions, results } = spec;
  const roots = [...reductions.map((r) => r.body), ...results.map((r) => r.value)];
  const b = new KernelBuilder(lanes);
  const emission = new Emission(b, spec.reportCode);
  for (const axis of still) emission.place(axis, 0);
  const cost = Math.max(1, row.extent) * roots.reduce((n, e) => n + e.cost, 0);
  const fit = Math.max(1, Math.min(count, Math.floor(unitCost / cost)));
  const each = fit < together ? fit : fit - (fit % together);
  const chunk = b.int(each, "chunk");
  const { add, sub, mul, mod, min } = b.index;
  const from = mul(b.unit, chunk);
  const to = min(add(from, chunk), b.int(count, "stop"));
  const rest = sub(to, mod(sub(to, from), together));
  const several = (at: Atom, rows: number): void =>
    sumRows(emission, spec, row, rows, (i) => decode(emission, outer, add(at, i)));
  b.loop(from, rest, together, (at) => several(at, together));
  b.loop(rest, to, 1, (at) => several(at, 1));
  const axes = axesOf(outer, spec.outer);
  return finishJob(b, {
    name: spec.name,
    units: Math.ceil(count / each),
    roots,
    writes: writesOf(results),
    leading: axes && { axes, each: { argument: chunk.at } },
  });
}

/** Some rows side by side: `place` goes to one of them. */
function sumRows(
  emission: Emission,
  { reductions, results }: LoopSpecification,
  row: Loop,
  count: number,
  place: (row: number) => void,
): void {
  const b = emission.builder;
  const rows = Array.from({ length: count }, () => reductions.map((r) => startSum(b, r)));
  const eachRow = (body: (sums: readonly Sum[]) => void): void => {
    for (const [i, sums] of rows.entries()) {
      b.turn(() => {
        place(i);
        body(sums);
      });
    }
  };
  const stretch = [literal("index", 0), extentOf(b, row)] as const;
  const add = (_: Atom, way: number): void =>
    eachRow((sums) => {
      for (const { of, ways } of sums) emission.accumulateAlong(of, ways[way] as Variable);
    });
  vectorsAlong(emission, row.axis, stretch, add, sideBySide);
  eachRow((sums) => {
    for (const { of, ways } of sums) {
      for (const way of ways) b.settle(way);
      const total = pairwise(ways, (x, y) => emission.combine(of.kind, of.dtype, x, y));
      emission.reduced.set(of, b.across(of.kind, total as Variable));
    }
    emission.storeAll(results);
  });
  for (const r of reductions) emission.reduced.delete(r);
}

/** A sum of one row, in parts that need not wait for each other. */
interface Sum {
  readonly of: Reduction;
  readonly ways: readonly Variable[];
}

function startSum(b: KernelBuilder, of: Reduction): Sum {
  const type = registerOf(of.dtype);
  const start = literal(type, identityOf(of.kind, of.dtype));
  const ways = Array.from({ length: sideBySide }, () => b.variable(type, b.lanes, start));
  return { of, ways };
}

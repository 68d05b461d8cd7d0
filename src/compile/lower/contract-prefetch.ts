// Memory that a product will need, asked for ahead. A product is busy with numbers that lie near for
// thousands of instructions; meanwhile can come what its results will meet (an optimiser's slots, a
// residual), where they will go, and the rows and terms that are copied next. It comes in lines, and
// is only a hint: nothing depends on it.

import { bytesOf } from "../../ir/dtype.ts";
import type { Atom } from "../../ir/kernel.ts";
import type { Node } from "../../ir/node.ts";
import type { Target } from "../../render/renderer.ts";
import { type Axis, factorOf, type Index } from "../affine.ts";
import type { Emission } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { readsOf } from "../expression-walk.ts";
import type { ContractPlan } from "./contract-plan.ts";
import { eachRun, lastAxis, placeAt, type Walk } from "./walk.ts";

export const prefetches = ({ lineBytes, without }: Target): boolean =>
  lineBytes !== undefined && !without.has("prefetch");

/** Whether an index moves through memory step by step along an axis, and can be told without reading. */
const isRun = (index: Index, axis: Axis): boolean =>
  factorOf(index, axis) === 1 && index.terms.every((t) => t.atom.kind === "axis");

/** The loads that a copy reads along an axis, from memory that lies along it. */
export function loadsAlong(value: Expression, axis: Axis): [Node, Index][] {
  return [...readsOf([value])].flatMap(([node, indices]) =>
    indices.filter((i) => isRun(i, axis)).map((i): [Node, Index] => [node, i]),
  );
}

/** Rows of the next piece or unit that may be asked for: what is multiplied meanwhile should stay near. */
export function rowsAhead({ layout, cut, target, spec }: ContractPlan): number {
  const room = target.cache.l2 / 4 / bytesOf(spec.node.dtype);
  return Math.min(layout.rows.free.size, Math.floor(room / Math.max(1, cut.pieceEach)));
}

/** A walk, and from where to where it goes. */
export interface Part {
  readonly walk: Walk;
  readonly range: readonly [Atom, Atom];
}

/** Ask for a rectangle of an operand whose memory runs along `inner`. */
export function prefetchRuns(
  emission: Emission,
  target: Target,
  value: Expression,
  { outer, inner }: { readonly outer: Part; readonly inner: Part },
): void {
  const axis = lastAxis(inner.walk);
  const loads = axis ? loadsAlong(value, axis) : [];
  if (!axis || loads.length === 0 || outer.walk.loops.length !== 1) return;
  const b = emission.builder;
  const line = lineOf(
    target,
    loads.map(([node]) => node),
  );
  eachRun(emission, inner.walk, inner.range, (start, stop, shift) => {
    b.loop(outer.range[0], outer.range[1], 1, (o) => {
      placeAt(emission, outer.walk, o);
      b.loop(start, stop, line, (at) => {
        emission.place(axis, b.index.sub(at, shift));
        for (const [node, index] of loads) emission.prefetchLoad(node, index);
      });
    });
  });
}

/** Elements of a line of memory. */
function lineOf({ lineBytes = 1 }: Target, nodes: readonly Node[]): number {
  return Math.max(1, lineBytes / Math.min(...nodes.map((node) => bytesOf(node.dtype))));
}

/** Ask for what a tile's results will read row by row, and for where they will be stored. */
export function prefetchTile(
  emission: Emission,
  { spec, layout, target }: ContractPlan,
  rows: readonly [Atom, Atom],
  columns: readonly [Atom, Atom],
): void {
  const axis = lastAxis(layout.columnsAfter);
  if (!prefetches(target) || !axis) return;
  const b = emission.builder;
  const rowAxes = layout.rowsAfter.loops.map((loop) => loop.axis);
  const isOfTile = (index: Index): boolean =>
    isRun(index, axis) && rowAxes.some((row) => factorOf(index, row) !== 0);
  const loads = [...readsOf(spec.results.map((r) => r.value))].flatMap(([node, indices]) =>
    indices.filter(isOfTile).map((index) => ({ node, index })),
  );
  const stores = spec.results.filter((r) => isOfTile(r.index));
  const places = [...loads, ...stores];
  if (places.length === 0) return;
  const line = lineOf(
    target,
    places.map(({ node }) => node),
  );
  emission.use = "";
  eachRun(emission, layout.columnsAfter, columns, (start, stop, shift) => {
    b.loop(rows[0], rows[1], 1, (row) => {
      placeAt(emission, layout.rowsAfter, row);
      b.loop(start, stop, line, (column) => {
        emission.place(axis, b.index.sub(column, shift));
        for (const { node, index } of loads) emission.prefetchLoad(node, index);
        for (const { node, index } of stores) emission.prefetchStore(node, index);
      });
    });
  });
}

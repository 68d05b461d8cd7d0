// Memory that a product will need, asked for ahead. A product is busy with numbers that lie near for
// thousands of instructions; meanwhile can come what its results will meet (an optimiser's slots, a
// residual), where they will go, and the rows and terms that are copied next. It comes in lines, and
// is only a hint: nothing depends on it.

import { bytesOf } from "../../ir/dtype.ts";
import type { Atom } from "../../ir/kernel.ts";
import type { Node } from "../../ir/node.ts";
import type { Target } from "../../render/renderer.ts";
import { type Axis, factorOf, type Index } from "../affine.ts";
import type { KernelBuilder } from "../builder.ts";
import type { Emission } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { readsOf } from "../expression-walk.ts";
import type { ContractPlan } from "./contract-plan.ts";
import { eachRun, lastAxis, placeAt } from "./walk.ts";

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

/** Elements of a line of memory. */
function lineOf({ lineBytes = 1 }: Target, nodes: readonly Node[]): number {
  return Math.max(1, lineBytes / Math.min(...nodes.map((node) => bytesOf(node.dtype))));
}

/** Ask for what a tile's sums came to so far, if those of a unit are too many to lie near. */
export function prefetchSums(
  b: KernelBuilder,
  { spec, layout, cut, target }: ContractPlan,
  sums: number,
  sum: Atom,
): void {
  const tile = (layout.tiles.heights[0] as number) * layout.width;
  const all = cut.panelsMost * cut.tilesMost * tile;
  const isNear = all * bytesOf(spec.node.dtype) <= target.cache.l2 / 2;
  b.loop(0, b.int(isNear ? 0 : tile, "sumsAhead"), lineOf(target, [spec.node]), (at) => {
    b.prefetch(sums, b.index.add(sum, at), true);
  });
}

/** What a tile's results read, and where they are stored, that lies in memory row by row. */
interface RowTouches {
  readonly axis: Axis;
  readonly loads: readonly { readonly node: Node; readonly index: Index }[];
  readonly stores: readonly { readonly node: Node; readonly index: Index }[];
}

function touchesOf({ spec, layout, target }: ContractPlan): RowTouches | undefined {
  const axis = lastAxis(layout.columnsAfter);
  if (!prefetches(target) || !axis) return undefined;
  const rowAxes = layout.rowsAfter.loops.map((loop) => loop.axis);
  const isOfTile = (index: Index): boolean =>
    isRun(index, axis) && rowAxes.some((row) => factorOf(index, row) !== 0);
  const loads = [...readsOf(spec.results.map((r) => r.value))].flatMap(([node, indices]) =>
    indices.filter(isOfTile).map((index) => ({ node, index })),
  );
  const stores = spec.results.filter((r) => isOfTile(r.index));
  return loads.length + stores.length > 0 ? { axis, loads, stores } : undefined;
}

/** Ask for what a row of a tile will touch in some columns. */
export function prefetchRow(
  emission: Emission,
  plan: ContractPlan,
  row: Atom,
  columns: readonly [Atom, Atom],
): void {
  const touches = touchesOf(plan);
  if (!touches) return;
  const { axis, loads, stores } = touches;
  const b = emission.builder;
  const nodes = [...loads, ...stores].map(({ node }) => node);
  emission.use = "";
  emission.aside(() => {
    placeAt(emission, plan.layout.rowsAfter, row);
    eachRun(emission, plan.layout.columnsAfter, columns, (start, stop, shift) => {
      b.loop(start, stop, lineOf(plan.target, nodes), (column) => {
        emission.place(axis, b.index.sub(column, shift));
        for (const { node, index } of loads) emission.prefetchLoad(node, index);
        for (const { node, index } of stores) emission.prefetchStore(node, index);
      });
    });
  });
}

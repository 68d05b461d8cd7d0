// Memory that a product will need, asked for ahead. A product is busy with numbers that lie near for
// thousands of instructions; meanwhile can come what its results will meet (an optimiser's slots, a
// residual), where they will go, and the rows and terms that are copied next. It comes in lines, and
// is only a hint: nothing depends on it.

import { bytesOf } from "../../ir/dtype.ts";
import type { Atom } from "../../ir/kernel.ts";
import type { Node } from "../../ir/node.ts";
import { type Axis, factorOf, type Index } from "../affine.ts";
import type { KernelBuilder } from "../builder.ts";
import type { Emission } from "../emission.ts";
import { readsOf } from "../expression-walk.ts";
import type { Copy } from "./contract-copy.ts";
import type { ContractPlan } from "./contract-plan.ts";
import type { ContractScratch } from "./contract-scratch.ts";
import { isRun, prefetchLoad, prefetchStore } from "./prefetch-element.ts";
import { eachRun, lastAxis, placeAt } from "./walk.ts";

/** Elements of a line of memory. */
const lineOf = (lineBytes: number, nodes: readonly Node[]): number =>
  Math.max(1, lineBytes / Math.min(...nodes.map((node) => bytesOf(node.dtype))));

/** For each row of a copy, what the row `ahead` of it is made of, where memory lies along the copy's rows. */
export function copyAhead(
  emission: Emission,
  { value, outer, ahead }: Copy,
  axis: Axis,
): ((row: Atom) => void) | undefined {
  if (ahead === undefined || outer.walk.loops.length !== 1) return undefined;
  const loads = [...readsOf([value])].flatMap(([node, indices]) =>
    indices.filter((i) => isRun(i, axis)).map((index) => ({ node, index })),
  );
  return (row) => {
    placeAt(emission, outer.walk, emission.builder.index.add(row, ahead));
    for (const { node, index } of loads) prefetchLoad(emission, node, index);
    placeAt(emission, outer.walk, row);
  };
}

/** How many terms ahead the rows of a tile are asked for. */
const termsAhead = 16;

/**
 * What asks for the rows of a tile a few terms on, where they lie term after term: a line of memory that
 * no two terms share, which processors notice too late by themselves.
 */
export function termAhead(
  b: KernelBuilder,
  { layout }: ContractPlan,
  { rows, termPitch }: ContractScratch,
): ((place: Atom) => void) | undefined {
  if (!layout.rowsByTerm) return undefined;
  return (place) => {
    b.prefetch(rows, b.index.add(place, termsAhead * termPitch), { near: true });
  };
}

/** What a tile's sums came to so far, if those of a unit are too many to lie near. */
export function sumsAhead(
  { builder: b }: Emission,
  { spec, layout, cut, target }: ContractPlan,
  [sums, sum, from]: readonly [buffer: number, place: Atom, term: Atom],
  lineBytes: number,
): void {
  const tile = (layout.tiles.heights[0] as number) * layout.width;
  const all = cut.panelsMost * cut.tilesMost * tile;
  const isNear = all * bytesOf(spec.node.dtype) <= target.cache.l2 / 2;
  b.when(b.index.less(0, from), () => {
    b.loop(0, b.int(isNear ? 0 : tile, "sumsAhead"), lineOf(lineBytes, [spec.node]), (at) => {
      b.prefetch(sums, b.index.add(sum, at), { write: true });
    });
  });
}

/** What a tile's results read, and where they are stored, that lies in memory row by row. */
interface RowTouches {
  readonly axis: Axis;
  readonly loads: readonly { readonly node: Node; readonly index: Index }[];
  readonly stores: readonly { readonly node: Node; readonly index: Index }[];
}

function touchesOf({ spec, layout }: ContractPlan): RowTouches | undefined {
  const axis = lastAxis(layout.columnsAfter);
  if (!axis) return undefined;
  const rowAxes = layout.rowsAfter.loops.map((loop) => loop.axis);
  const isOfTile = (index: Index): boolean =>
    isRun(index, axis) && rowAxes.some((row) => factorOf(index, row) !== 0);
  const loads = [...readsOf(spec.results.map((r) => r.value))].flatMap(([node, indices]) =>
    indices.filter(isOfTile).map((index) => ({ node, index })),
  );
  // What a tile stores in one place waits where processors keep stores, while the next is multiplied.
  const stores = spec.results.length > 1 ? spec.results.filter((r) => isOfTile(r.index)) : [];
  return loads.length + stores.length > 0 ? { axis, loads, stores } : undefined;
}

/** Ask for what a row of a tile will touch in some columns. */
export function resultsAhead(
  emission: Emission,
  plan: ContractPlan,
  row: Atom,
  columns: readonly [Atom, Atom],
  lineBytes: number,
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
      b.loop(start, stop, lineOf(lineBytes, nodes), (column) => {
        emission.place(axis, b.index.sub(column, shift));
        for (const { node, index } of loads) prefetchLoad(emission, node, index);
        for (const { node, index } of stores) prefetchStore(emission, node, index);
      });
    });
  });
}

// Walks over expressions.

import type { Node } from "../ir/node.ts";
import { type Axis, dependsOn, type Index, type IndexAtom } from "./affine.ts";
import { type Expression, indicesIn, partsOf } from "./expression.ts";

/** Every expression at or below the roots, those within indices included, once. */
export function walk(roots: readonly Expression[], visit: (e: Expression) => void): void {
  const seen = new Set<Expression>();
  const stack = [...roots];
  const takeAtom = (atom: IndexAtom): void => {
    if (atom.kind === "dynamic") stack.push(atom.value);
    else if (atom.kind !== "axis") takeIndex(atom.base);
  };
  const takeIndex = (index: Index): void => {
    for (const { atom } of index.terms) takeAtom(atom);
  };
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (seen.has(e)) continue;
    seen.add(e);
    visit(e);
    indicesIn(e).forEach(takeIndex);
    stack.push(...partsOf(e));
    if (e.kind === "reduced") stack.push(e.reduction.body);
  }
}

/** Whether something holds of any expression at or below the roots. */
export function anyOf(roots: readonly Expression[], holds: (e: Expression) => boolean): boolean {
  let found = false;
  walk(roots, (e) => {
    found ||= holds(e);
  });
  return found;
}

/** Whether what is read under a condition changes along an axis by more than where it is read. */
export const isGuardedAlong = (roots: readonly Expression[], axis: Axis): boolean =>
  anyOf(roots, (e) => e.kind === "guard" && e.conditions.some((c) => dependsOn(c.index, axis)));

/** Whether a value is made of some memory alone, at places that need no looking at. */
export function isMadeOf(value: Expression, memory: ReadonlySet<Node>): boolean {
  const reads = [...readsOf([value]).keys()];
  const isKnown = !anyOf([value], (e) => e.kind === "checked");
  return isKnown && reads.length > 0 && reads.every((node) => memory.has(node));
}

/** Instructions that must be done again wherever one of the axes moves. */
export function costAlong(roots: readonly Expression[], axes: readonly Axis[]): number {
  const seen = new Set<Expression>();
  let cost = 0;
  const take = (e: Expression): void => {
    if (seen.has(e) || !axes.some((axis) => e.axes.has(axis))) return;
    seen.add(e);
    const parts =
      e.kind === "operation" ? e.args : e.kind === "guard" ? [e.value, e.otherwise] : [];
    cost += parts.reduce((rest, part) => rest - part.cost, e.cost);
    parts.forEach(take);
  };
  roots.forEach(take);
  return cost;
}

/** Every index that expressions use, with the sums inside quotients and remainders. */
export function collectIndices(...roots: readonly Expression[]): Index[] {
  const out: Index[] = [];
  const take = (index: Index): void => {
    out.push(index);
    for (const { atom } of index.terms)
      if (atom.kind === "quotient" || atom.kind === "remainder") take(atom.base);
  };
  walk(roots, (e) => indicesIn(e).forEach(take));
  return out;
}

/** Where each source is read. */
export function readsOf(roots: readonly Expression[]): Map<Node, Index[]> {
  const reads = new Map<Node, Index[]>();
  walk(roots, (e) => {
    if (e.kind === "load") reads.set(e.source, [...(reads.get(e.source) ?? []), e.index]);
  });
  return reads;
}

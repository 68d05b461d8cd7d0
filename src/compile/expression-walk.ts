// Walks over expressions.

import type { Node } from "../ir/node.ts";
import type { Axis, Index, IndexAtom } from "./affine.ts";
import type { Expression } from "./expression.ts";

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
    if (e.kind === "load" || e.kind === "index") takeIndex(e.index);
    else if (e.kind === "operation") stack.push(...e.args);
    else if (e.kind === "guard") {
      for (const c of e.conditions) takeIndex(c.index);
      stack.push(e.value, e.otherwise);
    } else if (e.kind === "checked") stack.push(e.value);
    else if (e.kind === "after") stack.push(e.first, e.value);
    else if (e.kind === "reduced") stack.push(e.reduction.body);
  }
}

/** Whether an expression is computed from another. */
export function mentions(whole: Expression, part: Expression): boolean {
  let found = false;
  walk([whole], (e) => {
    if (e === part) found = true;
  });
  return found;
}

/** Whether a value is made of some memory alone, at places that need no looking at. */
export function isMadeOf(value: Expression, memory: ReadonlySet<Node>): boolean {
  let checked = false;
  walk([value], (e) => {
    if (e.kind === "checked") checked = true;
  });
  const reads = [...readsOf([value]).keys()];
  return !checked && reads.length > 0 && reads.every((node) => memory.has(node));
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
  walk(roots, (e) => {
    if (e.kind === "load" || e.kind === "index") take(e.index);
    else if (e.kind === "guard") for (const c of e.conditions) take(c.index);
  });
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

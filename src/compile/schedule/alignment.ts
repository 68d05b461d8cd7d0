// Whether a value can be made where a kernel's loops stand: its own loops must agree with theirs, and
// what it uses of the kernel's values it must use at that very place.

import { is, type Node } from "../../ir/node.ts";
import { equalShapes, sizeOf } from "../../ir/shape.ts";
import {
  type Index,
  type IndexSpace,
  indexOf,
  keyOf,
  SplitAxis,
  sameIndex,
  zero,
} from "../affine.ts";
import { type Grid, withGrid } from "../grid.ts";
import { Reader } from "../reader.ts";
import type { Domain } from "./group.ts";
import type { Points } from "./points.ts";

/**
 * Where a result of `shape` lies in a domain: at all of its indices, or at those not reduced. Axes of
 * size 1 may come and go.
 */
export function placeIn(
  shape: readonly number[],
  domain: Domain,
  place: readonly Index[],
): Index[] | undefined {
  if (equalShapes(shape, domain.shape)) return [...place];
  const outer = domain.shape
    .map((_, i) => i)
    .filter((i) => !domain.inner.includes(i) && domain.shape[i] !== 1);
  const out: Index[] = [];
  let next = 0;
  for (const d of shape) {
    if (d === 1) out.push(zero);
    else {
      const i = outer[next++];
      if (i === undefined || domain.shape[i] !== d) return undefined;
      out.push(place[i] as Index);
    }
  }
  return next === outer.length ? out : undefined;
}

/** Whether a point reads every value of `members` at the very place where the loops stand. */
export function isAligned(
  point: Node,
  members: ReadonlySet<Node>,
  domain: Domain,
  points: Points,
): boolean {
  let fits = true;
  const reader: Reader = new Reader({
    stored: points.storedFor((n) => n === point || members.has(n)),
    runtime: (n) => points.isRuntime(n),
    given: (n, at) => {
      if (!members.has(n)) return undefined;
      const expected = placeIn(n.shape, domain, place);
      if (!expected?.every((e, i) => sameIndex(e, at[i] as Index))) fits = false;
      return reader.number(0, n.dtype);
    },
  });
  const place = domain.shape.map((d) => indexOf(reader.space.axis(d)));
  const at = is(point, "reduce") ? place : placeIn(point.shape, domain, place);
  if (!at) return false;
  try {
    reader.read(is(point, "reduce") ? (point.src[0] as Node) : point, at);
  } catch (error) {
    if (error instanceof SplitAxis) return false;
    throw error;
  }
  return fits;
}

/**
 * How a point reads a contraction's result, as text: the indices in terms of the point's own axes.
 * Undefined unless each element of one belongs to one element of the other.
 */
export function viewOfContraction(
  contract: Node,
  point: Node,
  members: ReadonlySet<Node>,
  points: Points,
): string | undefined {
  if (sizeOf(contract.shape) !== sizeOf(point.shape)) return undefined;
  const view = (gridIn: (space: IndexSpace) => Grid): string | undefined => {
    const seen = new Set<string>();
    let fits = true;
    const reader: Reader = new Reader({
      stored: points.storedFor((n) => n === point || members.has(n)),
      runtime: (n) => points.isRuntime(n),
      given: (n, at) => {
        if (n !== contract) return undefined;
        if (!isOneToOne(at, contract.shape)) fits = false;
        seen.add(at.map(keyOf).join());
        return reader.number(0, n.dtype);
      },
    });
    reader.read(point, gridIn(reader.space).at);
    return fits && seen.size === 1 ? [...seen][0] : undefined;
  };
  return withGrid(point.shape, view, () => undefined);
}

/** Whether indices into a shape are sums of distinct axes that together reach every element once. */
function isOneToOne(at: readonly Index[], shape: readonly number[]): boolean {
  const used = new Set<unknown>();
  return at.every((index, i) => {
    let expected = 1;
    for (const { atom, factor } of [...index.terms].sort((a, b) => a.factor - b.factor)) {
      if (atom.kind !== "axis" || used.has(atom) || factor !== expected) return false;
      used.add(atom);
      expected *= atom.extent;
    }
    return index.constant === 0 && expected === shape[i];
  });
}

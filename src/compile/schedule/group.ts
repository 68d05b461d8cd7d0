// The points of one kernel, and the loops they share.

import type { Node } from "../../ir/node.ts";
import { equalShapes, sizeOf } from "../../ir/shape.ts";
import { leadingAxis, longSum } from "../leading.ts";

/** `strips` are several groups of the schedule that have become one kernel. */
export type GroupKind = "loop" | "contract" | "scatter" | "cumsum" | "argsort" | "scan" | "strips";

/** The points of one kernel, in an order in which each uses only earlier ones. */
export interface Group {
  readonly kind: GroupKind;
  readonly points: Node[];
  /** Loop groups: what their loops run over, once a reduction has said so. */
  domain: Domain | undefined;
  /** Groups whose values this one uses. */
  readonly after: Set<Group>;
}

/** Loops over a shape, some of whose axes are reduced. */
export interface Domain {
  readonly shape: readonly number[];
  readonly inner: readonly number[];
}

export const domainOf = (group: Group): Domain =>
  group.domain ?? { shape: (group.points[0] as Node).shape, inner: [] };

export const reducedDomain = (reduce: Node<"reduce">): Domain => ({
  shape: (reduce.src[0] as Node).shape,
  inner: reduce.arg.axes,
});

export const sameDomain = (a: Domain, b: Domain): boolean =>
  equalShapes(a.shape, b.shape) && equalShapes(a.inner, b.inner);

export const outerShape = (domain: Domain): number[] =>
  domain.shape.filter((_, i) => !domain.inner.includes(i));

/** Enough rows to share out, or too little work to mind. */
export function isParallel(domain: Domain): boolean {
  const first = leadingAxis(domain.shape);
  if (!domain.inner.includes(first) || sizeOf(outerShape(domain)) >= 8) return true;
  const others = sizeOf(domain.shape.slice(first + 1));
  return others < longSum && sizeOf(domain.shape) <= 16384;
}

// A short way to make again what a kernel of rows made of a product: the product once more, and from
// each of its elements the value at once, if what the rows came to (their largest, their sums) is stored.
// These are few numbers. It takes one pass where the kernel took several, and gives the same bits.

import { is, type Node, sortNodes } from "../../ir/node.ts";
import { ops } from "../../ir/op.ts";
import { equalShapes } from "../../ir/shape.ts";
import type { LoweredJob } from "../lower/lowered-job.ts";
import type { LoweringContext } from "../lower/lowering-context.ts";
import type { Group } from "../schedule/group.ts";

/** How groups of a schedule are lowered, or would be if other values were stored. */
export interface Lowering {
  readonly context: LoweringContext;
  lower(group: Group, context: LoweringContext): readonly LoweredJob[];
}

export interface Shortcut {
  /** The product, and the values as what follows it. */
  readonly group: Group;
  readonly job: LoweredJob;
  /** The kernel of rows, which now stores what they came to, and of the values those that are wanted. */
  readonly rows: LoweredJob;
}

/**
 * The short way to values of `rows`, which reads `product`; undefined if there is none.
 *
 * @param wanted  whether a value is still read where the rows are
 */
export function shortcutTo(
  values: readonly Node[],
  rows: Group,
  product: Group,
  { context, lower, wanted }: Lowering & { readonly wanted: (value: Node) => boolean },
): Shortcut | undefined {
  const [contract] = product.points as [Node];
  if (product.kind !== "contract" || rows.kind !== "loop" || values.length === 0) return undefined;
  const results = new Set<Node>();
  const isEnd = (n: Node): boolean => {
    if (context.inputs.has(n) || context.runtime.has(n) || n === contract) return true;
    if (is(n, "reduce") && rows.points.includes(n)) return true;
    return context.stored.has(n) && !values.includes(n) && !product.points.includes(n);
  };
  // Each element from its own element of the product: through arithmetic alone.
  const follows = new Set<Node>([contract]);
  for (const node of sortNodes(values, isEnd)) {
    if (rows.points.includes(node) && is(node, "reduce")) results.add(node);
    if (isEnd(node)) continue;
    const from = node.src.filter((s) => follows.has(s));
    if (from.length === 0) continue;
    const isElementwise = ops[node.op].family === "elementwise";
    if (!isElementwise || !from.every((s) => equalShapes(s.shape, node.shape))) return undefined;
    follows.add(node);
  }
  if (!values.every((value) => follows.has(value))) return undefined;

  const group: Group = {
    kind: "contract",
    points: [contract, ...values],
    domain: undefined,
    after: new Set([...product.after, ...rows.after, rows]),
  };
  group.after.delete(product);
  const stored = new Set([...context.stored, ...results]);
  const fewer = new Set([...stored].filter((node) => !values.includes(node) || wanted(node)));
  const [first, another] = lower(rows, { ...context, stored: fewer });
  for (const point of product.points) stored.delete(point);
  const groupOf = new Map(context.groupOf);
  for (const point of group.points) groupOf.set(point, group);
  const [job, more] = lower(group, { ...context, stored, groupOf });
  if (!first || !job || another || more || job.reports) return undefined;
  return { group, job, rows: first };
}

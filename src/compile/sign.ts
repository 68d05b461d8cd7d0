// What is known of a value's sign, whatever memory holds.

import type { Expression } from "./expression.ts";

/** Whether it is a number less the largest of those that it is among: 0 at most, or NaN. */
export function isNeverPositive(e: Expression): boolean {
  if (e.kind !== "operation" || e.op !== "add") return false;
  const [a, b] = e.args as [Expression, Expression];
  return isLargest(negated(b), a) || isLargest(negated(a), b);
}

/** What an expression is the negative of. */
const negated = (e: Expression): Expression | undefined =>
  e.kind === "operation" && e.op === "neg" ? e.args[0] : undefined;

const isLargest = (e: Expression | undefined, of: Expression): boolean =>
  e?.kind === "reduced" && e.reduction.kind === "max" && e.reduction.body === of;

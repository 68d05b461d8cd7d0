// What is known of a value's sign, whatever memory holds.

import { isFloat } from "../ir/dtype.ts";
import type { Expression } from "./expression.ts";

/** Whether it is a number less the largest of those that it is among: 0 at most, or NaN. */
export function isNeverPositive(e: Expression): boolean {
  if (e.kind !== "operation" || e.op !== "add") return false;
  const [a, b] = e.args as [Expression, Expression];
  return isLess(a, b) || isLess(b, a);
}

/** Whether it is the negative of another. */
export const isNegation = (e: Expression): e is Extract<Expression, { kind: "operation" }> =>
  e.kind === "operation" && e.op === "neg" && isFloat(e.dtype);

/** Whether a sum with `minus` takes away the largest of those that a value is among. */
const isLess = (value: Expression, minus: Expression): boolean =>
  isNegation(minus) && isLargest(minus.args[0] as Expression, value);

const isLargest = (e: Expression, of: Expression): boolean =>
  e.kind === "reduced" && e.reduction.kind === "max" && e.reduction.body === of;

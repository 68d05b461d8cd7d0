// What is known of a value's sign, whatever memory holds.

import { isFloat } from "../ir/dtype.ts";
import type { Expression } from "./expression.ts";

/**
 * Whether it is 0 at most, or NaN: a number less the largest of those that it is among, or the one of
 * x and −x that is below zero.
 */
export function isNeverPositive(e: Expression): boolean {
  if (e.kind !== "operation") return false;
  const [a, b, c] = e.args as [Expression, Expression, Expression];
  if (e.op === "add") return isLess(a, b) || isLess(b, a);
  return e.op === "where" && isNegative(a, b) && isNegation(c) && c.args[0] === b;
}

/** Whether a condition says that a value is below zero. */
function isNegative(condition: Expression, value: Expression): boolean {
  if (condition.kind !== "operation" || condition.op !== "less") return false;
  const [low, high] = condition.args as [Expression, Expression];
  return low === value && high.kind === "number" && high.value === 0;
}

/** Whether it is the negative of another. */
export const isNegation = (e: Expression): e is Extract<Expression, { kind: "operation" }> =>
  e.kind === "operation" && e.op === "neg" && isFloat(e.dtype);

/** Whether a sum with `minus` takes away the largest of those that a value is among. */
const isLess = (value: Expression, minus: Expression): boolean =>
  isNegation(minus) && isLargest(minus.args[0] as Expression, value);

const isLargest = (e: Expression, of: Expression): boolean =>
  e.kind === "reduced" && e.reduction.kind === "max" && e.reduction.body === of;

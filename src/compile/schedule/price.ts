// What arithmetic costs, in rough instructions: enough to tell what is worth storing and what is too
// much for one kernel.

import type { Node } from "../../ir/node.ts";
import { type Op, ops } from "../../ir/op.ts";

/** Arithmetic that one kernel may hold: beyond it, compilers take seconds and registers spill. */
export const mostWork = 200;

/** The price of an op where it is more than one. */
const prices: Partial<Record<Op, number>> = {
  exp: 8,
  expm1: 10,
  log: 8,
  log1p: 10,
  sin: 10,
  cos: 10,
  tanh: 12,
  erf: 14,
  sqrt: 4,
  div: 3,
  mod: 4,
  threefry: 4,
  gather: 4,
};

/** Views, casts and checks of an index are free, and so is what is no arithmetic of an element. */
export function priceOf(node: Node): number {
  const counts = ops[node.op].family === "elementwise" && node.op !== "cast";
  const reads = node.op === "gather" && node.src[0]?.op !== "iota";
  return counts || reads ? (prices[node.op] ?? 1) : 0;
}

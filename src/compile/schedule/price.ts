// What the arithmetic of a node costs where it is read in place: enough to tell what is worth storing
// and what is too much for one kernel.

import type { Node } from "../../ir/node.ts";
import { type Elementwise, ops } from "../../ir/op.ts";
import { operationCost } from "../operation-cost.ts";

/** Arithmetic that one kernel may hold: beyond it, compilers take seconds and registers spill. */
export const mostWork = 300;

/** An address that is found in memory. */
const gatherPrice = 4;

/** Instructions of an element; views and checks of an index are free, and so is what is no arithmetic. */
export function priceOf(node: Node): number {
  if (node.op === "gather") return node.src[0]?.op === "iota" ? 0 : gatherPrice;
  return ops[node.op].family === "elementwise" ? operationCost[node.op as Elementwise] : 0;
}

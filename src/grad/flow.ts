// Through which nodes a derivative flows: what depends on some nodes by a differentiable path.

import { isFloat } from "../ir/dtype.ts";
import { type Node, sortNodes } from "../ir/node.ts";
import type { Primitive } from "./operands.ts";
import { rules } from "./rules.ts";

/** Nodes below `outputs`, sources first. The targets are leaves; so is what is older than all of them. */
export function sortAbove(outputs: readonly Node[], targets: ReadonlySet<Node>): Node[] {
  let oldest = Number.POSITIVE_INFINITY;
  for (const target of targets) oldest = Math.min(oldest, target.id);
  return sortNodes(outputs, (node) => targets.has(node) || node.id < oldest);
}

/** Whether a derivative of the results can depend on one of the sources. */
export function isDifferentiable(node: Node): boolean {
  if (node.parts) return true;
  return isFloat(node.dtype) && (node.op === "part" || rules[node.op as Primitive] !== null);
}

/** The nodes of `order` through which a derivative reaches one of the targets. */
export function dependents(order: readonly Node[], targets: ReadonlySet<Node>): Set<Node> {
  const found = new Set<Node>();
  for (const node of order) {
    if (targets.has(node)) {
      if (isFloat(node.dtype)) found.add(node);
    } else if (isDifferentiable(node) && node.src.some((s) => found.has(s))) found.add(node);
  }
  return found;
}

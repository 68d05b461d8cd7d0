// Through which nodes a derivative flows: what depends on some nodes by a differentiable path.

import { isFloat } from "../ir/dtype.ts";
import { type Node, sortNodes } from "../ir/node.ts";
import type { Primitive } from "./operands.ts";
import { rules } from "./rules.ts";

/** Nodes below `outputs`, sources first. The targets are leaves; so is what is older than all of them. */
export function sortAbove(outputs: readonly Node[], targets: ReadonlySet<Node>): Node[] {
  let oldest = Infinity;
  for (const target of targets) oldest = Math.min(oldest, target.id);
  return sortNodes(outputs, (node) => targets.has(node) || node.id < oldest);
}

/** Whether a derivative of the results can depend on one of the sources. */
export function isDifferentiable(node: Node): boolean {
  if (node.parts) return true;
  return isFloat(node.dtype) && (node.op === "part" || rules[node.op as Primitive] !== null);
}

/** Gives the nodes of a walk their places in it, until another walk passes them. */
export function numberNodes(order: readonly Node[]): void {
  for (let i = 0; i < order.length; i++) (order[i] as Node).position = i;
}

/** The place of a node in a walk whose nodes have their places; -1 if it is not in it. */
export const placeIn = (order: readonly Node[], node: Node): number =>
  order[node.position] === node ? node.position : -1;

/** Whether a derivative passes each node of a walk and reaches one of the targets; gives places. */
export function reaching(order: readonly Node[], targets: ReadonlySet<Node>): boolean[] {
  numberNodes(order);
  const found = new Array<boolean>(order.length).fill(false);
  const passes = (s: Node): boolean => found[placeIn(order, s)] === true;
  for (const [i, node] of order.entries()) {
    if (targets.has(node)) found[i] = isFloat(node.dtype);
    else found[i] = isDifferentiable(node) && node.src.some(passes);
  }
  return found;
}

/** The nodes of `order` through which a derivative reaches one of the targets. */
export function dependents(order: readonly Node[], targets: ReadonlySet<Node>): Set<Node> {
  const found = reaching(order, targets);
  return new Set(order.filter((_, i) => found[i]));
}

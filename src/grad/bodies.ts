// Making the closed body of a scan or call from nodes of another graph.

import { input } from "../ir/build.ts";
import { type Body, type Node, rebuild, sortNodes } from "../ir/node.ts";

export interface Closed {
  readonly body: Body;
  /** What the body needs from outside besides its inputs: further sources, in the order of its last inputs. */
  readonly captured: readonly Node[];
}

/**
 * A body with a fresh input in place of each node of `inputs`, copied from the graph of `outputs`.
 *
 * Nodes that need data from outside (a rule written by a user may use any tensor) become further
 * inputs: the largest sub-graphs that do not depend on `inputs`.
 *
 * @param inputs   distinct nodes; they need not be leaves
 * @param outputs  what the body gives
 */
export function bodyFrom(inputs: readonly Node[], outputs: readonly Node[]): Closed {
  const replaced = new Set(inputs);
  const stop = (node: Node): boolean => replaced.has(node);
  const captured = foreign(outputs, replaced);
  const fresh = new Map(
    [...inputs, ...captured].map((node, slot) => [node, input(slot, node.shape, node.dtype)]),
  );
  const copies = rebuild(
    outputs,
    (node) => fresh.get(node),
    (node) => stop(node) || fresh.has(node),
  );
  return { body: { inputs: [...fresh.values()], outputs: copies }, captured };
}

/** The topmost nodes that need a buffer or an input from outside and nothing of `inside`. */
function foreign(outputs: readonly Node[], inside: ReadonlySet<Node>): Node[] {
  const order = sortNodes(outputs, (node) => inside.has(node));
  const isInside = new Set<Node>();
  const needsOutside = new Set<Node>();
  for (const node of order) {
    if (inside.has(node) || node.src.some((s) => isInside.has(s))) isInside.add(node);
    else if (isData(node) || node.src.some((s) => needsOutside.has(s))) needsOutside.add(node);
  }
  const top = new Set<Node>();
  const use = (node: Node): void => {
    // A scan or call has no single value: its parts are captured instead.
    if (needsOutside.has(node) && !node.parts) top.add(node);
  };
  for (const output of outputs) use(output);
  for (const node of order) if (isInside.has(node) && !inside.has(node)) node.src.forEach(use);
  return [...top];
}

/** What a body cannot compute by itself; a node whose value exists is data too. */
const isData = (node: Node): boolean =>
  node.op === "buffer" || node.op === "input" || node.storage !== undefined;

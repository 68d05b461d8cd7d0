// Batching: a graph for one example becomes a graph for many, without a loop. What does not depend on
// the batch stays as it is and is computed once.

import { expand, part as partOf } from "../ir/build.ts";
import { is, makeNode, type Node, sortNodes } from "../ir/node.ts";
import { batchingRules, type Source } from "./batching-rules.ts";
import type { Primitive } from "./operands.ts";
import { batchCall, batchScan } from "./structure-batching.ts";

/** What stands for a node of the graph of one example. */
export interface StandIn {
  readonly node: Node;
  /** Whether `node` has the batch as its first axis. */
  readonly batched: boolean;
}

export type BatchNodes = typeof batchNodes;

/**
 * The outputs for a batch of examples: out[b] = f(inputs[b]).
 *
 * @param outputs  of one example
 * @param inputs   of one example; leaves of the walk
 * @param batched  for each input a stand-in with the batch as its first axis, or undefined for one
 *   that is the same for all
 * @param size     of the batch
 * @returns        each output with the batch as its first axis; one that does not depend on the batch
 *   is repeated
 */
export function batch(
  outputs: readonly Node[],
  inputs: readonly Node[],
  batched: readonly (Node | undefined)[],
  size: number,
): Node[] {
  const standIns = new Map<Node, StandIn>();
  inputs.forEach((x, i) => {
    const node = batched[i];
    if (node) standIns.set(x, { node, batched: true });
  });
  return batchNodes(outputs, standIns, size).map((o) => lift(o, size));
}

export const lift = ({ node, batched }: StandIn, size: number): Node =>
  batched ? node : expand(node, [size, ...node.shape]);

/** The same for any stand-ins, telling which outputs have the batch. */
export function batchNodes(
  outputs: readonly Node[],
  standIns: ReadonlyMap<Node, StandIn>,
  size: number,
): StandIn[] {
  let oldest = Infinity;
  for (const node of standIns.keys()) oldest = Math.min(oldest, node.id);
  const done = new Map<Node, StandIn>(standIns);
  const ofParts = new Map<Node, readonly StandIn[]>();
  const lifted = (x: StandIn): Node => lift(x, size);
  const same = (node: Node): StandIn => done.get(node) ?? { node, batched: false };

  for (const node of sortNodes(outputs, (n) => done.has(n) || n.id < oldest)) {
    if (done.has(node) || node.id < oldest) continue;
    if (is(node, "part")) {
      const part = ofParts.get(node.src[0] as Node)?.[node.arg.index];
      if (part) done.set(node, part);
      continue;
    }
    if (!node.src.some((s) => done.has(s))) continue;
    const src = node.src.map((s): Source => {
      const standIn = same(s);
      return { ...standIn, lifted: () => lifted(standIn) };
    });
    if (!src.some((s) => s.batched)) {
      // Only replaced below: the same node over other sources.
      const sources = src.map((s) => s.node);
      const copy = makeNode(
        node.op,
        sources,
        node.arg as never,
        node.shape,
        node.dtype,
        node.parts,
      );
      if (!node.parts) done.set(node, { node: copy, batched: false });
      ofParts.set(
        node,
        node.parts?.map((_, i) => ({ node: partOf(copy, i), batched: false })) ?? [],
      );
    } else if (is(node, "scan")) {
      ofParts.set(node, batchScan(node, src, size, batchNodes, lifted));
    } else if (is(node, "call")) {
      ofParts.set(node, batchCall(node, src, size, standIns, batchNodes, lifted));
    } else {
      const rule = batchingRules[node.op as Primitive] as AnyRule;
      done.set(node, { node: rule(node, size, ...src), batched: true });
    }
  }
  return outputs.map(same);
}

type AnyRule = (y: Node, size: number, ...src: readonly Source[]) => Node;

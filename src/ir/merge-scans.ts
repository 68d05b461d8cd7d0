// Scans that run one body over the same sources become one scan with all their outputs.
//
// The derivative of a scan emits the scan again with further outputs (grad/scan.ts): a graph that
// holds both a value and its gradient then holds two scans whose bodies have the same input nodes and
// the same next carries. This pass makes one of them, in bodies too, before anything renames nodes.

import { part, scan } from "./build.ts";
import { is, makeNode, type Node, rebuild, sortNodes } from "./node.ts";
import type { ScanArgs } from "./op.ts";

/** Scans that can run as one, and the stacked outputs that any of them has. */
interface Group {
  readonly first: Node<"scan">;
  readonly stacked: Node[];
  members: number;
  merged?: Node;
}

/**
 * The same outputs with equal scans merged.
 *
 * @param outputs  a graph; nodes that have a storage are leaves
 * @returns        one node an output; the very node where nothing changed
 * @cost    linear in the nodes of the graph and of its bodies
 */
export function mergeScans(outputs: readonly Node[]): Node[] {
  const isKnown = (node: Node): boolean => node.storage !== undefined;
  const groups = new Map<string, Group>();
  const groupOf = new Map<Node, Group>();
  for (const node of sortNodes(outputs, isKnown)) {
    if (!is(node, "scan") || isKnown(node)) continue;
    const key = keyOf(node);
    const group = groups.get(key) ?? { first: node, stacked: [], members: 0 };
    groups.set(key, group);
    groupOf.set(node, group);
    group.members++;
    for (const row of rowsOf(node.arg)) if (!group.stacked.includes(row)) group.stacked.push(row);
  }
  return rebuild(
    outputs,
    (node, src) => {
      if (isKnown(node)) return undefined;
      if (is(node, "scan")) return mergedScan(groupOf.get(node) as Group, node, src);
      if (is(node, "call")) return withBody(node, src);
      if (!is(node, "part")) return undefined;
      const from = node.src[0] as Node;
      const group = groupOf.get(from);
      if (!group || src[0] === from || group.members === 1) return undefined;
      const arg = from.arg as ScanArgs;
      const { index } = node.arg;
      if (index < arg.carries) return part(src[0] as Node, index);
      const row = arg.body.outputs[index] as Node;
      return part(src[0] as Node, arg.carries + group.stacked.indexOf(row));
    },
    isKnown,
  );
}

const rowsOf = ({ body, carries }: ScanArgs): readonly Node[] => body.outputs.slice(carries);

/** Equal for scans over the same sources whose bodies share inputs and next carries. */
function keyOf({ src, arg }: Node<"scan">): string {
  const ids = (nodes: readonly Node[]): string => nodes.map((n) => n.id).join(" ");
  const { body, carries, stacked, length, reverse } = arg;
  const next = body.outputs.slice(0, carries);
  return [ids(src), ids(body.inputs), ids(next), stacked, length, reverse].join("|");
}

function mergedScan(group: Group, node: Node<"scan">, src: readonly Node[]): Node | undefined {
  if (group.members === 1) return withBody(node, src);
  if (group.merged) return group.merged;
  const { arg } = group.first;
  const { carries, body } = arg;
  const outputs = mergeScans([...body.outputs.slice(0, carries), ...group.stacked]);
  const parts = scan({ ...arg, body: { inputs: body.inputs, outputs } }, src);
  // A scan with no result at all has no part to find it by, and nobody reads it.
  group.merged = parts[0]?.src[0];
  return group.merged;
}

/** A scan or call whose body has been merged, or undefined where that changes nothing. */
function withBody(node: Node<"scan"> | Node<"call">, src: readonly Node[]): Node | undefined {
  const { inputs, outputs } = node.arg.body;
  const merged = mergeScans(outputs);
  if (merged.every((o, i) => o === outputs[i])) return undefined;
  const arg = { ...node.arg, body: { inputs, outputs: merged } };
  return makeNode(node.op, src, arg as never, node.shape, node.dtype, node.parts);
}

// A node of a tensor expression: immutable, with its shape and dtype known, and created in order
// (an id is larger than those of its sources). A graph is the nodes reached from its outputs.
// Walks are iterative, so a chain of any length is safe.

import type { DType } from "./dtype.ts";
import type { Op, OpArgs } from "./op.ts";

/** Realised data; what it is belongs to the device that made it. */
export interface Storage {
  readonly bytes: number;
}

export interface Node<O extends Op = Op> {
  readonly id: number;
  readonly op: O;
  readonly src: readonly Node[];
  readonly arg: OpArgs[O];
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** For `scan` and `call`: shape and dtype of each part. */
  readonly parts?: readonly Part[];
  /** Set by the engine once the value exists; the node is then a leaf to whoever computes. */
  storage?: Storage;
  /** The longest chain of uncomputed nodes below, to notice graphs that nobody reads. */
  readonly pending: number;
}

export interface Part {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A closed graph: `input` nodes and the outputs computed from them. */
export interface Body {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

let nextId = 1;

/** The id the next node will have: nodes made before a point in time have smaller ones. */
export const nodeClock = (): number => nextId;

export function makeNode<O extends Op>(
  op: O,
  src: readonly Node[],
  arg: OpArgs[O],
  shape: readonly number[],
  dtype: DType,
  parts?: readonly Part[],
): Node<O> {
  let pending = 0;
  for (const s of src) if (s.storage === undefined && s.pending >= pending) pending = s.pending + 1;
  const node: Node<O> = parts
    ? { id: nextId++, op, src, arg, shape, dtype, parts, pending }
    : { id: nextId++, op, src, arg, shape, dtype, pending };
  return node;
}

export const is = <O extends Op>(node: Node, op: O): node is Node<O> => node.op === op;

/**
 * Every node reached from `outputs`, sources before users. `stop` names nodes that count as leaves:
 * they are listed, their sources are not visited.
 */
export function sortNodes(outputs: readonly Node[], stop?: (node: Node) => boolean): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: Node[] = [];
  const next: number[] = [];
  for (const output of outputs) {
    if (seen.has(output)) continue;
    seen.add(output);
    stack.push(output);
    next.push(0);
    while (stack.length > 0) {
      const top = stack.length - 1;
      const node = stack[top] as Node;
      const i = next[top] as number;
      if (i < node.src.length && !(i === 0 && stop?.(node))) {
        next[top] = i + 1;
        const child = node.src[i] as Node;
        if (!seen.has(child)) {
          seen.add(child);
          stack.push(child);
          next.push(0);
        }
      } else {
        order.push(node);
        stack.pop();
        next.pop();
      }
    }
  }
  return order;
}

/**
 * Rebuild the graph above a replacement: `replace` gives a stand-in for a node, or undefined to
 * keep it over its rebuilt sources. Nodes whose sources did not change are returned as they are.
 */
export function rebuild(
  outputs: readonly Node[],
  replace: (node: Node, src: readonly Node[]) => Node | undefined,
  stop?: (node: Node) => boolean,
): Node[] {
  const done = new Map<Node, Node>();
  for (const node of sortNodes(outputs, stop)) {
    if (stop?.(node)) {
      done.set(node, replace(node, node.src) ?? node);
      continue;
    }
    let changed = false;
    const src = node.src.map((s) => {
      const other = done.get(s) as Node;
      if (other !== s) changed = true;
      return other;
    });
    done.set(
      node,
      replace(node, src) ??
        (changed
          ? makeNode(node.op, src, node.arg as never, node.shape, node.dtype, node.parts)
          : node),
    );
  }
  return outputs.map((o) => done.get(o) as Node);
}

/** The outputs of a body with its inputs replaced: a copy of the body inside another graph. */
export function inline(body: Body, inputs: readonly Node[]): Node[] {
  const at = new Map<Node, Node>();
  body.inputs.forEach((input, i) => {
    at.set(input, inputs[i] as Node);
  });
  return rebuild(body.outputs, (node) => at.get(node));
}

// A node of a tensor expression: immutable, with its shape and dtype known, and created in order
// (an id is larger than those of its sources). A graph is the nodes reached from its outputs.
// Walks are iterative, so a chain of any length is safe.

import type { DType } from "./dtype.ts";
import { DeviceError } from "./errors.ts";
import type { Op, OpArgs } from "./op.ts";

/** Realised data; what it is belongs to the device that made it. */
export interface Storage {
  readonly bytes: number;
  readonly device?: Home;
}

/** Where data lives: a device, of which nodes know no more than its name. */
export interface Home {
  readonly name: string;
}

/** A node of a graph: an op, its sources, what else it carries, a shape and a type. */
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
  /** Of a value of a cell: whose it is or was. */
  version: NodeVersion | undefined;
  /** The expression was given up, so that no derivative can pass. */
  forgotten: boolean;
  /** Scratch of walks: which one last saw the node, and the number it gave it. */
  mark: number;
  position: number;
  /** Where the data below lives; undefined where nothing decides. */
  home: Home | undefined;
}

/** Whose value a node is or was: a fact of the floor that has values that change. */
export interface NodeVersion {
  readonly owner: object;
  /** When it stopped being the owner's value: nodes with smaller ids existed. 0 while it is. */
  end: number;
}

/** Where a node's value is or will be; undefined where nothing decides. */
export const homeOf = (node: Node): Home | undefined => node.home ?? node.storage?.device;

export interface Part {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A closed graph: `input` nodes and the outputs computed from them. */
export interface Body {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

/**
 * A node as memory holds it. All are of one class and none in a table beside it: an engine that
 * sees many nodes live long while a program compiles would put object literals of later steps among
 * the old objects from the start, and a table that is keyed by nodes grows there.
 */
class Made<O extends Op> implements Node<O> {
  readonly id: number;
  readonly op: O;
  readonly src: readonly Node[];
  readonly arg: OpArgs[O];
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly parts: readonly Part[] | undefined;
  readonly pending: number;
  storage: Storage | undefined;
  version: NodeVersion | undefined;
  forgotten: boolean;
  mark: number;
  position: number;
  home: Home | undefined;

  constructor(
    op: O,
    src: readonly Node[],
    arg: OpArgs[O],
    shape: readonly number[],
    dtype: DType,
    parts: readonly Part[] | undefined,
  ) {
    this.id = nextId++;
    this.op = op;
    this.src = src;
    this.arg = arg;
    this.shape = shape;
    this.dtype = dtype;
    this.parts = parts;
    let pending = 0;
    let home: Home | undefined;
    for (let i = 0; i < src.length; i++) {
      const s = src[i] as Node;
      if (s.storage === undefined && s.pending >= pending) pending = s.pending + 1;
      const its = homeOf(s);
      if (home === undefined) home = its;
      else if (its !== undefined && its !== home) throw mixed(op, home, its);
    }
    this.pending = pending;
    this.home = home;
    this.storage = undefined;
    this.version = undefined;
    this.forgotten = false;
    this.mark = 0;
    this.position = 0;
  }
}

const mixed = (op: Op, one: Home, other: Home): DeviceError =>
  new DeviceError(
    `${op}: its operands live on ${one.name} and ${other.name}; move one with to("${one.name}")`,
  );

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
  return new Made(op, src, arg, shape, dtype, parts);
}

export const is = <O extends Op>(node: Node, op: O): node is Node<O> => node.op === op;

let walks = 0;

/**
 * Every node reached from `outputs`, sources before users. `stop` names nodes that count as leaves:
 * they are listed, their sources are not visited. `stop` must not walk by itself.
 */
export function sortNodes(outputs: readonly Node[], stop?: (node: Node) => boolean): Node[] {
  const walk = ++walks;
  const order: Node[] = [];
  const stack: Node[] = [];
  for (const output of outputs) {
    if (output.mark === walk) continue;
    output.mark = walk;
    output.position = 0;
    stack.push(output);
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as Node;
      const next = node.position;
      if (next < node.src.length && !(next === 0 && stop?.(node))) {
        node.position = next + 1;
        const child = node.src[next] as Node;
        if (child.mark !== walk) {
          child.mark = walk;
          child.position = 0;
          stack.push(child);
        }
      } else {
        order.push(node);
        stack.pop();
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

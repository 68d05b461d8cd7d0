// What makes two computations the same program: the structure of the graph, with leaves as numbered
// slots and JavaScript's numbers left out (except 0, 1 and -1, which the compiler uses). From the same
// walk: the graph that a device compiles, free of any user's data.

import { constant, input } from "../ir/build.ts";
import type { DType } from "../ir/dtype.ts";
import { type Body, is, makeNode, type Node, sortNodes } from "../ir/node.ts";
import type { CallArgs, ProductForm, ScanArgs } from "../ir/op.ts";
import type { Graph } from "../ir/program.ts";
import { Key, numberToken } from "./key.ts";

/** What a node is to the program: data given with each call, a number given with each call, or neither. */
export type Role = "leaf" | "number" | "inner";

export interface Described {
  readonly key: Key;
  readonly order: readonly Node[];
  readonly outputs: readonly Node[];
  /** Data slots in the program's order. */
  readonly leaves: readonly Node[];
  /** Nodes whose value comes as a number with each call: `const`, or 0-d `input`. */
  readonly numbers: readonly Node[];
}

/** Keys and counters of random draws are u32: they differ from call to call even where they are 0. */
const isFixed = (value: number, dtype: DType): boolean =>
  dtype !== "u32" && (Object.is(value, 0) || value === 1 || value === -1);

/** The node that holds the same value under no other name. */
export function strip(node: Node): Node {
  let at = node;
  while ((at.op === "alias" || at.op === "detach") && at.storage === undefined)
    at = at.src[0] as Node;
  return at;
}

/**
 * Describe the program that computes `outputs` (stripped, distinct, none a leaf).
 *
 * @param options  key: written anew, default a new one; order: the nodes of the program, sources first,
 *   if the caller has them. Equal programs must be given in equal order
 */
export function describe(
  outputs: readonly Node[],
  role: (node: Node) => Role,
  {
    key = new Key(),
    order = sortNodes(outputs, (node) => role(node) !== "inner"),
  }: { key?: Key; order?: readonly Node[] } = {},
): Described {
  key.clear();
  const leaves: Node[] = [];
  const numbers: Node[] = [];
  // The walks of bodies come first: they may pass nodes of this graph and number them.
  for (const node of order) if (is(node, "scan") || is(node, "call")) bodyKey(node.arg.body);
  let count = 0;
  for (const node of order) {
    const kind = role(node);
    if (kind === "inner" && (node.op === "alias" || node.op === "detach")) {
      node.position = (node.src[0] as Node).position;
      continue;
    }
    node.position = count++;
    if (kind === "leaf") {
      leaves.push(node);
      key.add("leaf");
    } else if (kind === "number") {
      numbers.push(node);
      key.add("number");
    } else if (is(node, "const")) {
      const fixed = isFixed(node.arg.value, node.dtype);
      if (!fixed) numbers.push(node);
      key.add(fixed ? node.arg.value : "const");
    } else {
      addInner(key, node, positionOf);
    }
    key.add(node.dtype);
    key.addAll(node.shape);
  }
  for (const output of outputs) key.add(output.position);
  return { key, order, outputs, leaves, numbers };
}

const positionOf = (node: Node): number => node.position;

/** An op with its sources and what it carries. */
function addInner(key: Key, node: Node, at: (node: Node) => number): void {
  key.add(node.op);
  key.add(node.src.length);
  for (const s of node.src) key.add(at(s));
  if (is(node, "scan")) {
    const { body, carries, stacked, length, reverse } = node.arg as ScanArgs;
    key.addAll([carries, stacked, length, Number(reverse)]);
    key.add(bodyKey(body));
  } else if (is(node, "call")) {
    const { body, kind } = node.arg as CallArgs;
    key.add(kind);
    key.add(bodyKey(body));
  } else if (node.arg !== null) addFields(key, node.arg as Readonly<Record<string, Field>>);
}

type Field = number | string | boolean | readonly number[] | ProductForm;

function addFields(key: Key, fields: Readonly<Record<string, Field>>): void {
  for (const name in fields) {
    const value = fields[name] as Field;
    key.add(name);
    if (typeof value === "number") key.add(numberToken(value));
    else if (typeof value === "string") key.add(value);
    else if (typeof value === "boolean") key.add(value ? 1 : 0);
    else if ("name" in value) key.add(value.name);
    else key.addAll(value);
  }
}

const bodyKeys = new WeakMap<Body, string>();

/** A body's structure; its constants stand in it with their values. */
function bodyKey(body: Body): string {
  const known = bodyKeys.get(body);
  if (known !== undefined) return known;
  const at = new Map<Node, number>();
  const key = new Key();
  const addType = (node: Node): void => {
    at.set(node, at.size);
    key.add(node.dtype);
    key.addAll(node.shape);
  };
  for (const node of body.inputs) addType(node);
  for (const node of sortNodes(body.outputs)) {
    if (at.has(node)) continue;
    addInner(key, node, (s) => at.get(s) as number);
    addType(node);
  }
  for (const output of body.outputs) key.add(at.get(output) as number);
  const text = `{${key}}`;
  bodyKeys.set(body, text);
  return text;
}

/** The graph for a device: a copy with slots in place of data, and without alias and detach. */
export function toGraph(described: Described, replaces: readonly number[]): Graph {
  const { order, outputs, leaves, numbers } = described;
  const copies = new Map<Node, Node>();
  const inputs = leaves.map((node, slot) => {
    const copy = input(slot, node.shape, node.dtype);
    copies.set(node, copy);
    return copy;
  });
  const constants = numbers.map((node, i) => {
    const copy = is(node, "const")
      ? constant(node.arg.value, node.dtype, node.shape)
      : input(leaves.length + i, node.shape, node.dtype);
    copies.set(node, copy);
    return copy;
  });
  for (const node of order) {
    if (copies.has(node)) continue;
    const src = node.src.map((s) => copies.get(s) as Node);
    copies.set(
      node,
      node.op === "alias" || node.op === "detach"
        ? (src[0] as Node)
        : makeNode(node.op, src, node.arg as never, node.shape, node.dtype, node.parts),
    );
  }
  return { inputs, outputs: outputs.map((o) => copies.get(o) as Node), constants, replaces };
}

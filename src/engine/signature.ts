// What makes two computations the same program: the structure of the graph, with leaves as numbered
// slots and JavaScript's numbers left out (except 0, 1 and -1, which the compiler uses). From the same
// walk: the graph that a device compiles, free of any user's data.

import { constant, input } from "../ir/build.ts";
import type { DType } from "../ir/dtype.ts";
import { type Body, is, makeNode, type Node, sortNodes } from "../ir/node.ts";
import type { CallArgs, OpArgs, ScanArgs } from "../ir/op.ts";
import type { Graph } from "../ir/program.ts";

/** What a node is to the program: data given with each call, a number given with each call, or neither. */
export type Role = "leaf" | "number" | "inner";

export interface Described {
  readonly key: string;
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

/** Describe the program that computes `outputs` (stripped, distinct, none a leaf). */
export function describe(outputs: readonly Node[], role: (node: Node) => Role): Described {
  const order = sortNodes(outputs, (node) => role(node) !== "inner");
  const at = new Map<Node, number>();
  const leaves: Node[] = [];
  const numbers: Node[] = [];
  const parts: string[] = [];
  for (const node of order) {
    const kind = role(node);
    if (kind === "inner" && (node.op === "alias" || node.op === "detach")) {
      at.set(node, at.get(node.src[0] as Node) as number);
      continue;
    }
    at.set(node, parts.length);
    const type = `${node.dtype}[${node.shape.join()}]`;
    if (kind === "leaf") {
      leaves.push(node);
      parts.push(`leaf ${type}`);
    } else if (kind === "number") {
      numbers.push(node);
      parts.push(`number ${type}`);
    } else if (is(node, "const")) {
      const fixed = isFixed(node.arg.value, node.dtype);
      if (!fixed) numbers.push(node);
      parts.push(`const ${fixed ? node.arg.value : "?"} ${type}`);
    } else {
      parts.push(entry(node, type, at));
    }
  }
  return {
    key: `${parts.join(";")}>${outputs.map((o) => at.get(o)).join()}`,
    order,
    outputs,
    leaves,
    numbers,
  };
}

function entry(node: Node, type: string, at: ReadonlyMap<Node, number>): string {
  let text = `${node.op} `;
  for (const s of node.src) text += `${at.get(s)},`;
  return `${text}${argument(node)} ${type}`;
}

function argument(node: Node): string {
  if (node.arg === null) return "";
  if (is(node, "scan")) {
    const { body, carries, stacked, length, reverse } = node.arg as ScanArgs;
    return `${carries},${stacked},${length},${reverse}{${bodyKey(body)}}`;
  }
  if (is(node, "call")) {
    const { body, kind } = node.arg as CallArgs;
    return `${kind}{${bodyKey(body)}}`;
  }
  if (is(node, "pad")) {
    const { before, after, between, value } = node.arg as OpArgs["pad"];
    return `${before.join()}/${after.join()}/${between.join()}/${value}`;
  }
  return JSON.stringify(node.arg);
}

const bodyKeys = new WeakMap<Body, string>();

/** A body's structure; its constants stand in it with their values. */
function bodyKey(body: Body): string {
  const known = bodyKeys.get(body);
  if (known !== undefined) return known;
  const at = new Map<Node, number>();
  const parts: string[] = body.inputs.map((node, i) => {
    at.set(node, i);
    return `in ${node.dtype}[${node.shape.join()}]`;
  });
  for (const node of sortNodes(body.outputs)) {
    if (at.has(node)) continue;
    at.set(node, parts.length);
    const type = `${node.dtype}[${node.shape.join()}]`;
    parts.push(
      is(node, "const") ? `const ${showNumber(node.arg.value)} ${type}` : entry(node, type, at),
    );
  }
  const key = `${parts.join(";")}>${body.outputs.map((o) => at.get(o)).join()}`;
  bodyKeys.set(body, key);
  return key;
}

const showNumber = (value: number): string => (Object.is(value, -0) ? "-0" : `${value}`);

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

// Rules for what changes no value: arithmetic with neutral numbers, and structure that only matters to
// derivatives.

import { not } from "../../ir/build.ts";
import { inline, is, type Node } from "../../ir/node.ts";
import type { Rule } from "./rewriter.ts";

const constantOf = (node: Node): number | undefined => {
  if (node.op === "expand" || node.op === "reshape") return constantOf(node.src[0] as Node);
  return is(node, "const") ? node.arg.value : undefined;
};

export const transparent: Rule = (node) =>
  node.op === "alias" || node.op === "detach" ? node.src[0] : undefined;

/** A call's own derivative no longer matters: its body takes its place. */
export const inlineCall: Rule = (node) => {
  if (!is(node, "part")) return undefined;
  const call = node.src[0] as Node;
  return is(call, "call") ? inline(call.arg.body, call.src)[node.arg.index] : undefined;
};

export const identities: Rule = (node) => {
  const [x, y, z] = node.src as [Node, Node, Node];
  if (node.op === "mul") {
    if (constantOf(y) === 1) return x;
    if (constantOf(x) === 1) return y;
  }
  if (node.op === "div" && constantOf(y) === 1) return x;
  if (node.op === "add") {
    // x + 0 is x for every x but −0, and −0 + 0 compares equal to −0.
    if (constantOf(y) === 0) return x;
    if (constantOf(x) === 0) return y;
  }
  if (node.op === "where") {
    if (constantOf(x) === 1) return y;
    if (constantOf(x) === 0) return z;
    if (y === z) return y;
  }
  if (node.op === "neg" && x.op === "neg") return x.src[0];
  // A condition made a number and a condition again: a mask that was multiplied or shifted.
  if (node.op === "cast" && node.dtype === "bool" && x.op === "where") {
    const [condition, a, b] = x.src as [Node, Node, Node];
    if (constantOf(a) === 1 && constantOf(b) === 0) return condition;
    if (constantOf(a) === 0 && constantOf(b) === 1) return not(condition);
  }
  return undefined;
};

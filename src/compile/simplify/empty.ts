// Rules for what has no elements: there is nothing to compute, and what is taken over nothing is known.
// No kernel has to deal with loops over nothing for the sake of results that others have.

import * as build from "../../ir/build.ts";
import { is, type Node } from "../../ir/node.ts";
import type { Rule } from "./rewriter.ts";

const isEmpty = ({ shape }: Node): boolean => shape.includes(0);

/** What keeps its place in a program however small it is. */
const needed: ReadonlySet<string> = new Set(["const", "input", "buffer", "scan", "call"]);

export const nothing: Rule = (node) => {
  if (needed.has(node.op)) return undefined;
  if (isEmpty(node)) return build.constant(0, node.dtype, node.shape);
  if (is(node, "scatter")) return isEmpty(node.src[1] as Node) ? node.src[0] : undefined;
  if (!(is(node, "reduce") || is(node, "contract")) || !node.src.some(isEmpty)) return undefined;
  const neutral = is(node, "reduce") && node.arg.kind === "mul" ? 1 : 0;
  return build.constant(neutral, node.dtype, node.shape);
};

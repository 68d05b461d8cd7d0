// Rules for reads and writes at computed places that can be had without them.

import * as build from "../../ir/build.ts";
import { is, type Node } from "../../ir/node.ts";
import type { Rule } from "./rewriter.ts";

/** Writing one element a row is a comparison with the row's index, which stays checked. */
export const narrowScatter: Rule = (node) => {
  if (!is(node, "scatter")) return undefined;
  const [target, index, values] = node.src as [Node, Node, Node];
  const axis = node.arg.axis;
  if (index.shape[axis] !== 1) return undefined;
  const places = build.iota(target.shape, axis);
  const place = build.gather(places, index, axis, "scatter");
  const hit = build.equal(places, build.expand(place, target.shape));
  const put = build.expand(values, target.shape);
  return build.where(hit, node.arg.kind === "add" ? build.add(target, put) : put, target);
};

/** The value at the first largest is the largest. */
export const gatherOfArgmax: Rule = (node) => {
  if (!is(node, "gather")) return undefined;
  const [x, index] = node.src as [Node, Node];
  const largest = index.src[0];
  if (!is(index, "reshape") || !largest || !is(largest, "argmax")) return undefined;
  const { axis } = largest.arg;
  if (largest.src[0] !== x || axis !== node.arg.axis || index.shape[axis] !== 1) return undefined;
  return build.reduceKeep(x, "max", [axis]);
};

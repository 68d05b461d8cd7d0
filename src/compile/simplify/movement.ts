// Rules for views of views: two of a kind are one, and what a slice cuts off need not be made.

import * as build from "../../ir/build.ts";
import { is, type Node } from "../../ir/node.ts";
import type { Rule } from "./rewriter.ts";

export const nestedMovement: Rule = (node) => {
  const x = node.src[0];
  if (!x) return undefined;
  if (is(node, "permute") && is(x, "permute")) {
    return build.permute(
      x.src[0] as Node,
      node.arg.order.map((a) => x.arg.order[a] as number),
    );
  }
  if (node.op === "reshape" && x.op === "reshape")
    return build.reshape(x.src[0] as Node, node.shape);
  if (node.op === "expand" && x.op === "expand") return build.expand(x.src[0] as Node, node.shape);
  return undefined;
};

/** Some of the windows lie within some of the elements. */
export const sliceOfWindow: Rule = (node) => {
  const x = node.src[0];
  if (!is(node, "slice") || !x || !is(x, "window")) return undefined;
  const { axis, size, stride, dilation } = x.arg;
  const { start, stop, step } = node.arg;
  const wholeTaps = start[axis + 1] === 0 && stop[axis + 1] === size && step[axis + 1] === 1;
  if (!wholeTaps || step[axis] !== 1 || (node.shape[axis] as number) === 0) return undefined;
  const source = x.src[0] as Node;
  const first = (start[axis] as number) * stride;
  const last = ((stop[axis] as number) - 1) * stride + (size - 1) * dilation + 1;
  const drop = (list: readonly number[], value: number): number[] => [
    ...list.slice(0, axis),
    value,
    ...list.slice(axis + 2),
  ];
  return build.window(
    build.slice(source, { start: drop(start, first), stop: drop(stop, last), step: drop(step, 1) }),
    x.arg,
  );
};

/** Padding that is cut off again need not be put on. */
export const sliceOfPad: Rule = (node) => {
  const x = node.src[0];
  if (!is(node, "slice") || !x || !is(x, "pad")) return undefined;
  const { start, stop, step } = node.arg;
  const { before, after, between, value } = x.arg;
  if (step.some((n) => n !== 1) || node.shape.includes(0)) return undefined;
  const source = x.src[0] as Node;
  // Only axes without gaps are cut; of the source itself, what the slice leaves out at each end.
  const plain = source.shape.map((_, i) => between[i] === 0);
  if (
    source.shape.some((d, i) => !plain[i] && (start[i] !== 0 || stop[i] !== x.shape[i] || d === 0))
  )
    return undefined;
  const from = start.map((s, i) => Math.max(0, s - (before[i] as number)));
  const to = stop.map((s, i) =>
    plain[i]
      ? Math.min(source.shape[i] as number, s - (before[i] as number))
      : (source.shape[i] as number),
  );
  if (to.some((t, i) => t <= (from[i] as number))) return undefined;
  const inner = build.slice(source, { start: from, stop: to, step });
  const front = before.map((n, i) => Math.max(0, n - (start[i] as number)));
  const back = after.map((n, i) => Math.max(0, n - ((x.shape[i] as number) - (stop[i] as number))));
  return build.pad(inner, front, back, { between, value });
};

// Rules for reductions: fewer of them, in forms whose rows can be shared out.

import * as build from "../../ir/build.ts";
import { is, type Node } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import { leadingAxis, longSum } from "../leading.ts";
import { divisorNear } from "./divisor.ts";
import type { Rule } from "./rewriter.ts";

/** Two sums in a row are one, unless the first is wanted too. */
export const nestedReduce: Rule = (node, isShared) => {
  const x = node.src[0];
  if (
    !is(node, "reduce") ||
    !x ||
    !is(x, "reduce") ||
    x.arg.kind !== node.arg.kind ||
    x.dtype !== node.dtype ||
    isShared(x)
  )
    return undefined;
  const inside = x.src[0] as Node;
  const left = inside.shape.map((_, i) => i).filter((i) => !x.arg.axes.includes(i));
  const axes = [...x.arg.axes, ...node.arg.axes.map((a) => left[a] as number)];
  return build.reduce(inside, node.arg.kind, axes);
};

/** Axes of one element need no reducing. */
export const trivialReduce: Rule = (node) => {
  if (!is(node, "reduce")) return undefined;
  const x = node.src[0] as Node;
  const real = node.arg.axes.filter((a) => x.shape[a] !== 1);
  if (real.length === node.arg.axes.length) return undefined;
  return build.reshape(build.reduce(x, node.arg.kind, real), node.shape);
};

/** First largest: the maximum, then the first place that has it, counted from the end. */
export const argmaxAsReductions: Rule = (node) => {
  if (!is(node, "argmax")) return undefined;
  const x = node.src[0] as Node;
  const axis = node.arg.axis;
  const length = x.shape[axis] as number;
  const largest = build.expand(build.reduceKeep(x, "max", [axis]), x.shape);
  const hit = build.or(build.equal(x, largest), build.not(build.equal(x, x)));
  const fromEnd = build.sub(build.constant(length - 1, "i32"), build.iota(x.shape, axis));
  const best = build.reduce(build.where(hit, fromEnd, build.constant(0, "i32", x.shape)), "max", [
    axis,
  ]);
  return build.sub(build.constant(length - 1, "i32"), best);
};

/**
 * A long sum into few numbers has too few rows to share out: sum pieces first. Pieces of a sum over
 * the leading axis are its elements, if other axes make each of them long.
 */
export const splitReduce: Rule = (node) => {
  if (!is(node, "reduce")) return undefined;
  const x = node.src[0] as Node;
  const { kind, axes } = node.arg;
  const first = leadingAxis(x.shape);
  const batch = x.shape[first] ?? 1;
  const rows = Math.max(1, sizeOf(node.shape));
  const length = sizeOf(x.shape) / rows;
  if (length < longSum) return undefined;
  if (!axes.includes(first)) return length < endless || rows / batch >= 32 ? undefined : cut(node);
  if (rows >= 32) return undefined;
  if (length / batch < longSum) return length < 16384 ? undefined : cut(node);
  const others = axes.filter((axis) => axis !== first);
  const at = first - others.filter((axis) => axis < first).length;
  return build.reduce(build.keep(build.reduce(x, kind, others)), kind, [at]);
};

/** Length from which a sum is cut although there may be many. */
const endless = 2 ** 18;

/** The sum of the sums of equal pieces along one of its axes. */
function cut(node: Node<"reduce">): Node | undefined {
  const x = node.src[0] as Node;
  const { kind, axes } = node.arg;
  const goal = Math.min(256, Math.floor(sizeOf(x.shape) / sizeOf(node.shape) / 2048));
  for (const axis of axes) {
    const extent = x.shape[axis] as number;
    const pieces = divisorNear(extent, goal, 8);
    if (pieces === 1) continue;
    const shape = [...x.shape.slice(0, axis), pieces, extent / pieces, ...x.shape.slice(axis + 1)];
    const inside = axes.map((a) => (a >= axis ? a + 1 : a));
    const partial = build.reduce(build.reshape(x, shape), kind, inside);
    const kept = shape.map((_, i) => i).filter((i) => !inside.includes(i));
    return build.reduce(build.keep(partial), kind, [kept.indexOf(axis)]);
  }
  return undefined;
}

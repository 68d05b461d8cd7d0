// Along axes: reductions, running sums, sorts.

import { accumulate, dtypes } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { makeNode, type Node } from "../node.ts";
import type { ReduceKind } from "../op.ts";
import { normalizeAxes, normalizeAxis, showShape } from "../shape.ts";
import { cast } from "./elementwise.ts";
import { reshape } from "./movement.ts";

const reduceNames = { add: "reduce add", max: "reduce max", mul: "reduce mul" } as const;

export function reduce(x: Node, kind: ReduceKind, axes: readonly number[]): Node {
  const list = normalizeAxes(axes, x.shape.length, reduceNames[kind]);
  const dtype = kind === "max" ? dtypes[x.dtype].compute : accumulate(x.dtype);
  const y = cast(x, dtype);
  if (list.length === 0) return y;
  if (kind === "max" && list.some((a) => x.shape[a] === 0)) {
    throw new ShapeError(
      `max: axis ${list.find((a) => x.shape[a] === 0)} of ${showShape(x.shape)} is empty and has no largest element`,
    );
  }
  const shape = x.shape.filter((_, i) => !list.includes(i));
  return makeNode("reduce", [y], { kind, axes: list }, shape, dtype);
}

/** A reduction that leaves its axes behind with size 1. */
export function reduceKeep(x: Node, kind: ReduceKind, axes: readonly number[]): Node {
  return reshape(
    reduce(x, kind, axes),
    x.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
  );
}

export function cumsum(x: Node, axis: number, reverse = false): Node {
  const at = normalizeAxis(axis, x.shape.length, "cumSum");
  const y = cast(x, accumulate(x.dtype));
  return makeNode("cumsum", [y], { axis: at, reverse }, x.shape, y.dtype);
}

export function argmax(x: Node, axis: number): Node {
  const at = normalizeAxis(axis, x.shape.length, "argMax");
  if (x.shape[at] === 0)
    throw new ShapeError(
      `argMax: axis ${axis} of ${showShape(x.shape)} is empty and has no largest element`,
    );
  return makeNode(
    "argmax",
    [cast(x, dtypes[x.dtype].compute)],
    { axis: at },
    x.shape.filter((_, i) => i !== at),
    "i32",
  );
}

export function argsort(x: Node, axis: number, descending = false): Node {
  const at = normalizeAxis(axis, x.shape.length, "sort");
  return makeNode(
    "argsort",
    [cast(x, dtypes[x.dtype].compute)],
    { axis: at, descending },
    x.shape,
    "i32",
  );
}

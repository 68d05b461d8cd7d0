// Elements at computed places.

import { accumulate, isFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { makeNode, type Node } from "../node.ts";
import { normalizeAxis, showShape } from "../shape.ts";
import { cast } from "./elementwise.ts";
import { expand } from "./movement.ts";

function checkIndexed(operation: string, x: Node, index: Node, axis: number): void {
  if (isFloat(index.dtype) || index.dtype === "bool") {
    throw new DTypeError(`${operation}: the index must hold integers, not ${index.dtype}`);
  }
  if (
    index.shape.length !== x.shape.length ||
    index.shape.some((d, i) => i !== axis && d !== x.shape[i])
  ) {
    throw new ShapeError(
      `${operation}: index ${showShape(index.shape)} must equal ${showShape(x.shape)} in every axis but ${axis}`,
    );
  }
}

export function gather(x: Node, index: Node, axis: number, checks?: "scatter"): Node {
  const at = normalizeAxis(axis, x.shape.length, "gather");
  checkIndexed("gather", x, index, at);
  const arg = checks ? { axis: at, checks } : { axis: at };
  return makeNode("gather", [x, cast(index, "i32")], arg, index.shape, x.dtype);
}

export function scatter(
  target: Node,
  index: Node,
  values: Node,
  axis: number,
  kind: "add" | "set",
): Node {
  const at = normalizeAxis(axis, target.shape.length, "scatter");
  checkIndexed("scatter", target, index, at);
  const dtype = kind === "add" ? accumulate(target.dtype) : target.dtype;
  return makeNode(
    "scatter",
    [cast(target, dtype), cast(index, "i32"), cast(expand(values, index.shape), dtype)],
    { axis: at, kind },
    target.shape,
    dtype,
  );
}

// Nodes with no sources: memory, inputs, numbers.

import type { DType } from "../dtype.ts";
import { makeNode, type Node } from "../node.ts";
import { castScalar } from "../scalar.ts";
import { normalizeAxis, type Shape } from "../shape.ts";

const none: readonly Node[] = [];
const scalar: Shape = [];

export const buffer = (shape: Shape, dtype: DType): Node<"buffer"> =>
  makeNode("buffer", none, null, shape, dtype);

export const input = (slot: number, shape: Shape, dtype: DType): Node<"input"> =>
  makeNode("input", none, { slot }, shape, dtype);

/** One number everywhere. */
export function constant(value: number, dtype: DType, shape: Shape = scalar): Node<"const"> {
  return makeNode("const", none, { value: castScalar(value, "f64", dtype) }, shape, dtype);
}

/** 0, 1, 2, … along an axis. */
export const iota = (shape: Shape, axis: number, dtype: DType = "i32"): Node =>
  makeNode("iota", none, { axis: normalizeAxis(axis, shape.length, "iota") }, shape, dtype);

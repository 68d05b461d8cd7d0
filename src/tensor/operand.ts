// Operands as nodes: what a binary operation does before it computes. Numbers take the tensor's
// type, shapes are checked under the name that the user called, and integers become floats where
// only floats make sense.

import { cast, constant, xor } from "../ir/build.ts";
import { type DType, dtypes, isFloat, promote } from "../ir/dtype.ts";
import { DTypeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { broadcastShapes, equalShapes } from "../ir/shape.ts";
import { type Base, type Operand, operand } from "./base.ts";

/** A number of the type of `like`, which broadcasts to its shape. */
export const number = (value: number, like: Node): Node => constant(value, like.dtype);

/** Both operands, checked to broadcast under the operation's name. */
export function pair(operation: string, a: Base, b: Operand): [Node, Node] {
  const { dtype, shape } = a.node;
  const y = operand(b, dtype, { operation, shape });
  const x = a.weak === undefined ? a.node : a.weak(y.dtype);
  if (!equalShapes(x.shape, y.shape)) broadcastShapes(operation, x.shape, y.shape);
  return [x, y];
}

/** In a type that computes, and floating: integers and bool become f32. */
export const floating = (x: Node): Node =>
  cast(x, isFloat(x.dtype) ? dtypes[x.dtype].compute : "f32");

/** Both in one floating type. */
export function floatingPair(a: Node, b: Node): [Node, Node] {
  const common = promote(a.dtype, b.dtype);
  const dtype = isFloat(common) ? common : "f32";
  return [cast(a, dtype), cast(b, dtype)];
}

/** Both in one type that computes; bool counts as i32. */
export function numericPair(a: Node, b: Node): [Node, Node] {
  const common = promote(a.dtype, b.dtype);
  const dtype = common === "bool" ? "i32" : common;
  return [cast(a, dtype), cast(b, dtype)];
}

/** @throws DTypeError  the node does not hold integers */
export function requireIntegers(operation: string, what: string, x: Node): void {
  if (isFloat(x.dtype) || x.dtype === "bool") {
    const way =
      x.dtype === "bool"
        ? "a mask selects with maskedFill, where, set, or (awaited) select"
        : `cast it: .cast("i32")`;
    throw new DTypeError(`${operation}: ${what} must hold integers, not ${x.dtype}; ${way}`);
  }
}

/** The smallest and the largest number of a type. */
export function rangeOf(dtype: DType): readonly [lowest: number, highest: number] {
  const type = dtypes[dtype].compute;
  if (isFloat(type)) return [-Infinity, Infinity];
  if (type === "i32") return [-(2 ** 31), 2 ** 31 - 1];
  return [0, type === "bool" ? 1 : type === "u8" ? 255 : 2 ** 32 - 1];
}

/** Every bit turned over, of integers or bool. */
export const complement = (x: Node): Node =>
  xor(x, number(x.dtype === "i32" ? -1 : rangeOf(x.dtype)[1], x));

/**
 * For comparing: a whole number that an integer type cannot hold becomes the nearest that it can,
 * instead of wrapping round.
 */
export function saturate(value: Operand, like: DType): Operand {
  if (typeof value !== "number" || like === "bool" || !Number.isInteger(value)) return value;
  const [lowest, highest] = rangeOf(like);
  return Math.min(highest, Math.max(lowest, value));
}

// The root of the chain of classes that ends in Tensor: something that holds a node and can wrap
// another. Each family of operations is one abstract class in this chain, so that the methods of a
// tensor stand in several files and its type is still one class.

import { constant } from "../ir/build.ts";
import { type DType, dtypes, isFloat } from "../ir/dtype.ts";
import { DataError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import type { Shape } from "../ir/shape.ts";
import type { Tensor } from "./tensor.ts";

export abstract class Base {
  /** The expression that this tensor stands for; of a cell, its value at this moment. */
  abstract get node(): Node;

  /**
   * Set only on the numbers that a compiled function receives: such a number has no type of its own
   * and gives the node that suits a partner of type `like`, as a JavaScript number would.
   */
  weak?: (like: DType) => Node;

  /** A tensor over another node. */
  protected abstract wrap(node: Node): Tensor;
}

/** What arithmetic takes beside a tensor. */
export type Operand = Tensor | number;

/** The type that a JavaScript number has beside a tensor of type `like`: that type, if it can hold it. */
export function numberType(value: number, like: DType): DType {
  const type = dtypes[like].compute;
  if (isFloat(type)) return type;
  if (!Number.isInteger(value)) return "f32";
  return type === "bool" ? "i32" : type;
}

/** Throws where a program without types passes something else. */
export function requireTensor(operation: string, value: unknown): asserts value is Tensor {
  if (value instanceof Base) return;
  const isList = Array.isArray(value) || ArrayBuffer.isView(value);
  const what = isList ? "an array" : value === null ? "null" : `a value of type ${typeof value}`;
  throw new DataError(
    `${operation}: expected a tensor or a number, not ${what}${isList ? "; make it one: tensor(array)" : ""}`,
  );
}

/**
 * The node of an operand; a number becomes a constant of the type that suits `like`.
 *
 * @param shape  of a number. Default: []
 */
export function operand(
  value: Operand,
  like: DType,
  { operation = "an operation", shape }: { operation?: string; shape?: Shape } = {},
): Node {
  if (typeof value === "number") return constant(value, numberType(value, like), shape);
  requireTensor(operation, value);
  return value.weak === undefined ? value.node : value.weak(like);
}

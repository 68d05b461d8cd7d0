// Indexing: parts of a tensor by integers, slices and index tensors; the same parts replaced; and
// reading and adding at positions that are themselves numbers in tensors. The end of the chain.

import * as ir from "../ir/build.ts";
import { ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { normalizeAxis, showShape, sizeOf } from "../ir/shape.ts";
import { Base, type Operand, operand } from "./base.ts";
import { Contract } from "./contract.ts";
import { requireIntegers } from "./operand.ts";
import { requireOptions, wholeNumber } from "./requirements.ts";
import { nonZero, select, type Unique, unique } from "./select.ts";
import { type Index, readAt, writeAt } from "./selection.ts";
import type { Tensor } from "./tensor.ts";

export type { Unique } from "./select.ts";
export type { Index } from "./selection.ts";

export abstract class Indexing extends Contract {
  /**
   * A part of this tensor: one argument an axis, missing ones take all.
   *
   * An integer takes one element and drops the axis (negative counts from the end). A string slices:
   * "start:stop:step", each optional, negative ones as in Python. "..." stands for the axes between;
   * "new" adds an axis of size 1. A tensor of integers gathers; several broadcast with each other,
   * and their axes stand where the first stood if they are neighbours, else in front (NumPy's rule).
   *
   * @throws ShapeError  an integer lies outside its axis, or there are more arguments than axes
   * @throws IndexError  on reading, if an index in a tensor lies outside
   * @example
   * tensor([[1, 2], [3, 4]]).at(":", -1); // [2, 4]
   */
  at(...indices: Index[]): Tensor {
    return this.wrap(readAt(this.node, indices));
  }

  /**
   * This tensor with a part replaced, as a new tensor.
   *
   * @param indices  as of `at`, in a list; or one bool tensor, a mask that broadcasts to this one.
   *   Where index tensors name a position twice, the last write wins
   * @param value    broadcasts to the part
   * @example
   * zeros([3]).set([1], 5); // [0, 5, 0]
   */
  set(indices: readonly Index[], value: Operand): Tensor {
    const [only] = indices;
    if (indices.length === 1 && only instanceof Base && only.node.dtype === "bool") {
      return this.maskedFill(only, value);
    }
    return this.wrap(writeAt(this.node, indices, operand(value, this.node.dtype), "set"));
  }

  /** This tensor with `value` added to a part; positions named twice get both. */
  addAt(indices: readonly Index[], value: Operand): Tensor {
    return this.wrap(writeAt(this.node, indices, operand(value, this.node.dtype), "add"));
  }

  /**
   * Slices along one axis, by number: the axis gives way to the axes of the index.
   *
   * @param index    integers, negative counting from the end; an integer drops the axis
   * @param options  axis, default 0
   * @throws IndexError  on reading, if an index lies outside
   */
  take(index: Tensor | number, options: { axis?: number } = {}): Tensor {
    const { axis = 0 } = requireOptions("take", options, ["axis"]);
    const at = normalizeAxis(axis, this.node.shape.length, "take");
    const before = new Array<Index>(at).fill(":");
    return this.at(...before, index);
  }

  /**
   * out[i…] = x[i… with the axis's place taken by index[i…]].
   *
   * @param index  integers ≥ 0, of this tensor's rank; beside the axis no larger than this tensor
   * @throws ShapeError  the ranks differ or the index is too large
   * @throws IndexError  on reading, if an index lies outside
   */
  gather(index: Tensor, options: { axis: number }): Tensor {
    const { axis } = requireOptions("gather", options, ["axis"]);
    const x = this.node;
    const at = normalizeAxis(axis, x.shape.length, "gather");
    checkFits("gather", x, index.node, at);
    return this.wrap(ir.gather(corner(x, index.node.shape, at), index.node, at));
  }

  /** This tensor with values written at `index` along an axis: the counterpart of gather. */
  scatter(index: Tensor, values: Operand, { axis }: { axis: number }): Tensor {
    return this.scattered("scatter", index.node, values, axis, "set");
  }

  /** This tensor with values added at `index` along an axis; positions named twice get both. */
  scatterAdd(index: Tensor, values: Operand, { axis }: { axis: number }): Tensor {
    return this.scattered("scatterAdd", index.node, values, axis, "add");
  }

  private scattered(
    operation: string,
    index: Node,
    values: Operand,
    axis: number,
    kind: "set" | "add",
  ): Tensor {
    const x = this.node;
    const at = normalizeAxis(axis, x.shape.length, operation);
    checkFits(operation, x, index, at);
    const inner = corner(x, index.shape, at);
    const written = ir.scatter(inner, index, operand(values, x.dtype), at, kind);
    if (inner === x) return this.wrap(written);
    // The index covers a corner of the target: put that corner back.
    const corners = inner.shape.map((d) => `:${d}`);
    return this.wrap(writeAt(ir.cast(x, written.dtype), corners, written, "set"));
  }

  /**
   * This tensor with slices added to some of its slices: out[index[i]] += values[i].
   *
   * @param index   [m] integers
   * @param values  the shape of this tensor, with m along the axis
   */
  indexAdd(index: Tensor, values: Operand, { axis = 0 }: { axis?: number } = {}): Tensor {
    const at = normalizeAxis(axis, this.node.shape.length, "indexAdd");
    const before = new Array<Index>(at).fill(":");
    return this.addAt([...before, index], values);
  }

  /**
   * The elements where a mask holds, in row-major order: their number depends on the data.
   *
   * @param mask  bool, of this tensor's shape, or of its first axes to select whole slices
   * @returns     [count, ..], differentiable
   * @throws CompileError  inside a traced function: use where or maskedFill there
   */
  async select(mask: Tensor): Promise<Tensor> {
    return select(this.wrap(this.node), mask, (node) => this.wrap(node));
  }

  /**
   * The positions of the elements that are not 0, in row-major order.
   *
   * @returns  i32 [count, rank]
   * @throws CompileError  inside a traced function: use where or maskedFill there
   */
  async nonZero(): Promise<Tensor> {
    return nonZero(this.wrap(this.node), (node) => this.wrap(node));
  }

  /**
   * The different numbers, in ascending order.
   *
   * @returns  values; inverse, which of them each element is, in this tensor's shape; counts
   * @throws CompileError  inside a traced function
   */
  async unique(): Promise<Unique> {
    return unique(this.wrap(this.node), (node) => this.wrap(node));
  }

  /**
   * How often each of 0 … length − 1 occurs.
   *
   * @param options  weights, of this tensor's shape, to add up instead of 1
   * @returns     [length] i32, or the type of the weights
   * @throws IndexError  on reading, if a number lies outside
   */
  binCount(length: number, { weights }: { weights?: Tensor } = {}): Tensor {
    requireIntegers("binCount", "the tensor", this.node);
    wholeNumber("binCount", "length", length, 0);
    const values = weights === undefined ? ir.constant(1, "i32", this.node.shape) : weights.node;
    const count = [sizeOf(this.node.shape)];
    const flat = ir.reshape(ir.expand(values, this.node.shape), count);
    const target = ir.constant(0, values.dtype, [length]);
    return this.wrap(ir.scatter(target, ir.reshape(this.node, count), flat, 0, "add"));
  }
}

/** The part of x that an index of this shape can reach. */
function corner(x: Node, shape: readonly number[], axis: number): Node {
  return ir.slice(x, {
    start: x.shape.map(() => 0),
    stop: x.shape.map((d, i) => (i === axis ? d : (shape[i] as number))),
    step: x.shape.map(() => 1),
  });
}

function checkFits(operation: string, x: Node, index: Node, axis: number): void {
  requireIntegers(operation, "the index", index);
  const fits =
    index.shape.length === x.shape.length &&
    index.shape.every((d, i) => i === axis || d <= (x.shape[i] as number));
  if (!fits) {
    throw new ShapeError(
      `${operation}: the index ${showShape(index.shape)} must have the axes of ${showShape(x.shape)}, none but axis ${axis} larger; to pick whole slices use take`,
    );
  }
}

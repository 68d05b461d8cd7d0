// Movement: the same numbers in another shape, order or place. All of these are views to the
// compiler; none copies.

import * as ir from "../ir/build.ts";
import { ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import {
  normalizeAxes,
  normalizeAxis,
  requireList,
  type Shape,
  showShape,
  sizeOf,
  spreadsTo,
} from "../ir/shape.ts";
import { Elementwise } from "./elementwise.ts";
import { number } from "./operand.ts";
import { inferSizes } from "./pieces.ts";
import type { Tensor } from "./tensor.ts";

export abstract class Movement extends Elementwise {
  /**
   * The same elements, in row-major order, in another shape.
   *
   * @param shape  sizes; one may be −1, which takes what is left
   * @throws ShapeError  the numbers of elements differ
   * @example
   * arange(6).reshape([2, -1]); // [[0, 1, 2], [3, 4, 5]]
   */
  reshape(shape: readonly number[]): Tensor {
    const x = this.node;
    return this.wrap(ir.reshape(x, inferSizes("reshape", x.shape, shape, sizeOf(x.shape))));
  }

  /** Axes in another order: axis i of the result is axis `order[i]` of this tensor. */
  permute(order: readonly number[]): Tensor {
    requireList("permute", order);
    return this.wrap(ir.permute(this.node, order));
  }

  /** Two axes exchanged; by default the last two. */
  transpose(first = -2, second = -1): Tensor {
    return this.swapAxes(first, second);
  }

  /** Two axes exchanged. */
  swapAxes(first: number, second: number): Tensor {
    const rank = this.node.shape.length;
    const a = normalizeAxis(first, rank, "transpose");
    const b = normalizeAxis(second, rank, "transpose");
    const order = this.node.shape.map((_, i) => (i === a ? b : i === b ? a : i));
    return this.wrap(ir.permute(this.node, order));
  }

  /** All axes in reverse: of a matrix, its transpose. */
  get T(): Tensor {
    return this.wrap(
      ir.permute(
        this.node,
        this.node.shape.map((_, i) => -1 - i),
      ),
    );
  }

  /** The last two axes exchanged: each matrix of a batch transposed. */
  get mT(): Tensor {
    return this.swapAxes(-2, -1);
  }

  /** One axis moved to another place; the others keep their order. */
  moveAxis(from: number, to: number): Tensor {
    const rank = this.node.shape.length;
    const a = normalizeAxis(from, rank, "moveAxis");
    const order = this.node.shape.map((_, i) => i).filter((i) => i !== a);
    order.splice(normalizeAxis(to, rank, "moveAxis"), 0, a);
    return this.wrap(ir.permute(this.node, order));
  }

  /**
   * Without axes of size 1.
   *
   * @param axis  the axis or axes to drop; default: all of size 1
   * @throws ShapeError  a named axis has another size
   */
  squeeze(axis?: number | readonly number[]): Tensor {
    const { shape } = this.node;
    const axes = axis === undefined ? undefined : normalizeAxes(axis, shape.length, "squeeze");
    const bad = axes?.find((a) => shape[a] !== 1);
    if (bad !== undefined) {
      throw new ShapeError(
        `squeeze: axis ${bad} of ${showShape(shape)} has size ${shape[bad]}, not 1`,
      );
    }
    return this.wrap(
      ir.reshape(
        this.node,
        shape.filter((d, i) => !(axes ? axes.includes(i) : d === 1)),
      ),
    );
  }

  /** With new axes of size 1, at these places of the result. */
  unsqueeze(axis: number | readonly number[]): Tensor {
    const { shape } = this.node;
    const list = typeof axis === "number" ? [axis] : axis;
    const axes = normalizeAxes(list, shape.length + list.length, "unsqueeze");
    const sizes = [...shape];
    for (const a of axes) sizes.splice(a, 0, 1);
    return this.wrap(ir.reshape(this.node, sizes));
  }

  /** Axes of size 1 repeated, and new axes in front; −1 keeps a size. */
  expand(shape: readonly number[]): Tensor {
    requireList("expand", shape);
    const from = this.node.shape;
    const added = shape.length - from.length;
    const sizes = shape.map((d, i) => (d === -1 && i >= added ? (from[i - added] as number) : d));
    return this.broadcastTo(sizes);
  }

  /** Repeated to a shape that this one broadcasts to. */
  broadcastTo(shape: readonly number[]): Tensor {
    requireList("broadcastTo", shape);
    const from = this.node.shape;
    const isShape = shape.every((d) => Number.isInteger(d) && d >= 0);
    if (!isShape || !spreadsTo(from, shape)) {
      throw new ShapeError(
        `expand: ${showShape(from)} does not broadcast to ${showShape(shape)}; only axes of size 1 can be repeated`,
      );
    }
    return this.wrap(ir.expand(this.node, shape));
  }

  /** Axes `start` to `end` (both included) merged into one; a number becomes [1]. */
  flatten(start = 0, end = -1): Tensor {
    const { shape } = this.node;
    if (shape.length === 0) return this.reshape([1]);
    const a = normalizeAxis(start, shape.length, "flatten");
    const b = normalizeAxis(end, shape.length, "flatten");
    if (b < a) throw new ShapeError(`flatten: axis ${start} comes after axis ${end}`);
    const merged = sizeOf(shape.slice(a, b + 1));
    return this.wrap(ir.reshape(this.node, [...shape.slice(0, a), merged, ...shape.slice(b + 1)]));
  }

  /** One axis taken apart into several; one size may be −1. */
  unflatten(axis: number, sizes: readonly number[]): Tensor {
    const { shape } = this.node;
    const a = normalizeAxis(axis, shape.length, "unflatten");
    const length = shape[a] as number;
    const inner = inferSizes("unflatten", [length], sizes, length);
    return this.wrap(
      ir.reshape(this.node, [...shape.slice(0, a), ...inner, ...shape.slice(a + 1)]),
    );
  }

  /** Reversed along an axis or axes; default: all. */
  flip(axis?: number | readonly number[]): Tensor {
    return this.wrap(ir.flip(this.node, normalizeAxes(axis, this.node.shape.length, "flip")));
  }

  /**
   * The part from `start` up to, not including, `stop` along an axis, as of an array.
   *
   * @param start  negative counts from the end; default 0
   * @param stop   default: the end
   * @param options  axis, default 0; step, default 1; a negative step walks from the end
   */
  slice(
    start?: number,
    stop?: number,
    { axis = 0, step = 1 }: { axis?: number; step?: number } = {},
  ): Tensor {
    const x = this.node;
    const a = normalizeAxis(axis, x.shape.length, "slice");
    const length = x.shape[a] as number;
    const range = sliceRange("slice", length, start, stop, step);
    const view = ir.sliceAxis(x, a, range.start, range.stop, range.step);
    return this.wrap(range.reverse ? ir.flip(view, [a]) : view);
  }

  /**
   * Windows sliding along an axis: that axis counts the windows and a new last axis their elements.
   *
   * @param axis  the axis to slide along, of n elements
   * @param size  elements in a window
   * @param options  stride from window to window, default 1; dilation within one, default 1
   * @returns     [.., ⌊(n − dilation·(size − 1) − 1) / stride⌋ + 1, .., size]
   * @cost        a view; a product with it is one like others: conv1d, conv2d and conv3d are faster
   */
  unfold(
    axis: number,
    size: number,
    { stride = 1, dilation = 1 }: { stride?: number; dilation?: number } = {},
  ): Tensor {
    const a = normalizeAxis(axis, this.node.shape.length, "unfold");
    const view = ir.window(this.node, { axis: a, size, stride, dilation });
    return this.wrap(view).moveAxis(a + 1, -1);
  }

  /** The diagonal of the last two axes; `offset` > 0 lies above the main one. */
  diagonal({ offset = 0 }: { offset?: number } = {}): Tensor {
    const { shape } = this.node;
    const [rows, columns] = matrixOf("diagonal", shape);
    const batch = shape.slice(0, -2);
    const count = Math.max(
      0,
      offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns),
    );
    // Neighbours on a diagonal are one row and one column apart in the flat order.
    const start = count === 0 ? 0 : offset >= 0 ? offset : -offset * columns;
    const stop = count === 0 ? 0 : start + (count - 1) * (columns + 1) + 1;
    const flat = this.reshape([...batch, rows * columns]);
    return flat.slice(start, stop, { axis: -1, step: columns + 1 });
  }

  /** A vector as the diagonal of a square matrix of zeros, or the diagonal of a matrix. */
  diag({ offset = 0 }: { offset?: number } = {}): Tensor {
    const x = this.node;
    if (x.shape.length !== 1) return this.diagonal({ offset });
    const n = x.shape[0] as number;
    const side = n + Math.abs(offset);
    if (n === 0) return this.wrap(ir.constant(0, x.dtype, [side, side]));
    const before = offset >= 0 ? offset : -offset * side;
    const length = n + (n - 1) * side;
    const flat = ir.pad(x, [before], [side * side - before - length], { between: [side] });
    return this.wrap(ir.reshape(flat, [side, side]));
  }

  /** The lower triangle of the last two axes; zeros above diagonal `offset`. */
  tril({ offset = 0 }: { offset?: number } = {}): Tensor {
    const x = this.node;
    return this.wrap(ir.where(above("tril", x, offset), number(0, x), x));
  }

  /** The upper triangle of the last two axes; zeros below diagonal `offset`. */
  triu({ offset = 0 }: { offset?: number } = {}): Tensor {
    const x = this.node;
    return this.wrap(ir.where(above("triu", x, offset - 1), x, number(0, x)));
  }
}

/** Rows and columns of the matrices in a tensor. */
function matrixOf(operation: string, shape: Shape): readonly [rows: number, columns: number] {
  if (shape.length < 2)
    throw new ShapeError(`${operation}: ${showShape(shape)} has fewer than 2 axes`);
  return shape.slice(-2) as [number, number];
}

/** Whether an element lies above a diagonal, in each place of a matrix. */
function above(operation: string, { shape }: Node, offset: number): Node {
  const matrix = matrixOf(operation, shape);
  return ir.less(ir.add(ir.iota(matrix, 0), ir.constant(offset, "i32")), ir.iota(matrix, 1));
}

/** A Python slice of an axis as ascending start, stop and step, and whether to walk it backwards. */
export function sliceRange(
  operation: string,
  length: number,
  start: number | undefined,
  stop: number | undefined,
  step = 1,
): { start: number; stop: number; step: number; reverse: boolean } {
  if (!Number.isInteger(step) || step === 0) {
    throw new ShapeError(`${operation}: the step must be a whole number other than 0, not ${step}`);
  }
  for (const bound of [start, stop]) {
    if (bound !== undefined && !Number.isInteger(bound)) {
      throw new ShapeError(`${operation}: bounds must be whole numbers, not ${bound}`);
    }
  }
  const wrapped = (i: number): number => (i < 0 ? i + length : i);
  if (step > 0) {
    const from = Math.min(length, Math.max(0, wrapped(start ?? 0)));
    const to = Math.min(length, Math.max(from, wrapped(stop ?? length)));
    return { start: from, stop: to, step, reverse: false };
  }
  const from = Math.min(length - 1, start === undefined ? length - 1 : wrapped(start));
  const to = stop === undefined ? -1 : Math.max(-1, wrapped(stop));
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (count === 0) return { start: 0, stop: 0, step: 1, reverse: false };
  return { start: from + (count - 1) * step, stop: from + 1, step: -step, reverse: true };
}

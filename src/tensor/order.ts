// Order: sorting, ranks, and running totals along an axis.

import * as ir from "../ir/build.ts";
import { isFloat } from "../ir/dtype.ts";
import { ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { normalizeAxis, showShape } from "../ir/shape.ts";
import { floating, rangeOf } from "./operand.ts";
import { padAxis } from "./pieces.ts";
import { Reduce } from "./reduce.ts";
import { axisAmong, requireOptions } from "./requirements.ts";
import type { Tensor } from "./tensor.ts";

/** Sorted values and where each stood. */
export interface Sorted {
  readonly values: Tensor;
  /** i32, of the shape of `values`. */
  readonly indices: Tensor;
}

/** Options of sort. */
export interface SortOptions {
  /** Default: the last. */
  axis?: number;
  /** Largest first. Default false. */
  descending?: boolean;
}

const sorting: readonly (keyof SortOptions)[] = ["axis", "descending"];

export abstract class Order extends Reduce {
  /** In order along an axis; equals keep their order, NaN counts as largest. */
  sort(options: SortOptions = {}): Sorted {
    const at = axisAmong("sort", this.node, options, -1, sorting);
    const indices = ir.argsort(this.node, at, options.descending);
    return { values: this.wrap(ir.gather(this.node, indices, at)), indices: this.wrap(indices) };
  }

  /** The permutation that sorts along an axis, as i32. */
  argSort(options: SortOptions = {}): Tensor {
    const at = axisAmong("argSort", this.node, options, -1, sorting);
    return this.wrap(ir.argsort(this.node, at, options.descending));
  }

  /**
   * The k largest along an axis, largest first.
   *
   * @param options  axis, default the last; largest, default true
   * @throws ShapeError  the axis has fewer than k elements
   */
  topK(k: number, options: { axis?: number; largest?: boolean } = {}): Sorted {
    const x = this.node;
    const at = axisAmong("topK", x, options, -1, ["axis", "largest"]);
    const length = x.shape[at] as number;
    if (!(Number.isInteger(k) && k >= 0 && k <= length)) {
      throw new ShapeError(
        `topK: k must be a whole number from 0 to ${length}, the size of axis ${at} of ${showShape(x.shape)}, not ${k}`,
      );
    }
    const indices = ir.sliceAxis(ir.argsort(x, at, options.largest ?? true), at, 0, k);
    return { values: this.wrap(ir.gather(x, indices, at)), indices: this.wrap(indices) };
  }

  /**
   * The middle element along an axis, or of all; of an even number the lower of the two. NaN where
   * an element is.
   *
   * @throws ShapeError  there is no element
   */
  median(options: { axis?: number } = {}): Tensor {
    const { axis } = requireOptions("median", options, ["axis"]);
    if (axis === undefined) return this.flatten().median({ axis: 0 });
    const at = normalizeAxis(axis, this.node.shape.length, "median");
    const length = nonEmpty("median", this.node, at);
    const middle = Math.floor((length - 1) / 2);
    const sorted = this.sort({ axis: at }).values;
    return orNaN(sorted, at, elementAt(sorted, middle, at));
  }

  /**
   * The q-quantile along an axis, or of all, by a straight line between neighbours. NaN where an
   * element is.
   *
   * @param q  0 (the smallest) to 1 (the largest)
   * @throws ShapeError  there is no element, or q lies outside
   */
  quantile(q: number, options: { axis?: number } = {}): Tensor {
    const { axis } = requireOptions("quantile", options, ["axis"]);
    if (axis === undefined) return this.flatten().quantile(q, { axis: 0 });
    if (!(q >= 0 && q <= 1)) throw new ShapeError(`quantile: q must lie in 0 to 1, not ${q}`);
    const at = normalizeAxis(axis, this.node.shape.length, "quantile");
    const position = q * (nonEmpty("quantile", this.node, at) - 1);
    const below = Math.floor(position);
    const sorted = this.wrap(floating(this.node)).sort({ axis: at }).values;
    const low = elementAt(sorted, below, at);
    if (below === position) return orNaN(sorted, at, low);
    const high = elementAt(sorted, below + 1, at);
    return orNaN(sorted, at, low.lerp(high, position - below));
  }

  /** Running sums along an axis: x₀, x₀ + x₁, …; with `reverse` from the end. */
  cumSum(options: { axis?: number; reverse?: boolean } = {}): Tensor {
    const { axis = -1, reverse = false } = requireOptions("cumSum", options, ["axis", "reverse"]);
    return this.wrap(ir.cumsum(this.node, axis, reverse));
  }

  /** Running products along an axis. */
  cumProd(options: { axis?: number } = {}): Tensor {
    const x = this.node;
    const axis = axisAmong("cumProd", x, options, -1);
    const y =
      x.dtype === "bool" || x.dtype === "u8" ? ir.cast(x, "i32") : ir.cast(x, ir.mul(x, x).dtype);
    return this.wrap(doubling(y, axis, 1, ir.mul));
  }

  /** The largest so far along an axis. */
  cumMax(options: { axis?: number } = {}): Tensor {
    const axis = axisAmong("cumMax", this.node, options, -1);
    const x = ir.max(this.node, this.node);
    return this.wrap(doubling(x, axis, rangeOf(x.dtype)[0], ir.max));
  }
}

const elementAt = (x: Tensor, place: number, axis: number): Tensor =>
  x.slice(place, place + 1, { axis }).squeeze(axis);

/** A result of sorted numbers, or NaN where one of them is: it stands last. */
function orNaN(sorted: Tensor, axis: number, result: Tensor): Tensor {
  if (!isFloat(sorted.dtype)) return result;
  const last = elementAt(sorted, (sorted.shape[axis] as number) - 1, axis);
  return last.where(last.isNaN(), result);
}

function nonEmpty(operation: string, x: Node, axis: number): number {
  const length = x.shape[axis] as number;
  if (length === 0)
    throw new ShapeError(`${operation}: axis ${axis} of ${showShape(x.shape)} is empty`);
  return length;
}

/**
 * Running results of an associative operation: after step s each element holds the last 2ˢ, so
 * log₂ n steps do. Each is materialised; fused they would read 2ˢ elements apiece.
 */
function doubling(
  x: Node,
  axis: number,
  neutral: number,
  combine: (a: Node, b: Node) => Node,
): Node {
  const length = x.shape[axis] as number;
  let y = x;
  for (let reach = 1; reach < length; reach *= 2) {
    const earlier = padAxis(ir.sliceAxis(y, axis, 0, length - reach), axis, reach, 0, neutral);
    y = ir.keep(combine(y, earlier));
  }
  return y;
}

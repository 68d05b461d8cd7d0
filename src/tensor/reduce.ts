// Reductions: many numbers become one, along an axis, several, or all of them. Sums run in f32 or
// wider; u8, i8 and bool add up in i32.

import * as ir from "../ir/build.ts";
import { dtypes, isFloat } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { normalizeAxes, normalizeAxis, sizeOf } from "../ir/shape.ts";
import { Arrangement } from "./arrangement.ts";
import { complement, floating, number } from "./operand.ts";
import { axisAmong, requireOptions, requireWithin } from "./requirements.ts";
import type { Tensor } from "./tensor.ts";

/** Options of reductions. */
export interface ReduceOptions {
  /** The axis or axes to reduce; default: all. */
  axis?: number | readonly number[];
  /** Leave the reduced axes behind with size 1. Default false. */
  keepDims?: boolean;
}

/** Options of softmax and logSoftmax. */
export interface SoftmaxOptions {
  /** Default the last. */
  axis?: number;
  /** What scores are divided by, > 0. Default 1. */
  temperature?: number;
}

/** Options of what goes along one axis. */
export interface AxisOptions {
  /** One axis; default: the tensor is seen as one long row. */
  axis?: number;
  keepDims?: boolean;
}

function axesOf(operation: string, x: Node, options: ReduceOptions): number[] {
  const { axis } = requireOptions(operation, options, ["axis", "keepDims"]);
  return normalizeAxes(axis, x.shape.length, operation);
}

/** Reduced over the axes that options name. */
const reduced = (
  operation: string,
  x: Node,
  kind: "add" | "max" | "mul",
  options: ReduceOptions,
): Node => along(x, kind, axesOf(operation, x, options), options.keepDims);

/** Reduced over axes, which stay with size 1 if asked. */
function along(x: Node, kind: "add" | "max" | "mul", axes: readonly number[], keep = false): Node {
  return keep ? ir.reduceKeep(x, kind, axes) : ir.reduce(x, kind, axes);
}

/** Decreasing and exact in every type: turns a minimum into a maximum and back. */
function reversed(x: Node): Node {
  const y = ir.cast(x, dtypes[x.dtype].compute);
  return isFloat(y.dtype) ? ir.neg(y) : complement(y);
}

/** Where the first largest element is: along an axis, or of x as one long row. */
function argLargest(operation: string, x: Node, options: AxisOptions): Node {
  const { axis, keepDims } = requireOptions(operation, options, ["axis", "keepDims"]);
  const at = axis === undefined ? -1 : normalizeAxis(axis, x.shape.length, operation);
  const found = at < 0 ? ir.argmax(ir.reshape(x, [sizeOf(x.shape)]), 0) : ir.argmax(x, at);
  if (!keepDims) return found;
  return ir.reshape(
    found,
    x.shape.map((d, i) => (at < 0 || i === at ? 1 : d)),
  );
}

/** √v whose gradient at 0 is 0 and not infinite. */
function quietRoot(v: Node): Node {
  const isZero = ir.equal(v, number(0, v));
  return ir.where(isZero, number(0, v), ir.sqrt(ir.where(isZero, number(1, v), v)));
}

export abstract class Reduce extends Arrangement {
  /**
   * Σ x.
   *
   * @param options  axis or axes, default all; keepDims
   * @returns     u8, i8 and bool give i32
   * @example
   * tensor([[1, 2], [3, 4]]).sum({ axis: 0 }); // [4, 6]
   */
  sum(options: ReduceOptions = {}): Tensor {
    return this.wrap(reduced("sum", this.node, "add", options));
  }

  /** Σ x / n. Integers give f32; of nothing, NaN. */
  mean(options: ReduceOptions = {}): Tensor {
    const x = floating(this.node);
    const axes = axesOf("mean", x, options);
    const count = axes.reduce((n, a) => n * (x.shape[a] as number), 1);
    const total = along(x, "add", axes, options.keepDims);
    return this.wrap(ir.div(total, number(count, x)));
  }

  /** Π x. */
  prod(options: ReduceOptions = {}): Tensor {
    return this.wrap(reduced("prod", this.node, "mul", options));
  }

  /**
   * The largest element. Along one axis its gradient goes to the first of equals; over several axes
   * or all, equals share it (as of `amax`). NaN counts as largest.
   *
   * @throws ShapeError  the axis is empty
   */
  max(options: ReduceOptions = {}): Tensor {
    if (typeof options.axis !== "number") return this.amax(options);
    const axis = normalizeAxis(options.axis, this.node.shape.length, "max");
    return this.wrap(firstAt(this.node, ir.argmax(this.node, axis), axis, options.keepDims));
  }

  /** The smallest element, with gradients as of `max`. */
  min(options: ReduceOptions = {}): Tensor {
    if (typeof options.axis !== "number") return this.amin(options);
    const x = this.node;
    const axis = normalizeAxis(options.axis, x.shape.length, "min");
    return this.wrap(firstAt(x, ir.argmax(reversed(x), axis), axis, options.keepDims));
  }

  /** The largest element; equals share the gradient. */
  amax(options: ReduceOptions = {}): Tensor {
    return this.wrap(reduced("amax", this.node, "max", options));
  }

  /** The smallest element; equals share the gradient. */
  amin(options: ReduceOptions = {}): Tensor {
    return this.wrap(reversed(reduced("amin", reversed(this.node), "max", options)));
  }

  /** Where the largest element is, the first of equals, as i32. Without an axis: in row-major order. */
  argMax(options: AxisOptions = {}): Tensor {
    return this.wrap(argLargest("argMax", this.node, options));
  }

  /** Where the smallest element is, the first of equals, as i32. */
  argMin(options: AxisOptions = {}): Tensor {
    return this.wrap(argLargest("argMin", reversed(this.node), options));
  }

  /** Whether any element is true (not 0); of nothing, false. */
  any(options: ReduceOptions = {}): Tensor {
    const x = ir.cast(this.node, "bool");
    const axes = axesOf("any", x, options);
    if (!axes.some((a) => x.shape[a] === 0))
      return this.wrap(along(x, "max", axes, options.keepDims));
    return this.wrap(ir.cast(along(x, "add", axes, options.keepDims), "bool"));
  }

  /** Whether all elements are true (not 0); of nothing, true. */
  all(options: ReduceOptions = {}): Tensor {
    return this.logicalNot().any(options).logicalNot();
  }

  /** How many elements are not 0, as i32. */
  countNonZero(options: ReduceOptions = {}): Tensor {
    return this.wrap(ir.cast(this.node, "bool")).sum(options);
  }

  /**
   * Σ (x − mean)² / (n − correction).
   *
   * @param options  axis, keepDims; correction, default 1 (the unbiased estimate), 0 for the mean square
   */
  var(options: ReduceOptions & { correction?: number } = {}): Tensor {
    requireOptions("var", options, ["axis", "keepDims", "correction"]);
    const { correction = 1, ...where } = options;
    const x = this.wrap(floating(this.node));
    const axes = axesOf("var", x.node, where);
    const count = axes.reduce((n, a) => n * (x.shape[a] as number), 1);
    const deviation = x.sub(x.mean({ axis: axes, keepDims: true }));
    return deviation
      .square()
      .sum(where)
      .div(Math.max(0, count - correction));
  }

  /** √var: the standard deviation. The gradient of a constant is 0. */
  std(options: ReduceOptions & { correction?: number } = {}): Tensor {
    return this.wrap(quietRoot(this.var(options).node));
  }

  /**
   * (Σ |x|ᵖ)^(1/p).
   *
   * @param options  order: p, default 2; ∞ for the largest |x|, −∞ for the smallest, 0 for the count
   *   of non-zeros. axis, keepDims. The gradient of the 2-norm at 0 is 0
   */
  norm(options: ReduceOptions & { order?: number } = {}): Tensor {
    requireOptions("norm", options, ["axis", "keepDims", "order"]);
    const { order = 2, ...where } = options;
    const x = this.wrap(floating(this.node));
    if (order === 2) return this.wrap(quietRoot(x.square().sum(where).node));
    if (order === 0) return this.wrap(ir.cast(x.countNonZero(where).node, x.node.dtype));
    const size = x.abs();
    if (order === 1) return size.sum(where);
    if (order === Infinity) return size.amax(where);
    if (order === -Infinity) return size.amin(where);
    return size
      .pow(order)
      .sum(where)
      .pow(1 / order);
  }

  /**
   * log Σ eˣ, without overflow.
   *
   * A row of −∞ gives −∞ and the gradient 0; so does a row of nothing.
   */
  logSumExp(options: ReduceOptions = {}): Tensor {
    const x = floating(this.node);
    const axes = axesOf("logSumExp", x, options);
    if (axes.some((a) => x.shape[a] === 0)) {
      return this.wrap(ir.log(along(x, "add", axes, options.keepDims)));
    }
    const largest = ir.detach(ir.reduceKeep(x, "max", axes));
    // An infinite maximum would make ∞ − ∞; without it the sum is 0 or ∞ by itself.
    const bounded = ir.less(ir.max(largest, ir.neg(largest)), number(Infinity, x));
    const shift = ir.where(bounded, largest, number(0, x));
    const total = ir.reduceKeep(ir.exp(ir.sub(x, shift)), "add", axes);
    const isEmpty = ir.equal(total, number(0, x));
    const logarithm = ir.log(ir.where(isEmpty, number(1, x), total));
    const result = ir.where(isEmpty, number(-Infinity, x), ir.add(logarithm, shift));
    return options.keepDims ? this.wrap(result) : this.wrap(result).squeeze(axes);
  }

  /**
   * e^(x/T) / Σ e^(x/T) along an axis: positive numbers that add up to 1.
   *
   * @param options  axis, default the last; temperature T > 0, default 1: large makes the numbers
   *   equal, small leaves only the largest. A row of −∞ has no answer and gives NaN
   * @throws DataError  the temperature is not positive
   */
  softmax(options: SoftmaxOptions = {}): Tensor {
    const [e, total] = exponentials("softmax", this.node, options);
    // One division a row instead of one an element, each of which takes as long as eight products.
    return this.wrap(ir.mul(e, ir.div(number(1, total), total)));
  }

  /** log softmax along an axis, with the same options, accurate where the softmax is 0. */
  logSoftmax(options: SoftmaxOptions = {}): Tensor {
    const [, total, shifted] = exponentials("logSoftmax", this.node, options);
    return this.wrap(ir.sub(shifted, ir.log(total)));
  }

  /** The sum of the diagonal of the last two axes. */
  trace(): Tensor {
    return this.diagonal().sum({ axis: -1 });
  }
}

/** exp(x − max) at a temperature, their sum with the axis kept, and (x − max) at the temperature. */
function exponentials(operation: string, value: Node, options: SoftmaxOptions): [Node, Node, Node] {
  const at = axisAmong(operation, value, options, -1, ["axis", "temperature"]);
  const { temperature = 1 } = options;
  requireWithin(operation, { temperature }, { from: 0, open: "from" });
  const x = floating(value);
  // Along an axis without elements nothing is to be subtracted from nothing.
  const largest = x.shape[at] === 0 ? number(0, x) : ir.detach(ir.reduceKeep(x, "max", [at]));
  const below = ir.sub(x, largest);
  const shifted = temperature === 1 ? below : ir.div(below, number(temperature, x));
  const e = ir.exp(shifted);
  return [e, ir.reduceKeep(e, "add", [at]), shifted];
}

/** The elements of x at one index an axis. */
function firstAt(x: Node, index: Node, axis: number, keepDims = false): Node {
  const kept = x.shape.map((d, i) => (i === axis ? 1 : d));
  const values = ir.gather(x, ir.reshape(index, kept), axis);
  return keepDims ? values : ir.reshape(values, index.shape);
}

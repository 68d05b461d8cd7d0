// Comparisons, logic, bits and choices, element by element. Comparisons give bool.

import * as ir from "../ir/build.ts";
import { type DType, dtypes, isFloat } from "../ir/dtype.ts";
import { DTypeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { broadcastShapes } from "../ir/shape.ts";
import { Arithmetic } from "./arithmetic.ts";
import { type Base, type Operand, operand, requireTensor } from "./base.ts";
import { complement, floating, number, pair, rangeOf } from "./operand.ts";
import type { Tensor } from "./tensor.ts";

/** Both sides of a comparison, or the answer where the type of `a` cannot hold the number `b`. */
function sides(operation: string, a: Base, b: Operand): [Node, Node] | "above" | "below" {
  const { dtype } = a.node;
  if (typeof b === "number" && Number.isInteger(b) && !isFloat(dtype) && dtype !== "bool") {
    const [lowest, highest] = rangeOf(dtype);
    if (b > highest) return "above";
    if (b < lowest) return "below";
  }
  return pair(operation, a, b);
}

const everywhere = (value: boolean, like: Base): Node =>
  ir.constant(Number(value), "bool", like.node.shape);

/** a and b compared; `above`, `below`: the answer where b lies there, out of reach of a's type. */
function compared(
  operation: string,
  a: Base,
  b: Operand,
  [above, below]: readonly [above: boolean, below: boolean],
  compare: (a: Node, b: Node) => Node,
): Node {
  const s = sides(operation, a, b);
  return typeof s === "string" ? everywhere(s === "above" ? above : below, a) : compare(...s);
}

/** What is true of a float, and of all numbers that are none. */
function ofFloats(x: Base, others: boolean, test: (y: Node) => Node): Node {
  return isFloat(x.node.dtype) ? test(floating(x.node)) : everywhere(others, x);
}

const size = (x: Node): Node => ir.max(x, ir.neg(x));

function bools(operation: string, a: Base, b: Operand): [Node, Node] {
  const [x, y] = pair(operation, a, b);
  return [ir.cast(x, "bool"), ir.cast(y, "bool")];
}

/** a ≤ b: false where either is NaN. */
const lessOrEqual = (a: Node, b: Node): Node =>
  isFloat(a.dtype) || isFloat(b.dtype)
    ? ir.or(ir.less(a, b), ir.equal(a, b))
    : ir.not(ir.less(b, a));

export abstract class Comparison extends Arithmetic {
  /** x < y. */
  less(other: Operand): Tensor {
    return this.wrap(compared("less", this, other, [true, false], ir.less));
  }

  /** x ≤ y. */
  lessEqual(other: Operand): Tensor {
    return this.wrap(compared("lessEqual", this, other, [true, false], lessOrEqual));
  }

  /** x > y. */
  greater(other: Operand): Tensor {
    return this.wrap(compared("greater", this, other, [false, true], (x, y) => ir.less(y, x)));
  }

  /** x ≥ y. */
  greaterEqual(other: Operand): Tensor {
    const compare = (x: Node, y: Node): Node => lessOrEqual(y, x);
    return this.wrap(compared("greaterEqual", this, other, [false, true], compare));
  }

  /** x = y; NaN equals nothing. */
  equal(other: Operand): Tensor {
    return this.wrap(compared("equal", this, other, [false, false], ir.equal));
  }

  /** x ≠ y. */
  notEqual(other: Operand): Tensor {
    const compare = (x: Node, y: Node): Node => ir.not(ir.equal(x, y));
    return this.wrap(compared("notEqual", this, other, [true, true], compare));
  }

  /** Both true; numbers count as true unless 0. */
  logicalAnd(other: Operand): Tensor {
    return this.wrap(ir.and(...bools("logicalAnd", this, other)));
  }

  /** Either true. */
  logicalOr(other: Operand): Tensor {
    return this.wrap(ir.or(...bools("logicalOr", this, other)));
  }

  /** One true and the other not. */
  logicalXor(other: Operand): Tensor {
    return this.wrap(ir.xor(...bools("logicalXor", this, other)));
  }

  /** True where x is false or 0. */
  logicalNot(): Tensor {
    return this.wrap(ir.not(this.node));
  }

  /** True where x is not a number. */
  isNaN(): Tensor {
    return this.wrap(ofFloats(this, false, (x) => ir.not(ir.equal(x, x))));
  }

  /** True where x is neither NaN nor infinite. */
  isFinite(): Tensor {
    return this.wrap(ofFloats(this, true, (x) => ir.less(size(x), number(Infinity, x))));
  }

  /** True where x is +∞ or −∞. */
  isInf(): Tensor {
    return this.wrap(ofFloats(this, false, (x) => ir.equal(size(x), number(Infinity, x))));
  }

  /** x with NaN and infinities replaced; infinities by the type's largest finite numbers unless told. */
  nanToNum({
    nan = 0,
    positive,
    negative,
  }: {
    nan?: number;
    positive?: number;
    negative?: number;
  } = {}): Tensor {
    const x = this.node;
    if (!isFloat(x.dtype)) return this.wrap(x);
    const y = floating(x);
    const largest = y.dtype === "f64" ? Number.MAX_VALUE : (2 - 2 ** -23) * 2 ** 127;
    const infinity = number(Infinity, y);
    const upper = ir.where(ir.equal(y, infinity), number(positive ?? largest, y), y);
    const both = ir.where(ir.equal(y, ir.neg(infinity)), number(negative ?? -largest, y), upper);
    return this.wrap(ir.where(ir.equal(y, y), both, number(nan, y)));
  }

  /** The bits of both, of integers or bool. */
  bitwiseAnd(other: Operand): Tensor {
    return this.wrap(ir.and(...pair("bitwiseAnd", this, other)));
  }

  /** The bits of either. */
  bitwiseOr(other: Operand): Tensor {
    return this.wrap(ir.or(...pair("bitwiseOr", this, other)));
  }

  /** The bits of one and not the other. */
  bitwiseXor(other: Operand): Tensor {
    return this.wrap(ir.xor(...pair("bitwiseXor", this, other)));
  }

  /** Every bit turned over; of bool, not. */
  bitwiseNot(): Tensor {
    const x = ir.cast(this.node, dtypes[this.node.dtype].compute);
    if (isFloat(x.dtype))
      throw new DTypeError(`bitwiseNot: needs integers or bool, not ${x.dtype}`);
    return this.wrap(complement(x));
  }

  /** x · 2ⁿ in integers, with bits lost at the top; 0 ≤ n < 32. */
  shiftLeft(bits: Operand): Tensor {
    return this.wrap(ir.shl(...pair("shiftLeft", this, bits)));
  }

  /** ⌊x / 2ⁿ⌋ in integers: the sign is kept; 0 ≤ n < 32. */
  shiftRight(bits: Operand): Tensor {
    return this.wrap(ir.shr(...pair("shiftRight", this, bits)));
  }

  /**
   * This tensor where the condition holds, and the other elsewhere.
   *
   * The gradient goes only to the one chosen, so the other may be infinite or NaN.
   *
   * @param condition  bool, broadcast with both
   * @example
   * tensor([1, -2]).where(tensor([true, false]), 0); // [1, 0]
   */
  where(condition: Tensor, other: Operand): Tensor {
    requireTensor("where", condition);
    const [x, y] = pair("where", this, other);
    broadcastShapes("where", condition.node.shape, x.shape, y.shape);
    return this.wrap(ir.where(condition.node, x, y));
  }

  /** This tensor with `value` where the mask holds. The mask broadcasts to this tensor's shape. */
  maskedFill(mask: Tensor, value: Operand): Tensor {
    const x = this.node;
    const y = operand(value, x.dtype, { shape: x.shape });
    broadcastShapes("maskedFill", x.shape, mask.node.shape);
    return this.wrap(ir.where(mask.node, y, x));
  }

  /**
   * The same numbers in another type. Floats are cut towards 0; to bool, all but 0 is true.
   *
   * @example
   * tensor([1.7, -1.7]).cast("i32"); // [1, -1]
   */
  cast(dtype: DType): Tensor {
    return this.wrap(ir.cast(this.node, dtype));
  }

  /** The same bits as another type: f32, i32 and u32 can be seen as each other. */
  bitcast(dtype: DType): Tensor {
    return this.wrap(ir.bitcast(this.node, dtype));
  }
}

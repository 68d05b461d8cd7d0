// Arithmetic: the operations of numbers, element by element, with NumPy's broadcasting and the
// types of promotion.ts.

import * as ir from "../ir/build.ts";
import { isFloat } from "../ir/dtype.ts";
import { Base, type Operand } from "./base.ts";
import { floating, floatingPair, number, numericPair, pair, saturate } from "./operand.ts";
import { floorDivide, power, roundHalfEven, truncate } from "./rounding.ts";
import type { Tensor } from "./tensor.ts";

export abstract class Arithmetic extends Base {
  /**
   * x + y.
   *
   * @param other  a tensor that broadcasts with this one, or a number
   * @throws ShapeError  the shapes do not broadcast
   * @example
   * tensor([1, 2]).add(1); // [2, 3]
   */
  add(other: Operand): Tensor {
    return this.wrap(ir.add(...pair("add", this, other)));
  }

  /** x − y. */
  sub(other: Operand): Tensor {
    return this.wrap(ir.sub(...pair("sub", this, other)));
  }

  /** x · y, element by element. */
  mul(other: Operand): Tensor {
    return this.wrap(ir.mul(...pair("mul", this, other)));
  }

  /**
   * x / y: true division, so integers give f32.
   *
   * @example
   * tensor([1, 2], { dtype: "i32" }).div(2); // f32 [0.5, 1]
   */
  div(other: Operand): Tensor {
    return this.wrap(ir.div(...floatingPair(...pair("div", this, other))));
  }

  /** ⌊x / y⌋, towards minus infinity; integers stay integers. */
  floorDivide(other: Operand): Tensor {
    return this.wrap(floorDivide(...numericPair(...pair("floorDivide", this, other))));
  }

  /** x − y·⌊x / y⌋: the remainder, with the sign of the divisor. */
  mod(other: Operand): Tensor {
    return this.wrap(ir.mod(...pair("mod", this, other)));
  }

  /**
   * xʸ.
   *
   * A negative base with a whole exponent is right; with a fraction it is NaN. Integers stay
   * integers and wrap, unless the exponent is a fraction or a negative number, which gives f32.
   *
   * @cost    whole number exponents up to 64 and halves are multiplications and roots; others are
   *   exp(y·log|x|), whose relative error grows like |y·log x| units in the last place
   */
  pow(exponent: Operand): Tensor {
    return this.wrap(power(this, exponent));
  }

  /** −x. Unsigned integers wrap. */
  neg(): Tensor {
    return this.wrap(ir.neg(this.node));
  }

  /** |x|; the gradient at 0 is 0. */
  abs(): Tensor {
    const x = this.node;
    return this.wrap(["u8", "u32", "bool"].includes(x.dtype) ? x : ir.max(ir.neg(x), x));
  }

  /** −1, 0 or 1 as x is negative, zero (or NaN) or positive. */
  sign(): Tensor {
    const x = this.node;
    const zero = number(0, x);
    const dtype = isFloat(x.dtype) ? floating(x).dtype : x.dtype === "bool" ? "i32" : x.dtype;
    return this.wrap(ir.sub(ir.cast(ir.less(zero, x), dtype), ir.cast(ir.less(x, zero), dtype)));
  }

  /** x². */
  square(): Tensor {
    return this.wrap(ir.mul(this.node, this.node));
  }

  /** √x; NaN below 0. Integers give f32. */
  sqrt(): Tensor {
    return this.wrap(ir.sqrt(this.node));
  }

  /** 1 / √x. */
  rsqrt(): Tensor {
    const root = ir.sqrt(this.node);
    return this.wrap(ir.div(number(1, root), root));
  }

  /** 1 / x. Integers give f32. */
  reciprocal(): Tensor {
    const x = floating(this.node);
    return this.wrap(ir.div(number(1, x), x));
  }

  /** The largest whole number ≤ x. Its gradient is 0, as of all roundings. */
  floor(): Tensor {
    return this.wrap(ir.floor(this.node));
  }

  /** The smallest whole number ≥ x. */
  ceil(): Tensor {
    const x = this.node;
    return this.wrap(isFloat(x.dtype) ? ir.neg(ir.floor(ir.neg(x))) : x);
  }

  /**
   * The nearest whole number; halves go to the even one.
   *
   * @example
   * tensor([0.5, 1.5, 2.5]).round(); // [0, 2, 2]
   */
  round(): Tensor {
    return this.wrap(roundHalfEven(this.node));
  }

  /** x without its fraction: rounded towards 0. */
  trunc(): Tensor {
    return this.wrap(truncate(this.node));
  }

  /** The larger of x and y; NaN if either is. Equal ones share the gradient. */
  maximum(other: Operand): Tensor {
    return this.wrap(ir.max(...pair("maximum", this, saturate(other, this.node.dtype))));
  }

  /** The smaller of x and y; NaN if either is. Equal ones share the gradient. */
  minimum(other: Operand): Tensor {
    return this.wrap(ir.min(...pair("minimum", this, saturate(other, this.node.dtype))));
  }

  /**
   * min(max(x, lower), upper); the gradient passes at the bounds.
   *
   * @param lower  a tensor or number; undefined: no lower bound
   * @param upper  likewise above. Where lower > upper the result is upper
   */
  clamp(lower?: Operand, upper?: Operand): Tensor {
    let x = this.node;
    if (lower !== undefined) {
      const [y, bound] = pair("clamp", this, saturate(lower, x.dtype));
      x = ir.where(ir.less(y, bound), bound, y);
    }
    if (upper !== undefined) {
      const [y, bound] = pair("clamp", this.wrap(x), saturate(upper, x.dtype));
      x = ir.where(ir.less(bound, y), bound, y);
    }
    return this.wrap(x);
  }

  /** x + weight·(end − x): from this tensor at weight 0 to `end` at 1. */
  lerp(end: Operand, weight: Operand): Tensor {
    const [x, y] = floatingPair(...pair("lerp", this, end));
    const way = this.wrap(ir.sub(y, x));
    return this.wrap(x).add(way.mul(weight));
  }
}

// Powers and roundings on nodes: the arithmetic that is composed, and where its edges lie.

import * as ir from "../ir/build.ts";
import { isFloat } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import type { Base, Operand } from "./base.ts";
import { floating, floatingPair, number, pair } from "./operand.ts";

/** ⌊a / b⌋ of two nodes of one numeric type; so that a = b·⌊a / b⌋ + mod(a, b). */
export function floorDivide(a: Node, b: Node): Node {
  return isFloat(a.dtype) ? ir.floor(ir.div(a, b)) : ir.div(a, b);
}

/** The nearest whole number, halves to even. */
export function roundHalfEven(x: Node): Node {
  if (!isFloat(x.dtype)) return x;
  const y = floating(x);
  const down = ir.floor(y);
  const rest = ir.sub(y, down);
  const half = number(0.5, y);
  const odd = ir.equal(ir.mod(down, number(2, y)), number(1, y));
  const up = ir.or(ir.less(half, rest), ir.and(ir.equal(rest, half), odd));
  return ir.where(up, ir.add(down, number(1, y)), down);
}

/** Towards zero. */
export function truncate(x: Node): Node {
  if (!isFloat(x.dtype)) return x;
  return ir.where(ir.less(x, number(0, x)), ir.neg(ir.floor(ir.neg(x))), ir.floor(x));
}

/** xʸ by the kind of exponent. */
export function power(base: Base, exponent: Operand): Node {
  if (typeof exponent === "number") {
    const integral = Number.isInteger(exponent) && exponent >= 0;
    const x = integral && !isFloat(base.node.dtype) ? integerBase(base.node) : floating(base.node);
    const special = numberPower(x, exponent);
    if (special) return special;
    return isFloat(x.dtype)
      ? floatPower(x, number(exponent, x))
      : integerPower(x, number(exponent, x));
  }
  const [x, y] = pair("pow", base, exponent);
  if (isFloat(x.dtype) || isFloat(y.dtype)) return floatPower(...floatingPair(x, y));
  return integerPower(integerBase(x), y);
}

const integerBase = (x: Node): Node => (x.dtype === "bool" ? ir.cast(x, "i32") : x);

function numberPower(x: Node, exponent: number): Node | undefined {
  const one = number(1, x);
  if (exponent === 0) return ir.constant(1, x.dtype, x.shape);
  if (exponent === 0.5) return ir.sqrt(x);
  if (exponent === 1.5) return ir.mul(x, ir.sqrt(x));
  if (exponent === -0.5) return ir.div(one, ir.sqrt(x));
  if (!Number.isInteger(exponent) || Math.abs(exponent) > 64) return undefined;
  const positive = wholePower(x, Math.abs(exponent));
  return exponent > 0 ? positive : ir.div(one, positive);
}

/** By squaring: at most 2·log₂ n multiplications. */
function wholePower(x: Node, n: number): Node {
  let result: Node | undefined;
  let square = x;
  for (let rest = n; ; square = ir.mul(square, square)) {
    if (rest % 2 === 1) result = result === undefined ? square : ir.mul(result, square);
    rest = Math.floor(rest / 2);
    if (rest === 0) return result as Node;
  }
}

/** exp(y·log|x|) with the sign of x where y is odd. At x = 0 the value and first slopes are given. */
function floatPower(x: Node, y: Node): Node {
  const [zero, one, two] = [number(0, x), number(1, x), number(2, x)];
  const atZero = ir.equal(x, zero);
  const negative = ir.less(x, zero);
  const size = ir.where(atZero, one, ir.where(negative, ir.neg(x), x));
  const magnitude = ir.exp(ir.mul(y, ir.log(size)));
  const isWhole = ir.equal(ir.floor(y), y);
  const isOdd = ir.equal(ir.mod(y, two), one);
  const signed = ir.where(isOdd, ir.neg(magnitude), magnitude);
  const undefinedPower = ir.where(isWhole, signed, number(NaN, x));
  const general = ir.where(negative, undefinedPower, magnitude);
  // 0⁰ = 1, 0ʸ = 0 above and ∞ below; y = 1 and y = 2 go through x, so that slope and curvature hold.
  const smooth = ir.where(ir.equal(y, one), x, ir.where(ir.equal(y, two), ir.mul(x, x), zero));
  const below = ir.where(ir.less(y, zero), number(Infinity, x), smooth);
  const origin = ir.where(ir.equal(y, zero), one, below);
  return ir.where(atZero, origin, general);
}

/** Integer powers by the exponent's bits; wraps. A negative exponent is 0 unless the base is ±1. */
function integerPower(base: Node, exponent: Node): Node {
  const one = number(1, base);
  const bits = exponent.dtype === "u8" ? 8 : 31;
  let result: Node = one;
  let square = base;
  for (let bit = 0; bit < bits; bit++) {
    const set = ir.and(ir.shr(exponent, number(bit, exponent)), number(1, exponent));
    result = ir.where(ir.equal(set, number(1, set)), ir.mul(result, square), result);
    if (bit + 1 < bits) square = ir.mul(square, square);
  }
  if (exponent.dtype !== "i32" || base.dtype === "u32" || base.dtype === "u8") return result;
  const unit = ir.equal(ir.mul(base, base), one);
  const odd = ir.equal(ir.and(exponent, number(1, exponent)), number(1, exponent));
  const inverse = ir.where(unit, ir.where(odd, base, one), number(0, base));
  return ir.where(ir.less(exponent, number(0, exponent)), inverse, result);
}

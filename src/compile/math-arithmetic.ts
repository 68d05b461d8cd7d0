// Words over an emitter: `f.add(x, 1)` instead of `e.compute("add", "f32", x, { kind: "literal", … })`,
// so that the polynomials read like formulas. One object per register type; numbers become literals
// of that type. Nothing is decided here.

import type { Atom, ComputeOp, Literal, Register } from "../ir/kernel.ts";

/** The functions that become polynomials. */
export type MathOp = "exp" | "expm1" | "log" | "log1p" | "sin" | "cos" | "tanh" | "erf";

/** What the polynomials need of whoever builds a kernel. */
export interface Emitter {
  /** The register type of the result is `type`; its lanes follow the operands. */
  compute(op: ComputeOp, type: Register, ...args: Atom[]): Atom;
}

/** A literal exactly as the register will hold it, so that every renderer writes the same number. */
export function literal(type: Register, value: number): Literal {
  let held = value;
  if (type === "f32") held = Math.fround(value);
  else if (type === "i32") held = value | 0;
  else if (type === "u32") held = value >>> 0;
  return { kind: "literal", type, value: held };
}

export type Operand = Atom | number;

/** Ops whose operands and result have the type (`less`, `equal`: whose operands have it). */
export interface Arithmetic {
  neg(a: Operand): Atom;
  add(a: Operand, b: Operand): Atom;
  sub(a: Operand, b: Operand): Atom;
  mul(a: Operand, b: Operand): Atom;
  div(a: Operand, b: Operand): Atom;
  mod(a: Operand, b: Operand): Atom;
  max(a: Operand, b: Operand): Atom;
  min(a: Operand, b: Operand): Atom;
  and(a: Operand, b: Operand): Atom;
  or(a: Operand, b: Operand): Atom;
  xor(a: Operand, b: Operand): Atom;
  shl(a: Operand, b: Operand): Atom;
  shr(a: Operand, b: Operand): Atom;
  /** a·2ᵏ for s = powerZero + k. */
  scale(a: Operand, s: Operand): Atom;
  less(a: Operand, b: Operand): Atom;
  equal(a: Operand, b: Operand): Atom;
  /** a·b + c */
  fma(a: Operand, b: Operand, c: Operand): Atom;
  where(condition: Atom, a: Operand, b: Operand): Atom;
  /** An atom of another type, converted to this one. */
  cast(a: Atom): Atom;
  /** The bits of an atom of another type, read as this one. */
  bitcast(a: Atom): Atom;
  /** Σ coefficients[i]·xⁱ by Horner's rule: one fma a degree. */
  polynomial(x: Atom, coefficients: readonly number[]): Atom;
}

export function arithmetic(e: Emitter, type: Register): Arithmetic {
  const atom = (a: Operand): Atom => (typeof a === "number" ? literal(type, a) : a);
  const unary = (op: ComputeOp) => (a: Operand) => e.compute(op, type, atom(a));
  const binary =
    (op: ComputeOp, result: Register = type) =>
    (a: Operand, b: Operand) =>
      e.compute(op, result, atom(a), atom(b));
  const fma = (a: Operand, b: Operand, c: Operand): Atom =>
    e.compute("fma", type, atom(a), atom(b), atom(c));
  return {
    neg: unary("neg"),
    add: binary("add"),
    sub: binary("sub"),
    mul: binary("mul"),
    div: binary("div"),
    mod: binary("mod"),
    max: binary("max"),
    min: binary("min"),
    and: binary("and"),
    or: binary("or"),
    xor: binary("xor"),
    shl: binary("shl"),
    shr: binary("shr"),
    scale: binary("scale"),
    less: binary("less", "bool"),
    equal: binary("equal", "bool"),
    fma,
    where: (condition, a, b) => e.compute("where", type, condition, atom(a), atom(b)),
    cast: unary("cast"),
    bitcast: unary("bitcast"),
    polynomial(x, coefficients) {
      const top = coefficients.length - 1;
      let sum = literal(type, coefficients[top] as number) as Atom;
      for (let i = top - 1; i >= 0; i--) sum = fma(sum, x, coefficients[i] as number);
      return sum;
    },
  };
}

/** A logarithm's value where x > zero, −∞ at zero, NaN below and for NaN, ∞ at ∞. */
export function logSpecial(f: Arithmetic, x: Atom, zero: number, value: Atom): Atom {
  const pole = f.where(f.equal(x, zero), -Infinity, NaN);
  const finite = f.where(f.less(zero, x), value, pole);
  return f.where(f.equal(x, Infinity), x, finite);
}

// What each elementwise op means on single numbers: the arithmetic of the interpreter and of constant
// folding. A number of any dtype is a JavaScript number: bool is 0 or 1, u32 is never negative, f32
// is a double that f32 can hold. Doing + − × ÷ √ in double and then rounding to f32 gives the
// correctly rounded f32 result, so one meaning and one rounding serve both.

import { type DType, dtypes, isFloat } from "./dtype.ts";
import { erf } from "./erf.ts";
import { halfFromBits, halfToBits } from "./half-bits.ts";
import type { Elementwise } from "./op.ts";
import { threefry2x32 } from "./threefry.ts";

type ScalarOp = Exclude<Elementwise, "cast" | "bitcast">;
type Meaning = (a: number, b: number, c: number, d: number) => number;

/** In exact numbers; evaluateScalar rounds. Where integers differ from floats, `whole` below says so. */
export const scalar: { readonly [O in ScalarOp]: Meaning } = {
  neg: (a) => -a,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
  sqrt: Math.sqrt,
  floor: Math.floor,
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  mod: (a, b) => a - Math.floor(a / b) * b,
  /** NaN wins on either side. */
  max: (a, b) => (a > b || Number.isNaN(a) ? a : b),
  less: (a, b) => Number(a < b),
  equal: (a, b) => Number(a === b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << (b & 31),
  /** Rounds down: copies of the sign come in for i32, zeros for the types that have none. */
  shr: (a, b) => Math.floor(a / 2 ** (b & 31)),
  where: (condition, a, b) => (condition ? a : b),
  threefry: (k0, k1, c0, c1) => threefry2x32(k0, k1, c0, c1)[0],
};

/** Integers: products keep their low bits, division rounds down, and dividing by 0 gives 0. */
const whole: { readonly [O in ScalarOp]?: Meaning } = {
  mul: Math.imul,
  div: (a, b) => (b === 0 ? 0 : Math.floor(a / b)),
  mod: (a, b) => (b === 0 ? 0 : a - Math.floor(a / b) * b),
};

/** The nearest number of a float type; the low bits for an integer type. */
const narrow: { readonly [D in DType]: (x: number) => number } = {
  f32: Math.fround,
  f64: (x) => x,
  i32: (x) => x | 0,
  u32: (x) => x >>> 0,
  u8: (x) => x & 255,
  bool: (x) => Number(x !== 0),
  // As in kernels, which reach 16 bits by way of f32.
  f16: (x) => halfFromBits(halfToBits(Math.fround(x), "f16"), "f16"),
  bf16: (x) => halfFromBits(halfToBits(Math.fround(x), "bf16"), "bf16"),
  i8: (x) => (x << 24) >> 24,
};

/**
 * One elementwise op on single numbers.
 *
 * @param op     any elementwise op but cast and bitcast
 * @param dtype  of the operands (of the choices, for `where`); storage types compute as f32 or i32
 * @param args   the operands, each a number that its dtype can hold
 * @returns      a number of `dtype`; 0 or 1 for `less` and `equal`
 * @example
 * evaluateScalar("add", "u8", [200, 100]) // 44
 */
export function evaluateScalar(op: ScalarOp, dtype: DType, args: readonly number[]): number {
  const type = dtypes[dtype].compute;
  const round = narrow[type];
  const [a, b, c, d] = args as [number, number, number, number];
  if (op === "mod" && isFloat(type)) return round(a - round(Math.floor(round(a / b)) * b));
  const meaning = (isFloat(type) ? undefined : whole[op]) ?? scalar[op];
  return round(meaning(a, b, c, d));
}

/**
 * A number of one dtype as another: floats to integers drop the fraction, saturate, and send NaN to 0
 * (8-bit types by way of i32, of which they keep the low bits); integers to integers keep the low
 * bits; to bool is `≠ 0`; to a float rounds to the nearest, ties to even.
 *
 * @example
 * castScalar(-1.5, "f32", "u8") // 255
 */
export function castScalar(value: number, from: DType, to: DType): number {
  if (!isFloat(from) || isFloat(to) || to === "bool") return narrow[to](value);
  const [low, high] = to === "u32" ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1];
  const kept = Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), low), high);
  return narrow[to](kept);
}

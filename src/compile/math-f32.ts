// exp, log, sin and their kin for f32, eight or sixteen at a time. Each reduces its argument exactly
// to a short interval (constants are split so that products with a small integer have no rounding),
// evaluates a minimax polynomial there, and puts the exponent back through the bits of the number.
// The polynomials are fits of our own (test/golden/math-coefficients.py). Methods: Cody and Waite
// 1980, Software Manual for the Elementary Functions; Muller 2016, Elementary Functions, ch. 11.
//
// Largest errors in units in the last place, from every 23rd bit pattern, fma rounded once or twice:
// exp 1.2, expm1 1.7, log 0.9, log1p 1.5, tanh 1.4, erf 1.4; sin and cos 1.6 for |x| ≤ 2¹³, and beyond
// up to 10⁵ 10⁻⁷ absolute where fma rounds once, 10⁻⁶ where twice. Past that sin and cos lose their
// place in the wave but stay within ±1. Results below the normal numbers are kept, not flushed.

import { type Atom, powerZero } from "../ir/kernel.ts";
import {
  type Arithmetic,
  arithmetic,
  type Emitter,
  logSpecial,
  type MathOp,
} from "./math-arithmetic.ts";

/** Adding it to |x| < 2²² rounds x to an integer, which then stands in the low bits of the sum. */
const rounder = 1.5 * 2 ** 23;

// Numbers from here on are f32s, by the nine digits at most that tell one from all others.

/** log 2 = high + low; high has 15 bits, so a 9-bit integer times it is exact. */
const logTwo = { high: 0.69314575, low: 1.4286068e-6 };

/** π/2 in parts of 8, 11 and 11 bits and a rest: a 13-bit integer times any but the last is exact. */
const halfPi = [1.5703125, 0.0004837513, 7.5495336e-8, 2.563344e-12] as const;

const signBit = 0x80000000 | 0;
const exponentBits = 0xff800000 | 0;

const coefficients = {
  /** (eʳ − 1 − r) / r² on |r| ≤ log(2)/2. */
  exp: [0.49999997, 0.16666539, 0.041667745, 0.008367058, 0.0013839386],
  /** (log(1 + f) − f + f²/2) / f³ on 1/√2 ≤ 1 + f ≤ √2. */
  log: [
    0.3333333, -0.25000823, 0.20001261, -0.1662333, 0.14200908, -0.13159522, 0.1276752, -0.07643988,
  ],
  /** (sin r − r) / r³ in r² on |r| ≤ π/4. */
  sin: [-0.16666655, 0.008332187, -0.00019517897],
  /** (cos r − 1 + r²/2) / r⁴ in r² on |r| ≤ π/4. */
  cos: [0.041666646, -0.001388731, 2.4432327e-5],
  /** (tanh x / x − 1) / x² in x² on x < 0.625. */
  tanh: [-0.3333328, 0.13331406, -0.053736515, 0.020628218, -0.005692466],
  /** erf x / x − 1 in x² on x < 0.86. */
  erf: [0.12837917, -0.37612584, 0.11282776, -0.026803212, 0.0050503793, -0.000630349],
  /** log(1 − erf x) on 0.85 < x < 3.95. */
  erfTail: [
    -0.00010455037, -1.1280609, -0.63651896, -0.10452603, 0.022519171, -0.0031179038, 0.00020368391,
  ],
};

/**
 * unit·x = k·log 2 + unit·r with the integer k nearest. The low bits of `sum` are those of k plus what
 * `shifter` has more than `rounder`: with 127 more, shifted left by 23, they are the exponent of 2ᵏ.
 */
function splitExponent(f: Arithmetic, x: Atom, shifter: number, unit = 1) {
  const sum = f.fma(x, unit / Math.LN2, shifter);
  const k = f.sub(sum, shifter);
  const r = f.fma(k, -logTwo.low / unit, f.fma(k, -logTwo.high / unit, x));
  return { sum, k, r };
}

/**
 * factor·e^(unit·r), its terms joined by pairs (Estrin 1960): a chain of operations half as long as
 * Horner's. The factor is a power of two, which changes no bit but the exponent.
 */
function expReduced(f: Arithmetic, r: Atom, unit = 1, factor = 1): Atom {
  const square = f.mul(r, r);
  const term = (n: number): number => factor * (coefficients.exp[n - 2] as number) * unit ** n;
  const pair = (n: number): Atom => f.fma(r, term(n + 1), term(n));
  const tail = f.fma(f.fma(square, term(6), pair(4)), square, pair(2));
  const linear = unit * factor === 1 ? f.add(r, 1) : f.fma(r, unit * factor, factor);
  return f.fma(tail, square, linear);
}

/** 2ᵏ given k + 127 in the low bits of a sum. */
const power = (f: Arithmetic, i: Arithmetic, sum: Atom): Atom =>
  f.bitcast(i.shl(i.bitcast(sum), 23));

function exp(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f32");
  // Outside, the result is 0 or infinite anyway; inside, k fits. The bound comes first, so that NaN
  // passes without a test for it. The lower one is the least k of scale, which makes a zero of that
  // without a product too small for a number: such a one takes processors a hundred times as long,
  // and half of what a causal mask leaves to softmax would be such.
  const clamped = f.min(89, f.max(-176, x));
  const { sum, r } = splitExponent(f, clamped, powerZero);
  return f.scale(expReduced(f, r), sum);
}

/** The same of x ≤ 0 or NaN: 2ᵏ⁺²⁵ then is a factor for every k, and a zero for the least. */
export function decay(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f32");
  const i = arithmetic(e, "i32");
  const { sum, r } = splitExponent(f, f.max(-105.3, x), rounder + 127 + 25);
  return f.mul(expReduced(f, r, 1, 2 ** -25), power(f, i, sum));
}

function expm1(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f32");
  const i = arithmetic(e, "i32");
  const clamped = f.min(89, f.max(-18, x));
  // eˣ − 1 = 2·(2ᵏ⁻¹·(eʳ − 1) + (2ᵏ⁻¹ − ½)): 2ᵏ itself may be too large.
  const { sum, r } = splitExponent(f, clamped, rounder + 126);
  const grown = f.fma(f.mul(r, r), f.polynomial(r, coefficients.exp), r);
  const scale = power(f, i, sum);
  const half = f.fma(grown, scale, f.sub(scale, 0.5));
  // Near 0 the result is x itself, with its sign.
  return f.where(f.less(f.mul(x, x), 2 ** -50), x, f.add(half, half));
}

/**
 * log(1 + f) + e·log 2, where `negated` holds −e in its exponent bits. Counting −e keeps the sign
 * of a zero f: every term added to it is then −0.
 */
function logReduced(f: Arithmetic, fraction: Atom, negated: Atom): Atom {
  const e = f.cast(negated);
  const square = f.mul(fraction, fraction);
  const tail = f.mul(f.mul(fraction, square), f.polynomial(fraction, coefficients.log));
  const small = f.fma(square, -0.5, f.fma(e, -logTwo.low * 2 ** -23, tail));
  return f.fma(e, -logTwo.high * 2 ** -23, f.add(small, fraction));
}

/** −e in the exponent bits, for the e that brings the number with these bits to 2ᵉ·[1/√2, √2). */
const negatedExponent = (i: Arithmetic, bits: Atom): Atom =>
  i.and(i.sub(0x3f3504f3 + 0x7fffff, bits), exponentBits);

function log(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f32");
  const i = arithmetic(e, "i32");
  const tiny = f.less(x, 2 ** -126);
  const normal = f.where(tiny, f.mul(x, 2 ** 23), x);
  const bits = i.bitcast(normal);
  const negated = negatedExponent(i, bits);
  const fraction = f.sub(f.bitcast(i.add(bits, negated)), 1);
  const whole = i.add(negated, i.where(tiny, 23 << 23, 0));
  return logSpecial(f, x, 0, logReduced(f, fraction, whole));
}

function log1p(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f32");
  const i = arithmetic(e, "i32");
  // With e from the rounded sum, f = x·2⁻ᵉ − (1 − 2⁻ᵉ) has one rounding; none where e = 0.
  const negated = negatedExponent(i, i.bitcast(f.add(x, 1)));
  // 4·2⁻ᵉ, because 2⁻ᵉ may be below the normal numbers.
  const scale = f.bitcast(i.add(negated, 0x40800000));
  const fraction = f.sub(f.mul(f.mul(x, scale), 0.25), f.fma(scale, -0.25, 1));
  return logSpecial(f, x, -1, logReduced(f, fraction, negated));
}

/** sin(x + quarter·π/2) */
function sine(e: Emitter, x: Atom, quarter: 0 | 1): Atom {
  const f = arithmetic(e, "f32");
  const i = arithmetic(e, "i32");
  const sum = f.fma(x, 2 / Math.PI, rounder + quarter);
  const k = f.sub(sum, rounder + quarter);
  // The first two differences are exact; what the third loses goes to the fourth, so that r is
  // rounded once, and not at all where it is small and the result near a zero.
  const second = f.fma(k, -halfPi[1], f.fma(k, -halfPi[0], x));
  const third = f.fma(k, -halfPi[2], second);
  const lost = f.fma(k, -halfPi[2], f.sub(second, third));
  let r = f.add(third, f.fma(k, -halfPi[3], lost));
  // Where |x| is too large for the reduction, the result still is a sine of something.
  r = f.min(0.8, f.max(-0.8, r));
  const square = f.mul(r, r);
  const sin = f.fma(f.mul(square, r), f.polynomial(square, coefficients.sin), r);
  const cos = f.polynomial(square, [1, -0.5, ...coefficients.cos]);
  const quadrant = i.bitcast(sum);
  const picked = f.where(i.equal(i.and(quadrant, 1), 0), sin, cos);
  const sign = i.and(i.shl(quadrant, 30), signBit);
  return f.bitcast(i.xor(i.bitcast(picked), sign));
}

function sin(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f32");
  return f.where(f.equal(x, 0), x, sine(e, x, 0));
}

/** |x| and the sign bit: an odd function is computed from the one and given the other. */
function withoutSign(f: Arithmetic, i: Arithmetic, x: Atom) {
  const bits = i.bitcast(x);
  const sign = i.and(bits, signBit);
  return {
    magnitude: f.bitcast(i.and(bits, ~signBit)),
    restore: (y: Atom): Atom => f.bitcast(i.or(i.bitcast(y), sign)),
  };
}

function tanh(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f32");
  const i = arithmetic(e, "i32");
  const { magnitude: a, restore } = withoutSign(f, i, x);
  const square = f.mul(a, a);
  const near = f.fma(f.mul(square, a), f.polynomial(square, coefficients.tanh), a);
  // 1 − 2 / (e^(2a) + 1), which is 1 from 9.02 on.
  const { sum, r } = splitExponent(f, f.min(10, a), rounder + 127, 2);
  const divisor = f.fma(expReduced(f, r, 2), power(f, i, sum), 1);
  const far = f.sub(1, f.div(2, divisor));
  return restore(f.where(f.less(a, 0.625), near, far));
}

function erf(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f32");
  const i = arithmetic(e, "i32");
  const { magnitude: a, restore } = withoutSign(f, i, x);
  const near = f.fma(a, f.polynomial(f.mul(a, a), coefficients.erf), a);
  // 1 − e^log(1 − erf a), which is 1 from 3.95 on.
  const tail = f.polynomial(f.min(3.95, a), coefficients.erfTail);
  // 256 in the bias is the sign bit of the power: −2ᵏ.
  const { sum, r } = splitExponent(f, tail, rounder + 127 + 256);
  const far = f.fma(expReduced(f, r), power(f, i, sum), 1);
  return restore(f.where(f.less(a, 0.855), near, far));
}

export const mathematicsF32: {
  readonly [O in MathOp]: (e: Emitter, x: Atom) => Atom;
} = {
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos: (e: Emitter, x: Atom): Atom => sine(e, x, 1),
  tanh,
  erf,
};

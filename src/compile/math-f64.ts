// exp, log, sin and their kin for f64. The same methods as for f32 (math-f32.ts) with longer
// polynomials; but the kernel language has no bits of an f64, so powers of two are made as f32 and
// widened, and the exponent of a number is found by a ladder of comparisons. It serves gradient
// checks and statistics: right first, fast second.
// The polynomials are fits of our own (test/golden/math-coefficients.py); the form of the logarithm
// is that of Sun's fdlibm.
//
// Largest errors in units in the last place, from 2·10⁷ random points each, fma rounded once or
// twice: exp 1.2, expm1 2.0, log 0.9, log1p 0.9, tanh 2.6, erf 1.3; sin and cos 2.5 for |x| ≤ 10⁵.

import type { Atom } from "../ir/kernel.ts";
import {
  type Arithmetic,
  arithmetic,
  type Emitter,
  literal,
  logSpecial,
  type MathOp,
} from "./math-arithmetic.ts";

/** Adding it to |x| < 2⁵¹ rounds x to an integer. */
const rounder = 1.5 * 2 ** 52;

/** log 2 = high + low; high has 40 bits, so a 12-bit integer times it is exact. */
const logTwo = { high: 0.6931471805592082, low: 7.371002565167799e-13 };

/** π/2 in parts of 33 bits and a rest: a 20-bit integer times any but the last is exact. */
const halfPi = [
  1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32,
] as const;

const coefficients = {
  /** (eʳ − 1 − r) / r² on |r| ≤ log(2)/2. */
  exp: [
    0.5, 0.16666666666666677, 0.04166666666666671, 0.008333333333321476, 0.0013888888888840979,
    0.00019841269886331802, 2.480158745199406e-5, 2.7557244061007863e-6, 2.755713727311835e-7,
    2.5109090337619017e-8, 2.09630075481269e-9,
  ],
  /** (log(1 + f) / s − 2) / s² in s², s = f / (2 + f), on 1/√2 ≤ 1 + f ≤ √2. */
  log: [
    0.6666666666666735, 0.39999999999409136, 0.28571428743781796, 0.22222198414532926,
    0.18183573338278133, 0.15313801301147123, 0.14798622347029347,
  ],
  /** (sin r − r) / r³ in r² on |r| ≤ π/4. */
  sin: [
    -0.1666666666666663, 0.00833333333332184, -0.00019841269829358517, 2.75573135385054e-6,
    -2.50507343870431e-8, 1.5895433115772605e-10,
  ],
  /** (cos r − 1 + r²/2) / r⁴ in r² on |r| ≤ π/4. */
  cos: [
    0.041666666666666595, -0.0013888888888873307, 2.4801587288965243e-5, -2.7557314203088906e-7,
    2.0875703141645326e-9, -1.135861715279559e-11,
  ],
  /** erf x / x − 1 in x² on |x| < 1. */
  erf: [
    0.12837916709551256, -0.37612638903183343, 0.11283791670936945, -0.02686617064195715,
    0.005223977596709647, -0.0008548325483242712, 0.00012055280428730525, -1.4924464038438042e-5,
    1.6444127135203109e-6, -1.6183783819151737e-7, 1.361568416381459e-8, -7.605703059733321e-10,
  ],
  /** e^(x²)·(1 − erf x) in (x − 2.5) / (x + 2.5) on 1 < x < 6. */
  erfTail: [
    0.2108063640611437, -0.371736733948977, 0.25171319321717495, -0.12503305238174287,
    0.0399225390975315, -0.003993700594949126, -0.002642362671837734, 0.0008759129833724047,
    0.0002282620256053519, -0.00012950600557743445, -3.578380420684587e-5, 1.6716346418100013e-5,
    7.510449814914107e-6,
  ],
};

/** x = k·log 2 + r with the integer k nearest, an f64. */
function splitExponent(f: Arithmetic, x: Atom) {
  const k = f.sub(f.fma(x, Math.LOG2E, rounder), rounder);
  const r = f.fma(k, -logTwo.low, f.fma(k, -logTwo.high, x));
  return { k, r };
}

/** 2ⁿ for an i32 within ±126. */
function power(e: Emitter, n: Atom): Atom {
  const i = arithmetic(e, "i32");
  const bits = i.shl(i.add(n, 127), 23);
  return arithmetic(e, "f64").cast(arithmetic(e, "f32").bitcast(bits));
}

/** x·2ᵏ for |k| < 1100, rounded once: k = 16·q + rest, and 2ᵏ = 2^rest · 2^(8q) · 2^(8q). */
function scale(e: Emitter, x: Atom | number, k: Atom): Atom {
  const f = arithmetic(e, "f64");
  const i = arithmetic(e, "i32");
  const n = i.cast(k);
  let eighth = power(e, i.shr(n, 4));
  for (let doubling = 0; doubling < 3; doubling++) eighth = f.mul(eighth, eighth);
  return f.mul(f.mul(f.mul(x, power(e, i.and(n, 15))), eighth), eighth);
}

const expReduced = (f: Arithmetic, r: Atom): Atom => f.polynomial(r, [1, 1, ...coefficients.exp]);

function exp(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f64");
  // Outside, the result is 0 or infinite anyway; inside, k fits.
  const { k, r } = splitExponent(f, f.min(710, f.max(-746, x)));
  return scale(e, expReduced(f, r), k);
}

function expm1(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f64");
  const { k, r } = splitExponent(f, f.min(710, f.max(-40, x)));
  const grown = f.fma(f.mul(r, r), f.polynomial(r, coefficients.exp), r);
  // eˣ − 1 = 2·(2ᵏ⁻¹·(eʳ − 1) + (2ᵏ⁻¹ − ½)): 2ᵏ itself may be too large.
  const power = scale(e, 1, f.sub(k, 1));
  const half = f.fma(grown, power, f.sub(power, 0.5));
  // Near 0 the result is x itself, with its sign.
  return f.where(f.less(f.mul(x, x), 2 ** -108), x, f.add(half, half));
}

/** x = 2⁻ⁿ·(1 + f) with 1/√2 ≤ 1 + f ≤ √2, for x > 0; n as f64. */
function splitPower(e: Emitter, x: Atom): { fraction: Atom; n: Atom } {
  const f = arithmetic(e, "f64");
  const i = arithmetic(e, "i32");
  // Three rungs bring 2⁻¹⁰⁷⁴ ≤ x < 2¹⁰²⁴ to the range of f32: within 2^±512, 2^±256, 2^±120.
  let y = x;
  let n: Atom = literal("f64", 0);
  for (const [edge, step] of [
    [512, 600],
    [256, 300],
    [120, 160],
  ] as const) {
    const low = f.less(y, 2 ** -edge);
    const high = f.less(2 ** edge, y);
    const steps = f.where(low, step, f.where(high, -step, 0));
    y = f.mul(y, f.where(low, 2 ** step, f.where(high, 2 ** -step, 1)));
    n = f.add(n, steps);
  }
  const bits = i.bitcast(arithmetic(e, "f32").cast(y));
  const rest = i.shr(i.sub(0x3f3504f3 + 0x7fffff, bits), 23);
  return { fraction: f.sub(f.mul(y, power(e, rest)), 1), n: f.add(n, f.cast(rest)) };
}

/** log x + small, for x > 0 and |small| below an ulp of x. */
function logSum(e: Emitter, x: Atom, small: Atom | number): Atom {
  const f = arithmetic(e, "f64");
  const { fraction, n } = splitPower(e, x);
  const s = f.div(fraction, f.add(fraction, 2));
  const square = f.mul(s, s);
  // log(1 + f) = f − (h − s·(h + R)), h = f²/2: the exact f comes last.
  const rest = f.mul(square, f.polynomial(square, coefficients.log));
  const half = f.mul(f.mul(fraction, 0.5), fraction);
  const tail = f.fma(s, f.add(half, rest), f.fma(n, -logTwo.low, small));
  return f.add(f.mul(n, -logTwo.high), f.sub(fraction, f.sub(half, tail)));
}

function log(e: Emitter, x: Atom): Atom {
  return logSpecial(arithmetic(e, "f64"), x, 0, logSum(e, x, 0));
}

function log1p(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f64");
  // 1 + x = sum + error exactly, and log(1 + x) = log sum + error/sum.
  const sum = f.add(x, 1);
  const back = f.sub(sum, 1);
  const error = f.add(f.sub(1, f.sub(sum, back)), f.sub(x, back));
  const value = logSpecial(f, x, -1, logSum(e, sum, f.div(error, sum)));
  return f.where(f.equal(x, 0), x, value);
}

/** sin(x + quarter·π/2) */
function sine(e: Emitter, x: Atom, quarter: 0 | 1): Atom {
  const f = arithmetic(e, "f64");
  const i = arithmetic(e, "i32");
  const sum = f.fma(x, 2 / Math.PI, rounder);
  const k = f.sub(sum, rounder);
  let r = x;
  for (const part of halfPi) r = f.fma(k, -part, r);
  // Where |x| is too large for the reduction, the result still is a sine of something.
  r = f.min(0.8, f.max(-0.8, r));
  const square = f.mul(r, r);
  const sin = f.fma(f.mul(square, r), f.polynomial(square, coefficients.sin), r);
  const cos = f.polynomial(square, [1, -0.5, ...coefficients.cos]);
  const quadrant = i.add(i.cast(k), quarter);
  const picked = f.where(i.equal(i.and(quadrant, 1), 0), sin, cos);
  return f.where(i.equal(i.and(quadrant, 2), 0), picked, f.neg(picked));
}

function sin(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f64");
  return f.where(f.equal(x, 0), x, sine(e, x, 0));
}

/** The odd function that is y at |x|; x itself at ±0. */
const restoreSign = (f: Arithmetic, x: Atom, y: Atom): Atom =>
  f.where(f.equal(x, 0), x, f.where(f.less(x, 0), f.neg(y), y));

function tanh(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f64");
  // With g = e^(2a) − 1: g / (g + 2) for small a, 1 − 2 / (g + 2) for large, which is 1 from 20 on.
  const a = f.min(22, f.max(x, f.neg(x)));
  const grown = expm1(e, f.add(a, a));
  const near = f.less(a, 0.5);
  const quotient = f.div(f.where(near, grown, -2), f.add(grown, 2));
  return restoreSign(f, x, f.where(near, quotient, f.add(quotient, 1)));
}

function erf(e: Emitter, x: Atom): Atom {
  const f = arithmetic(e, "f64");
  const i = arithmetic(e, "i32");
  // 1 − erf a below 2⁻⁵⁴ from 6 on.
  const a = f.min(6, f.max(x, f.neg(x)));
  const square = f.mul(a, a);
  const near = f.fma(a, f.polynomial(square, coefficients.erf), a);
  const { k, r } = splitExponent(f, f.neg(square));
  const bell = f.mul(expReduced(f, r), power(e, i.cast(k)));
  const t = f.div(f.sub(a, 2.5), f.add(a, 2.5));
  const far = f.sub(1, f.mul(bell, f.polynomial(t, coefficients.erfTail)));
  return restoreSign(f, x, f.where(f.less(a, 1), near, far));
}

export const mathematicsF64: {
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

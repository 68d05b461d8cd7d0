// Arithmetic that JavaScript has no operator for, exactly: 16-bit floats, bits of numbers, and a·b + c
// rounded once.

import type { Register } from "../../src/ir/kernel.ts";

/** The bits of an f32, i32 or u32 as another of them. */
export function bitcast(x: number, from: Register, to: Register): number {
  const view = new DataView(new ArrayBuffer(4));
  if (from === "f32") view.setFloat32(0, x);
  else view.setUint32(0, x);
  if (to === "f32") return view.getFloat32(0);
  return to === "i32" ? view.getInt32(0) : view.getUint32(0);
}

export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Nearest, ties to even; what is too large becomes infinity. */
export function toHalf(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  if (size >= 65520) return sign | 0x7c00;
  // Multiples of the unit in the last place at this magnitude; 2^-24 below the normal range.
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -24)));
  const unit = 2 ** (exponent - 10);
  const steps = roundTiesToEven(size / unit);
  if (exponent === -14 && steps < 1024) return sign | steps;
  return sign | (((exponent + 15) << 10) + (steps - 1024));
}

export function fromBrain(bits: number): number {
  return bitcast((bits << 16) >>> 0, "u32", "f32");
}

/** Nearest, ties to even, of an f32. */
export function toBrain(x: number): number {
  if (Number.isNaN(x)) return 0x7fc0;
  const bits = bitcast(Math.fround(x), "f32", "u32");
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) / 65536) & 0xffff;
}

function roundTiesToEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/**
 * a·b + c rounded once.
 *
 * A sum that is rounded to odd keeps what rounding it again has to know (Boldo and Melquiond 2008,
 * Emulation of a FMA and correctly rounded sums); where exponents come near the ends of the range, by
 * exact integers.
 */
export function fusedMultiplyAdd(a: number, b: number, c: number, single: boolean): number {
  if (single) return Math.fround(sumToOdd(a * b, c)); // the product of two f32 is exact
  if (!isModerate(a) || !isModerate(b) || !(c === 0 || isModerate(c))) {
    return exactMultiplyAdd(a, b, c, false);
  }
  const product = a * b;
  const low = productError(a, b, product);
  const small = c + low;
  const sum = product + small;
  return sum + sumToOdd(sumError(c, low, small), sumError(product, small, sum));
}

const isModerate = (x: number): boolean => {
  const size = Math.abs(x);
  return size > 2 ** -400 && size < 2 ** 400;
};

/** What x + y is more than the double `sum` next to it. */
function sumError(x: number, y: number, sum: number): number {
  const part = sum - x;
  return x - (sum - part) + (y - part);
}

/** What x·y is more than the double `product` next to it: halves of 26 bits have exact products. */
function productError(x: number, y: number, product: number): number {
  const [xh, yh] = [high(x), high(y)];
  const [xl, yl] = [x - xh, y - yh];
  return xl * yl - (product - xh * yh - xl * yh - xh * yl);
}

function high(x: number): number {
  const scaled = x * (2 ** 27 + 1);
  return scaled - (scaled - x);
}

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);
const words = new Uint32Array(double.buffer);
const lowWord = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;

/** x + y, and where that is no double, the one of its two neighbours whose last bit is 1. */
function sumToOdd(x: number, y: number): number {
  const sum = x + y;
  if (!Number.isFinite(sum)) return sum;
  const error = sumError(x, y, sum);
  if (error === 0) return sum;
  double[0] = sum;
  if ((words[lowWord] as number) & 1) return sum;
  bits[0] = (bits[0] as bigint) + (sum > 0 === error > 0 ? 1n : -1n);
  return double[0] as number;
}

/** The same by exact integers, whatever the numbers. */
export function exactMultiplyAdd(a: number, b: number, c: number, single: boolean): number {
  const plain = a * b + c;
  // A product of finite numbers is finite here, even where its double would overflow.
  if (Number.isFinite(a) && Number.isFinite(b) && !Number.isFinite(c)) return c;
  if (!Number.isFinite(a) || !Number.isFinite(b)) {
    return single ? Math.fround(plain) : plain;
  }
  const [am, ae] = parts(a);
  const [bm, be] = parts(b);
  const [cm, ce] = parts(c);
  const exponent = Math.min(ae + be, ce);
  const sum = ((am * bm) << BigInt(ae + be - exponent)) + (cm << BigInt(ce - exponent));
  // An exact zero has the sign that the rounded sum of the signed zeros has.
  if (sum === 0n) return am * bm === 0n ? plain : 0;
  return roundExact(sum, exponent, single ? 24 : 53, single ? -149 : -1074, single ? 128 : 1024);
}

/** x = m · 2^e with an integer m. */
function parts(x: number): [bigint, number] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 2047n);
  const fraction = bits & ((1n << 52n) - 1n);
  const size = exponent === 0 ? fraction : fraction | (1n << 52n);
  return [bits >> 63n ? -size : size, Math.max(exponent, 1) - 1075];
}

function roundExact(m: bigint, e: number, digits: number, least: number, top: number): number {
  const negative = m < 0n;
  let size = negative ? -m : m;
  let exponent = e;
  const excess = Math.max(size.toString(2).length - digits, least - exponent);
  if (excess > 0) {
    const shift = BigInt(excess);
    const rest = size & ((1n << shift) - 1n);
    const half = 1n << (shift - 1n);
    size >>= shift;
    if (rest > half || (rest === half && size & 1n)) size += 1n;
    exponent += excess;
  }
  const length = size === 0n ? 0 : size.toString(2).length;
  // Two factors, so that neither under- nor overflows before the product does.
  const value =
    length + exponent > top
      ? Number.POSITIVE_INFINITY
      : Number(size) * 2 ** Math.trunc(exponent / 2) * 2 ** (exponent - Math.trunc(exponent / 2));
  return negative ? -value : value;
}

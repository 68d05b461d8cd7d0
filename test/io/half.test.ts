import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from "../../src/io/half.ts";

const every = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** The value of f16 bits, from the definition. */
function f16Value(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Nearest of all 65,536 values by bisection on the positive ones; ties to the even bits. */
function nearest(x: number, value: (bits: number) => number, infinity: number): number {
  const magnitude = Math.abs(x);
  let low = 0;
  let high = infinity;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (value(middle) <= magnitude) low = middle;
    else high = middle;
  }
  // Past the largest finite number, infinity stands where the next number would be.
  const above = high === infinity ? 2 * value(low) - value(low - 1) : value(high);
  const toLow = magnitude - value(low);
  const toHigh = above - magnitude;
  const bits = toHigh < toLow || (toHigh === toLow && high % 2 === 0) ? high : low;
  return magnitude === Number.POSITIVE_INFINITY ? infinity : bits;
}

describe("f16", () => {
  test("all 65,536 widen to their value", () => {
    expect(Array.from(f16ToF32(every))).toEqual(Array.from(every, f16Value));
  });

  test("all 65,536 survive the way there and back", () => {
    const back = f32ToF16(f16ToF32(every));
    for (let i = 0; i < 65536; i++) {
      // A signalling NaN comes back quiet.
      const expected = (i & 0x7fff) > 0x7c00 ? i | 0x200 : i;
      if (back[i] !== expected) expect([i, back[i]]).toEqual([i, expected]);
    }
  });

  test.each([
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [1e30, 0x7c00],
    [-Infinity, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [1.5 * 2 ** -25, 1],
    [1.5 * 2 ** -24, 2],
    [2.5 * 2 ** -24, 2],
    [1023.5 * 2 ** -24, 0x0400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1e-40, 0],
  ])("%d rounds to %i", (x, bits) => {
    expect(f32ToF16(Float32Array.of(x))[0]).toBe(bits);
  });

  test("rounds to nearest even everywhere", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (x) => {
        const bits = f32ToF16(Float32Array.of(x))[0]!;
        expect(bits & 0x7fff).toBe(nearest(x, f16Value, 0x7c00));
        expect(bits >> 15).toBe(x < 0 || Object.is(x, -0) ? 1 : 0);
      }),
      { numRuns: 2000 },
    );
    // and within the range of f16, where fc.float rarely looks
    fc.assert(
      fc.property(fc.integer({ min: 0x33000000 - 9000, max: 0x47800000 }), (word) => {
        const x = new Float32Array(Uint32Array.of(word).buffer);
        expect(f32ToF16(x)[0]).toBe(nearest(x[0]!, f16Value, 0x7c00));
      }),
      { numRuns: 5000 },
    );
  });
});

describe("bf16", () => {
  test("widening puts 16 zero bits behind", () => {
    const wide = bf16ToF32(every);
    const words = new Uint32Array(wide.buffer);
    expect(words.length).toBe(65536);
    expect(words.every((word, i) => word === i * 65536)).toBe(true);
  });

  test("all 65,536 survive the way there and back", () => {
    const back = f32ToBf16(bf16ToF32(every));
    for (let i = 0; i < 65536; i++) {
      const expected = (i & 0x7fff) > 0x7f80 ? i | 0x40 : i;
      if (back[i] !== expected) expect([i, back[i]]).toEqual([i, expected]);
    }
  });

  test.each([
    [0, 0],
    [-0, 0x8000],
    [1, 0x3f80],
    [1 + 2 ** -8, 0x3f80],
    [1 + 3 * 2 ** -8, 0x3f82],
    [1 + 1.01 * 2 ** -8, 0x3f81],
    [3.4028234663852886e38, 0x7f80],
    [-Infinity, 0xff80],
    [2 ** -133, 1],
    [2 ** -134, 0],
    [1.5 * 2 ** -133, 2],
  ])("%d rounds to %i", (x, bits) => {
    expect(f32ToBf16(Float32Array.of(x))[0]).toBe(bits);
  });

  test("rounds to nearest even everywhere", () => {
    const value = (bits: number): number => bf16ToF32(Uint16Array.of(bits))[0]!;
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (x) => {
        expect(f32ToBf16(Float32Array.of(x))[0]! & 0x7fff).toBe(nearest(x, value, 0x7f80));
      }),
      { numRuns: 2000 },
    );
  });
});

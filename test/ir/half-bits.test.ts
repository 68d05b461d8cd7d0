import fc from "fast-check";
import { expect, test } from "vitest";
import { bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from "../../src/io/half.ts";
import { halfFromBits, halfToBits } from "../../src/ir/half-bits.ts";

test("every 16 bits come back, and agree with the arrays of io", () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const [f16, bf16] = [f16ToF32(all), bf16ToF32(all)];
  for (const bits of all) {
    for (const [format, array] of [
      ["f16", f16],
      ["bf16", bf16],
    ] as const) {
      const value = halfFromBits(bits, format);
      if (!Object.is(value, array[bits])) expect(value, `${format} ${bits}`).toBe(array[bits]);
      if (!Number.isNaN(value) && halfToBits(value, format) !== bits)
        expect(halfToBits(value, format)).toBe(bits);
    }
  }
});

test("rounding agrees with the arrays of io", () => {
  const ties = fc.nat(65535).chain((bits) =>
    fc.constantFrom(-1, 0, 1).map((by) => {
      const [a, c] = [halfFromBits(bits, "f16"), halfFromBits((bits + 1) & 0xffff, "f16")];
      return Math.fround((a + c) / 2 + by * 2 ** -30);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.float(), ties), (x) => {
      const array = Float32Array.of(x);
      if (Number.isNaN(x)) return;
      expect(halfToBits(x, "f16")).toBe(f32ToF16(array)[0]);
      expect(halfToBits(x, "bf16")).toBe(f32ToBf16(array)[0]);
    }),
    { numRuns: 500 },
  );
});

test("known bits", () => {
  expect([1, -2, 65504, 65520, 2 ** -24, 0, -0].map((x) => halfToBits(x, "f16"))).toEqual([
    0x3c00, 0xc000, 0x7bff, 0x7c00, 1, 0, 0x8000,
  ]);
  expect(halfToBits(3.4e38, "bf16")).toBe(0x7f80);
  expect(halfFromBits(halfToBits(Number.NaN, "f16"), "f16")).toBeNaN();
});

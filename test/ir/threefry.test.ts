import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { threefry2x32 } from "../../src/ir/threefry.ts";

describe("threefry2x32", () => {
  // The three known answers that Random123 publishes for threefry2x32 with 20 rounds.
  test.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as [number, number][][])("key %j, counter %j", (key, counter, answer) => {
    expect(threefry2x32(key![0], key![1], counter![0], counter![1])).toEqual(answer);
  });

  test("depends on words modulo 2^32 only, and returns unsigned words", () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        const unsigned = threefry2x32(a, b, c, d);
        expect(threefry2x32(a | 0, b | 0, c | 0, d | 0)).toEqual(unsigned);
        for (const x of unsigned) expect(Number.isInteger(x) && x >= 0 && x < 2 ** 32).toBe(true);
      }),
    );
  });

  test("one flipped input bit flips about half of the output bits", () => {
    const ones = (x: number): number => x.toString(2).replaceAll("0", "").length;
    let flipped = 0;
    let total = 0;
    for (let trial = 0; trial < 200; trial++) {
      const base = threefry2x32(7, 9, trial, 0);
      for (let bit = 0; bit < 32; bit++) {
        const other = threefry2x32(7, 9, trial ^ (1 << bit), 0);
        flipped += ones((base[0] ^ other[0]) >>> 0) + ones((base[1] ^ other[1]) >>> 0);
        total += 64;
      }
    }
    expect(flipped / total).toBeGreaterThan(0.495);
    expect(flipped / total).toBeLessThan(0.505);
  });
});

// a·b + c rounded once, the quick way, against exact integers: on numbers whose sums cancel, tie and
// end in long runs of zeros or ones, and on all that is no ordinary number.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exactMultiplyAdd, fusedMultiplyAdd } from "./exact-numbers.ts";

/** Few bits far apart: what makes ties and double roundings. */
const sparse = fc
  .tuple(
    fc.constantFrom(-1, 1),
    fc.integer({ min: -40, max: 40 }),
    fc.array(fc.integer({ min: 0, max: 52 }), { maxLength: 3 }),
  )
  .map(([sign, exponent, places]) => {
    const fraction = places.reduce((sum, place) => sum + 2 ** -place, 1);
    return sign * fraction * 2 ** exponent;
  });
const extreme = fc.constantFrom(
  ...[0, -0, 1, -1, 2 ** -1074, 2 ** -1022, 2 ** -149, 2 ** -126, 2 ** 127, 2 ** 1023],
  ...[3.4e38, Number.MAX_VALUE, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
);
const number = fc.oneof(sparse, fc.double(), extreme);

describe.each([
  ["f32", true],
  ["f64", false],
] as const)("a fused multiply-add in %s", (_, single) => {
  const given = single ? number.map(Math.fround) : number;

  test("is the exact result, rounded", () => {
    fc.assert(
      fc.property(given, given, given, (a, b, c) => {
        expect(fusedMultiplyAdd(a, b, c, single)).toBe(exactMultiplyAdd(a, b, c, single));
      }),
      { numRuns: 3000 },
    );
  });

  test("is so where the addend nearly cancels the product", () => {
    fc.assert(
      fc.property(given, given, fc.integer({ min: -3, max: 3 }), (a, b, units) => {
        const product = single ? Math.fround(a * b) : a * b;
        const c = -product * (1 + units * (single ? 2 ** -23 : 2 ** -52));
        const addend = single ? Math.fround(c) : c;
        expect(fusedMultiplyAdd(a, b, addend, single)).toBe(exactMultiplyAdd(a, b, addend, single));
      }),
      { numRuns: 3000 },
    );
  });
});

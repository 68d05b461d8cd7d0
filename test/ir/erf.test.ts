import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { erf } from "../../src/ir/erf.ts";

const golden = JSON.parse(
  readFileSync(new URL("../golden/math-values.json", import.meta.url), "utf8"),
).erf as [number, number][];

test("erf is within three units in the last place of values made with 60 digits", () => {
  for (const [x, y] of golden) {
    const unit = Math.max(5e-324, 2 ** (Math.floor(Math.log2(Math.abs(y))) - 52));
    expect(Math.abs(erf(x) - y), `erf(${x})`).toBeLessThanOrEqual(3 * unit);
  }
});

test("erf in a book of tables (Abramowitz and Stegun 1964, table 7.1)", () => {
  expect(erf(0.5)).toBeCloseTo(0.5204998778, 10);
  expect(erf(1)).toBeCloseTo(0.8427007929, 10);
  expect(erf(2)).toBeCloseTo(0.995322265, 10);
});

test("erf of special values", () => {
  expect(erf(0)).toBe(0);
  expect(erf(-0)).toBe(-0);
  expect(erf(Number.POSITIVE_INFINITY)).toBe(1);
  expect(erf(Number.NEGATIVE_INFINITY)).toBe(-1);
  expect(erf(Number.NaN)).toBeNaN();
});

test("erf rises evenly where the formula changes", () => {
  const step = 2 ** -20;
  const slope = (2 / Math.sqrt(Math.PI)) * Math.exp(-1);
  expect((erf(1) - erf(1 - step)) / step).toBeCloseTo(slope, 5);
});

import { expect, test } from "vitest";
import { fittedExponent } from "../../../src/cli/bench/fit.ts";

test("a power law is found again, whatever its factor", () => {
  for (const p of [0.5, 1, 2.25]) {
    const points = [8, 16, 64, 512].map((size) => ({ size, cost: 0.03 * size ** p }));
    expect(fittedExponent(points)).toBeCloseTo(p, 12);
  }
});

test("least squares between logarithms: deviations up and down cancel", () => {
  const points = [
    { size: 1, cost: 1 },
    { size: 10, cost: 20 },
    { size: 100, cost: 50 },
    { size: 1000, cost: 1000 },
  ];
  // By hand: sum of (x - 1.5)·y over sum of (x - 1.5)² with y = log10(cost).
  const [a, b] = [Math.log10(20), Math.log10(50)];
  expect(fittedExponent(points)).toBeCloseTo((-0.5 * a + 0.5 * b + 1.5 * 3) / 5, 12);
});

test("one size tells nothing", () => {
  expect(fittedExponent([{ size: 4, cost: 1 }])).toBeNaN();
  expect(fittedExponent([])).toBeNaN();
});

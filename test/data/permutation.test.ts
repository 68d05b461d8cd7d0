import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EpochWords, shuffledOrder } from "../../src/data/permutation.ts";

describe("shuffledOrder", () => {
  test("is a permutation, the same for the same seed and epoch", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.maxSafeNat(), fc.nat(1000), (count, seed, epoch) => {
        const order = shuffledOrder(count, { seed, epoch });
        expect([...order].sort((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, i) => i),
        );
        expect(shuffledOrder(count, { seed, epoch })).toEqual(order);
      }),
      { numRuns: 50 },
    );
  });

  test("another epoch or seed is another order", () => {
    const order = (seed: number, epoch: number): string =>
      shuffledOrder(50, { seed, epoch }).join();
    const all = [order(0, 0), order(0, 1), order(1, 0), order(2 ** 32, 0), order(2 ** 40, 0)];
    expect(new Set(all).size).toBe(all.length);
  });

  test("every number comes to every place equally often", () => {
    const counts = Array.from({ length: 6 }, () => new Array<number>(6).fill(0));
    const runs = 6000;
    for (let epoch = 0; epoch < runs; epoch++) {
      shuffledOrder(6, { seed: 9, epoch }).forEach((value, place) => {
        const row = counts[value] as number[];
        row[place] = (row[place] ?? 0) + 1;
      });
    }
    // 25 degrees of freedom: 60 has a probability of 1e-4.
    const expected = runs / 6;
    const chiSquare = counts.flat().reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(60);
  });

  test("known orders: they are part of what makes a run repeat", () => {
    expect([...shuffledOrder(8, { seed: 0, epoch: 0 })]).toMatchInlineSnapshot(`
      [
        7,
        6,
        3,
        0,
        1,
        5,
        4,
        2,
      ]
    `);
    expect([...shuffledOrder(8, { seed: 42, epoch: 3 })]).toMatchInlineSnapshot(`
      [
        1,
        2,
        0,
        4,
        3,
        7,
        6,
        5,
      ]
    `);
  });

  test("a seed that is no whole number is refused", () => {
    expect(() => shuffledOrder(3, { seed: 0.5 })).toThrow(/whole number from 0 .* not 0\.5/);
  });
});

test("below() is fair for a bound that does not divide 2^32", () => {
  const words = new EpochWords(1, 0);
  const counts = [0, 0, 0];
  for (let i = 0; i < 9000; i++) {
    const value = words.below(3);
    counts[value] = (counts[value] as number) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(200);
});

// Sums over axes: division, bounds and splits, checked by putting numbers in.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Axis,
  combine,
  constantIndex,
  dependsOn,
  factorOf,
  type Index,
  IndexSpace,
  indexOf,
  isLinear,
  plus,
  quotient,
  rangeOf,
  remainder,
  SplitAxis,
  times,
} from "../../src/compile/affine.ts";

/** The value of an index where its axes stand at `at`. */
function numberAt(index: Index, at: ReadonlyMap<Axis, number>): number {
  let value = index.constant;
  for (const { atom, factor } of index.terms) {
    if (atom.kind === "axis") value += factor * (at.get(atom) as number);
    else if (atom.kind === "quotient")
      value += factor * Math.floor(numberAt(atom.base, at) / atom.by);
    else if (atom.kind === "remainder") value += factor * (numberAt(atom.base, at) % atom.by);
    else throw new Error("no values of tensors here");
  }
  return value;
}

/** Every place where some axes can stand. */
function places(axes: readonly Axis[]): Map<Axis, number>[] {
  let all: Map<Axis, number>[] = [new Map()];
  for (const axis of axes) {
    all = all.flatMap((at) =>
      Array.from({ length: axis.extent }, (_, i) => new Map([...at, [axis, i]])),
    );
  }
  return all;
}

const sum = (axes: readonly Axis[], factors: readonly number[], constant: number): Index =>
  axes.reduce(
    (index, axis, i) => plus(index, times(indexOf(axis), factors[i] as number)),
    constantIndex(constant),
  );

const extents = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 });
const factors = fc.array(fc.integer({ min: -12, max: 12 }), { minLength: 3, maxLength: 3 });
const constants = fc.integer({ min: -20, max: 20 });

test("plus and times are what they say, and rangeOf bounds what is reached", () => {
  fc.assert(
    fc.property(
      fc.tuple(extents, factors, factors, constants),
      ([lengths, first, second, constant]) => {
        const space = new IndexSpace();
        const axes = lengths.map((extent) => space.axis(extent));
        const [x, y] = [sum(axes, first, constant), sum(axes, second, 3)];
        const both = plus(x, times(y, -2));
        const { low, high } = rangeOf(both);
        const values = places(axes).map((at) => {
          // Plus zero: a sum of nothing is 0, whatever its sign.
          const value = numberAt(both, at) + 0;
          expect(value).toBe(numberAt(x, at) - 2 * numberAt(y, at) + 0);
          return value;
        });
        // Each axis reaches both its ends, so the bounds are met.
        expect([low + 0, high + 0]).toEqual([Math.min(...values), Math.max(...values)]);
        for (const { factor } of both.terms) expect(factor).not.toBe(0);
      },
    ),
  );
});

test("quotient · by + remainder is the value, whatever has to be split on the way", () => {
  fc.assert(
    fc.property(
      fc.tuple(
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 3, maxLength: 3 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 1, max: 12 }),
      ),
      ([lengths, ofAxis, constant, by]) => {
        let parts = lengths.map((extent) => [extent]);
        for (;;) {
          const space = new IndexSpace();
          const axes = parts.map((list) => list.map((extent) => space.axis(extent)));
          const index = axes.reduce(
            (total, list, i) => plus(total, times(combine(list), ofAxis[i] as number)),
            constantIndex(constant),
          );
          try {
            const { quotient, remainder } = space.divide(index, by);
            for (const at of places(axes.flat())) {
              const value = numberAt(index, at);
              expect(numberAt(quotient, at)).toBe(Math.floor(value / by));
              expect(numberAt(remainder, at)).toBe(value % by);
            }
            return;
          } catch (error) {
            if (!(error instanceof SplitAxis)) throw error;
            expect(error.axis.extent % error.inner).toBe(0);
            expect(error.inner).toBeGreaterThan(1);
            expect(error.inner).toBeLessThan(error.axis.extent);
            parts = axes.map((list) =>
              list.flatMap((axis) =>
                axis === error.axis ? [axis.extent / error.inner, error.inner] : [axis.extent],
              ),
            );
          }
        }
      },
    ),
  );
});

test("quotient and remainder are sums where the rest stays below the divisor, and undefined elsewhere", () => {
  const space = new IndexSpace();
  const [i, j] = [space.axis(6), space.axis(4)];
  for (const constant of [0, 1, -8, -9, 13]) {
    for (const by of [2, 4, 8]) {
      const index = sum([i, j], [8, 1], constant);
      const [whole, rest] = [quotient(index, by), remainder(index, by)];
      expect(whole === undefined).toBe(rest === undefined);
      for (const at of whole && rest ? places([i, j]) : []) {
        const value = numberAt(index, at);
        expect(numberAt(whole as Index, at)).toBe(Math.floor(value / by));
        expect(numberAt(rest as Index, at)).toBe(value - by * Math.floor(value / by));
      }
    }
  }
  expect(quotient(sum([i, j], [8, 1], -8), 4)).toEqual(sum([i], [2], -2));
  expect(remainder(sum([i, j], [8, 1], 1), 4)).toBeUndefined();
});

describe("divide", () => {
  test("needs no atom where factors divide or the rest is small", () => {
    const space = new IndexSpace();
    const [i, j] = [space.axis(6), space.axis(4)];
    const { quotient, remainder } = space.divide(sum([i, j], [4, 1], 0), 4);
    expect(quotient).toEqual(indexOf(i));
    expect(remainder).toEqual(indexOf(j));
  });

  test("asks for a split where an axis is cut evenly, and not of a whole one", () => {
    const space = new IndexSpace();
    expect(() => space.divide(indexOf(space.axis(12)), 4)).toThrow(SplitAxis);
    const whole = space.axis(12, { whole: true });
    const { quotient } = space.divide(indexOf(whole), 4);
    expect(quotient.terms[0]?.atom.kind).toBe("quotient");
  });

  test("gives equal atoms once", () => {
    const space = new IndexSpace();
    const i = indexOf(space.axis(10));
    const [first, second] = [space.divide(i, 3), space.divide(i, 3)];
    expect(first.quotient.terms[0]?.atom).toBe(second.quotient.terms[0]?.atom);
    expect(first.remainder.terms[0]?.atom).not.toBe(first.quotient.terms[0]?.atom);
  });

  test("brings a sum that begins below zero above it", () => {
    const space = new IndexSpace();
    const i = space.axis(10, { whole: true });
    const index = sum([i], [1], -7);
    const { quotient, remainder } = space.divide(index, 3);
    for (const at of places([i])) {
      const value = numberAt(index, at);
      expect(numberAt(quotient, at)).toBe(Math.floor(value / 3));
      expect(numberAt(remainder, at)).toBe(value - 3 * Math.floor(value / 3));
    }
  });
});

test("an index is linear along an axis unless an atom hides the axis", () => {
  const space = new IndexSpace();
  const [i, j] = [space.axis(10), space.axis(5)];
  const { quotient } = space.divide(indexOf(i), 3);
  const index = plus(times(indexOf(j), 2), quotient);
  expect(dependsOn(index, i)).toBe(true);
  expect(factorOf(index, i)).toBe(0);
  expect(isLinear(index, i)).toBe(false);
  expect(isLinear(index, j)).toBe(true);
});

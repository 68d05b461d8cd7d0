// Winograd's forms: that they are identities, in exact arithmetic.

import { expect, test } from "vitest";
import {
  type Fraction,
  type WinogradForm,
  winogradForm,
  winogradForms,
} from "../../../src/compile/lower/winograd-form.ts";

/** A sum of products of fractions, as a numerator and a denominator. */
function sumOf(products: readonly (readonly Fraction[])[]): [bigint, bigint] {
  let [top, bottom] = [0n, 1n];
  for (const factors of products) {
    const p = factors.reduce((n, [t]) => n * BigInt(t), 1n);
    const q = factors.reduce((n, [, u]) => n * BigInt(u), 1n);
    [top, bottom] = [top * q + p * bottom, bottom * q];
  }
  return [top, bottom];
}

/** Whether result j is exactly the sum of tap k times element j + k. */
function expectIdentity({ results, taps, extent, a, g, b }: WinogradForm): void {
  for (let j = 0; j < results; j++) {
    for (let k = 0; k < taps; k++) {
      for (let l = 0; l < extent; l++) {
        const products = b.map((line, i) => [a[j]?.[i], g[i]?.[k], line[l]] as Fraction[]);
        const [top, bottom] = sumOf(products);
        expect(top).toBe(l === j + k ? bottom : 0n);
      }
    }
  }
}

test.each(winogradForms.map((form) => [form.name, form] as const))("%s is exact", (_, form) => {
  expect(form.products).toBe((form.results + form.taps - 1) ** 2);
  expectIdentity(form);
});

test("any distinct points make a form", () => {
  expectIdentity(winogradForm(1, 2, [[5, 7]]));
  expectIdentity(
    winogradForm(3, 2, [
      [1, 1],
      [-4, 1],
      [3, 5],
    ]),
  );
  expectIdentity(
    winogradForm(4, 5, [
      [0, 1],
      [1, 1],
      [-1, 1],
      [2, 1],
      [-2, 1],
      [1, 2],
      [-1, 2],
    ]),
  );
});

test("the form of 3 taps and 2 results has no factors but 1 and ½", () => {
  const [{ a, g, b }] = winogradForms as [WinogradForm];
  const sizes = [a, g, b].map((m) => m.flat().map(([top, bottom]) => Math.abs(top / bottom)));
  expect(sizes.map((of) => [...new Set(of)].sort())).toEqual([
    [0, 1],
    [0, 0.5, 1],
    [0, 1],
  ]);
});

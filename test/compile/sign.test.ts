// What is known of the sign of an expression.

import { expect, test } from "vitest";
import { indexOf } from "../../src/compile/affine.ts";
import type { Reduction } from "../../src/compile/expression.ts";
import { ExpressionTable } from "../../src/compile/expression-table.ts";
import { isNeverPositive } from "../../src/compile/sign.ts";
import * as b from "../../src/ir/build.ts";

const table = new ExpressionTable();
const axis = table.space.axis(8);
const [x, y] = [0, 1].map((slot) => table.load(b.input(slot, [8], "f32"), [indexOf(axis)])) as [
  ReturnType<typeof table.load>,
  ReturnType<typeof table.load>,
];
const over = (kind: Reduction["kind"], id: number) =>
  table.reduced({ id, kind, dtype: "f32", body: x, inner: [axis] });
const less = (a: typeof x, by: typeof x) =>
  table.operation("add", "f32", [a, table.operation("neg", "f32", [by])]);

test("a number less the largest of its row is never positive", () => {
  const largest = over("max", 0);
  expect(isNeverPositive(less(x, largest))).toBe(true);
  const turned = table.operation("add", "f32", [table.operation("neg", "f32", [largest]), x]);
  expect(isNeverPositive(turned)).toBe(true);
});

test("less the largest of others, less a sum or alone it may be", () => {
  const largest = over("max", 0);
  expect(isNeverPositive(less(y, largest))).toBe(false);
  expect(isNeverPositive(less(largest, x))).toBe(false);
  expect(isNeverPositive(less(x, over("add", 1)))).toBe(false);
  expect(isNeverPositive(x)).toBe(false);
});

test("the one of x and −x below zero is never positive; the other one is, and so is one of two values", () => {
  const zero = table.number(0, "f32");
  const isBelow = table.operation("less", "bool", [x, zero]);
  const negative = (of: typeof x) => table.operation("neg", "f32", [of]);
  const where = (a: typeof x, c: typeof x) => table.operation("where", "f32", [isBelow, a, c]);
  expect(isNeverPositive(where(x, negative(x)))).toBe(true);
  expect(isNeverPositive(where(negative(x), x))).toBe(false);
  expect(isNeverPositive(where(x, negative(y)))).toBe(false);
  expect(isNeverPositive(where(y, negative(y)))).toBe(false);
});

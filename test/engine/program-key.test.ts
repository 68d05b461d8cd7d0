// Keys of programs: equal exactly where the program is the same.

import { expect, describe as suite, test } from "vitest";
import { Key, numberToken } from "../../src/engine/key.ts";
import { describe } from "../../src/engine/signature.ts";
import * as ir from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/node.ts";

const keyOf = (...outputs: Node[]): Key =>
  describe(outputs, (node) => (node.op === "input" ? "leaf" : "inner")).key;
const x = ir.input(0, [2, 3], "f32");

suite("equal keys", () => {
  const cases: [string, () => Node][] = [
    ["a sum", () => ir.add(x, ir.input(1, [2, 3], "f32"))],
    ["a number of the call", () => ir.mul(x, ir.constant(Math.random() + 2, "f32"))],
    ["a view", () => ir.permute(x, [1, 0])],
    ["a body", () => scanOf(1)],
    ["names without meaning", () => ir.neg(ir.detach(ir.alias(x)))],
  ];
  test.each(cases)("%s, built twice", (_, build) => {
    const [a, b] = [keyOf(build()), keyOf(build())];
    expect(a.equals(b)).toBe(true);
    expect(a.hash).toBe(b.hash);
  });
});

/** c ← c + k·row, three times. */
function scanOf(k: number): Node {
  const carry = ir.input(0, [3], "f32");
  const row = ir.input(1, [3], "f32");
  const next = ir.add(carry, ir.mul(row, ir.constant(k, "f32")));
  const body = { inputs: [carry, row], outputs: [next] };
  const arg = { body, carries: 1, stacked: 1, length: 2, reverse: false };
  return ir.scan(arg, [ir.constant(0, "f32", [3]), x])[0] as Node;
}

test("programs that differ have other keys", () => {
  const y = ir.input(1, [2, 3], "f32");
  const programs: Node[][] = [
    [ir.add(x, y)],
    [ir.mul(x, y)],
    [ir.add(x, x)],
    [ir.add(x, ir.input(1, [3], "f32"))],
    [ir.add(ir.input(0, [2, 3], "f64"), ir.input(1, [2, 3], "f64"))],
    [ir.mul(x, ir.constant(0.5, "f32"))],
    [ir.add(x, ir.constant(1, "f32"))],
    [ir.add(x, ir.constant(-1, "f32"))],
    [ir.neg(x)],
    [ir.neg(x), ir.exp(x)],
    [ir.exp(x), ir.neg(x)],
    [ir.reduce(x, "add", [0])],
    [ir.reduce(x, "add", [1])],
    [ir.reduce(x, "max", [1])],
    [ir.reduce(x, "add", [0, 1])],
    [ir.pad(x, [0, 0], [0, 1], { value: 0 })],
    [ir.pad(x, [0, 0], [0, 1], { value: -0 })],
    [ir.pad(x, [0, 0], [0, 1], { value: Number.NaN })],
    [ir.pad(x, [0, 0], [0, 1], { value: Number.POSITIVE_INFINITY })],
    [ir.pad(x, [0, 0], [0, 1], { value: Number.NEGATIVE_INFINITY })],
    [ir.pad(x, [0, 1], [0, 0])],
    [ir.flip(x, [0])],
    [ir.flip(x, [1])],
    [ir.cumsum(x, 1)],
    [ir.cumsum(x, 1, true)],
    [scanOf(2)],
    [scanOf(3)],
  ];
  const keys = programs.map((outputs) => keyOf(...outputs));
  for (const [i, a] of keys.entries()) {
    for (const [j, b] of keys.entries()) expect(a.equals(b), `${a} | ${b}`).toBe(i === j);
  }
});

test("a copy does not change when the key is written again", () => {
  const key = new Key();
  key.addAll([1, 2]);
  const copy = key.copy();
  expect(copy.equals(key)).toBe(true);
  key.clear().addAll([1, 2, 3]);
  expect(copy.equals(key)).toBe(false);
  expect(`${copy}`).toBe("2 1 2");
  expect(`${key.clear()}`).toBe("");
});

test("numbers that === confuses have tokens of their own", () => {
  const values = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, -1];
  for (const a of values) {
    for (const b of values) expect(numberToken(a) === numberToken(b)).toBe(Object.is(a, b));
  }
});

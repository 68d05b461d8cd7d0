// What shares a kernel and what does not.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Group } from "../../../src/compile/schedule/group.ts";
import { makeSchedule, type Schedule } from "../../../src/compile/schedule/schedule.ts";
import * as b from "../../../src/ir/build.ts";
import { is, type Node, sortNodes } from "../../../src/ir/node.ts";
import { randomGraph } from "../../support/random-graph.ts";

const input = (...shape: readonly number[]): Node => b.input(0, shape, "f32");
const number = (value: number): Node => b.constant(value, "f32");

function scheduleOf(...outputs: readonly Node[]): Schedule {
  const inputs = new Set(sortNodes(outputs).filter((n) => n.op === "input"));
  return makeSchedule({ outputs, inputs, runtime: new Set(), fuse: true, lanes: 16 });
}

const kernels = (...outputs: readonly Node[]): number => scheduleOf(...outputs).groups.length;

/** The groups in an order in which each follows all it needs; fails if there is none. */
function order(groups: readonly Group[]): readonly Group[] {
  const done = new Set<Group>();
  while (done.size < groups.length) {
    const next = groups.find((g) => !done.has(g) && [...g.after].every((h) => done.has(h)));
    if (!next) throw new Error("the groups need each other");
    done.add(next);
  }
  return [...done];
}

test("groups never need each other, every point has one, and what crosses is stored", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 }), (tape) => {
      const { inputs, outputs } = randomGraph(tape);
      const own = outputs.filter((n) => !inputs.includes(n));
      const schedule = makeSchedule({
        outputs: own,
        inputs: new Set(inputs),
        runtime: new Set(),
        fuse: true,
        lanes: 16,
      });
      const groups = order(schedule.groups);
      for (const output of own) expect(schedule.stored.has(output)).toBe(true);
      for (const stored of schedule.stored) expect(schedule.groupOf.has(stored)).toBe(true);
      for (const group of groups)
        for (const point of group.points) expect(schedule.groupOf.get(point)).toBe(group);
    }),
  );
});

describe("joins", () => {
  test("reductions over the same loops, and what is made of them row by row", () => {
    const x = input(64, 100);
    const largest = b.reduceKeep(x, "max", [1]);
    const e = b.exp(b.sub(x, largest));
    const softmax = b.div(e, b.reduceKeep(e, "add", [1]));
    expect(kernels(softmax)).toBe(1);
    expect(scheduleOf(softmax).stored.size).toBe(1);
  });

  test("results that read the same though neither needs the other", () => {
    const x = input(64, 100);
    expect(kernels(b.reduce(x, "add", [1]), b.reduce(b.mul(x, x), "add", [1]))).toBe(1);
    expect(kernels(b.exp(x), b.sin(x))).toBe(1);
  });

  test("a contraction takes what is done to each of its results, seen through a view too", () => {
    const [x, y, bias] = [input(8, 16), input(16, 12), input(12)];
    const product = b.contract(x, [0, 1], y, [1, 2], [0, 2]);
    expect(kernels(b.tanh(b.add(product, bias)))).toBe(1);
    const heads = b.permute(b.reshape(b.add(product, bias), [8, 3, 4]), [1, 0, 2]);
    expect(kernels(heads)).toBe(1);
  });
});

describe("does not join", () => {
  test("reductions over other axes", () => {
    const x = input(64, 100);
    expect(kernels(b.reduce(x, "add", [0]), b.reduce(x, "add", [1]))).toBe(2);
  });

  test("what reads a value elsewhere than where it is made", () => {
    const rows = b.exp(b.reduce(input(64, 100), "add", [1]));
    expect(kernels(b.add(rows, b.flip(rows, [0])))).toBe(2);
  });

  test("a contraction into a contraction, nor a sum of its results", () => {
    const [x, y, z] = [input(8, 16), input(16, 12), input(12, 9)];
    const product = b.contract(x, [0, 1], y, [1, 2], [0, 2]);
    expect(kernels(b.contract(product, [0, 1], z, [1, 2], [0, 2]))).toBe(2);
    expect(kernels(b.reduce(product, "add", [1]))).toBe(2);
  });

  test("a group that the value's other sources need", () => {
    // first → product → last, and last uses first's loops: in first's kernel it would need product.
    const x = input(64, 64);
    const first = b.reduceKeep(b.exp(x), "add", [1]);
    const scaled = b.div(x, first);
    const product = b.contract(scaled, [0, 1], x, [1, 2], [0, 2]);
    const last = b.add(b.reduce(b.mul(product, x), "add", [1]), b.reshape(first, [64]));
    const schedule = scheduleOf(last);
    const groups = order(schedule.groups);
    const reductions = sortNodes([last]).filter((n) => is(n, "reduce"));
    expect(reductions.map((n) => groups.indexOf(schedule.groupOf.get(n) as Group))).toEqual([0, 2]);
  });
});

describe("stored", () => {
  test("what is dear and used twice, not what is cheap", () => {
    const x = input(64, 100);
    const dear = b.tanh(x);
    const cheap = b.mul(x, number(2));
    const two = (y: Node): readonly Node[] => [b.reduce(y, "add", [0]), b.reduce(y, "max", [1])];
    expect(scheduleOf(...two(dear)).stored.has(dear)).toBe(true);
    expect(scheduleOf(...two(cheap)).stored.has(cheap)).toBe(false);
  });

  test("not what its readers can make of what they read anyway", () => {
    const x = input(64, 100);
    const dear = b.erf(x);
    const isPoint = (...outputs: readonly Node[]): boolean =>
      scheduleOf(...outputs).groupOf.has(dear);
    const first = b.reduce(b.mul(x, dear), "add", [0]);
    expect(isPoint(first, b.reduce(b.sub(x, dear), "max", [0]))).toBe(false);
    // Who does not read x is spared it by the value.
    expect(isPoint(first, b.reduce(dear, "max", [0]))).toBe(true);
  });

  test("the operand of a contraction, below its views", () => {
    const [x, y] = [input(8, 16), input(16, 12)];
    const squares = b.mul(x, x);
    const turned = b.permute(squares, [1, 0]);
    const product = b.contract(turned, [1, 0], y, [1, 2], [0, 2]);
    const { stored } = scheduleOf(product);
    expect(stored.has(squares)).toBe(true);
    expect(stored.has(turned)).toBe(false);
  });

  test("what overlapping windows would compute again", () => {
    const x = b.exp(input(100));
    const windows = b.window(x, { axis: 0, size: 5, stride: 1, dilation: 1 });
    expect(scheduleOf(b.reduce(windows, "max", [1])).stored.has(x)).toBe(true);
    const apart = b.window(x, { axis: 0, size: 5, stride: 5, dilation: 1 });
    expect(scheduleOf(b.reduce(apart, "max", [1])).stored.has(x)).toBe(false);
  });

  test("what is kept, unless its users stand where it is made", () => {
    const x = b.add(input(64), number(1));
    const turned = (y: Node): Node => b.exp(b.flip(y, [0]));
    expect(scheduleOf(turned(x)).stored.has(x)).toBe(false);
    const kept = b.keep(x);
    expect(scheduleOf(turned(kept)).stored.has(kept)).toBe(true);
    expect(kernels(b.exp(kept))).toBe(1);
  });
});

describe("in place of a product", () => {
  const operands = (): Node[] => [input(8, 16), input(16, 12)];
  const product = (x: Node, y: Node): Node => b.contract(x, [0, 1], y, [1, 2], [0, 2]);
  const turned = (x: Node, by: Node): Node => product(b.permute(x, [1, 0]), by);

  test("one dear value that others take of it, made where the product is", () => {
    const [x, y] = operands() as [Node, Node];
    const z = product(x, y);
    const biased = b.add(z, b.expand(input(12), [8, 12]));
    const slope = b.exp(b.neg(b.mul(biased, biased)));
    const activated = b.mul(biased, b.erf(biased));
    const later = product(activated, input(12, 12));
    const outputs = [activated, b.mul(later, slope)];
    const { stored, groupOf } = scheduleOf(...outputs);
    expect(stored.has(z)).toBe(false);
    expect(stored.has(slope)).toBe(true);
    expect(groupOf.get(slope)).toBe(groupOf.get(z));
    // Who takes the product too would read two where one does.
    const both = scheduleOf(...outputs, b.reduce(z, "max", [1]));
    expect(both.stored.has(z)).toBe(true);
    expect(both.stored.has(slope)).toBe(false);
  });

  test("a sum with what was there before, if several take it", () => {
    const [x, y] = operands() as [Node, Node];
    const before = b.exp(input(8, 12));
    const z = product(x, y);
    const sum = b.add(before, z);
    const row = b.reduce(sum, "max", [1]);
    const one = scheduleOf(row, b.reduce(before, "add", [0]));
    expect(one.stored.has(z)).toBe(true);
    const two = scheduleOf(row, turned(sum, input(8, 3)), b.reduce(before, "add", [0]));
    expect(two.stored.has(z)).toBe(false);
    expect(two.groupOf.get(sum)).toBe(two.groupOf.get(z));
  });

  test("nothing that needs what is made of the product first", () => {
    const [x, y] = operands() as [Node, Node];
    const z = product(x, y);
    const largest = b.expand(b.reduceKeep(z, "max", [1]), [8, 12]);
    const e = b.exp(b.sub(z, largest));
    const schedule = scheduleOf(b.reduce(e, "add", [1]), turned(e, input(8, 3)));
    expect(schedule.stored.has(z)).toBe(true);
    expect(schedule.groupOf.get(z)?.points).toEqual([z]);
  });
});

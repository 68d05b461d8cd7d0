// Ties, zeros, places where a derivative jumps, and graphs of unusual form. The numbers are PyTorch's.

import { describe, expect, test } from "vitest";
import { backward } from "../../src/grad/backward.ts";
import { jvp } from "../../src/grad/forward.ts";
import * as b from "../../src/ir/build.ts";
import type { DType, TypedArray } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { sortNodes } from "../../src/ir/node.ts";
import { evaluate, filled } from "./values.ts";

const values = new Map<Node, TypedArray>();
function tensor(
  numbers: readonly number[],
  shape: readonly number[] = [numbers.length],
  dtype: DType = "f64",
): Node {
  const node = b.buffer(shape, dtype);
  values.set(node, filled(dtype, numbers));
  return node;
}
const number = (value: number): Node => b.constant(value, "f64");
const run = (node: Node): number[] => evaluate([node], values)[0] as number[];
const ones = (y: Node): Node => b.constant(1, y.dtype, y.shape);
const gradient = (y: Node, x: Node): Node => backward([y], [ones(y)], [x])[0] as Node;

describe("ties", () => {
  test("the elementwise maximum gives half to each side", () => {
    const [x, y] = [tensor([1, 2, 3]), tensor([1, 5, 0])];
    expect(run(gradient(b.max(x, y), x))).toEqual([0.5, 0, 1]);
    expect(run(gradient(b.max(x, y), y))).toEqual([0.5, 1, 0]);
    expect(run(gradient(b.max(x, x), x))).toEqual([1, 1, 1]);
    expect(run(gradient(b.min(x, y), x)).map((v) => v + 0)).toEqual([0.5, 1, 0]);
  });
  test("the largest along axes is shared evenly", () => {
    const x = tensor([3, 1, 3, 2, 0, 3, 7, 7], [2, 4]);
    expect(run(gradient(b.reduce(x, "max", [1]), x))).toEqual([0.5, 0, 0.5, 0, 0, 0, 0.5, 0.5]);
    const t = tensor([1, 10, 2, 20, 3, 30, 4, 40], [2, 4]);
    expect(run(jvp([b.reduce(x, "max", [1])], [x], [t])[0] as Node)).toEqual([1.5, 22]);
    expect(run(gradient(b.reduce(x, "max", [0, 1]), x))).toEqual([0, 0, 0, 0, 0, 0, 0.5, 0.5]);
  });
  test("nothing infinite leaks into what lost", () => {
    const [x, y] = [tensor([1, 2]), tensor([0, 3])];
    const g = tensor([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(run(backward([b.max(x, y)], [g], [x])[0] as Node)).toEqual([
      Number.POSITIVE_INFINITY,
      0,
    ]);
    expect(
      run(
        backward(
          [b.reduce(x, "max", [0])],
          [b.constant(Number.POSITIVE_INFINITY, "f64")],
          [x],
        )[0] as Node,
      ),
    ).toEqual([0, Number.POSITIVE_INFINITY]);
  });
});

describe("zeros", () => {
  test("relu as a choice has slope 0 at 0", () => {
    const x = tensor([-1, 0, -0, 2]);
    const relu = b.where(b.less(number(0), x), x, number(0));
    expect(run(gradient(relu, x))).toEqual([0, 0, 0, 1]);
  });
  test("sqrt has slope ∞ at 0", () => {
    const x = tensor([0, 4]);
    expect(run(gradient(b.sqrt(x), x))).toEqual([Number.POSITIVE_INFINITY, 0.25]);
  });
  test("a product with no zero, one, and two: gradient and Hessian", () => {
    const x = tensor([2, 3, 4, 2, 0, 4, 0, 0, 4], [3, 3]);
    const first = gradient(b.reduce(x, "mul", [1]), x);
    expect(run(first)).toEqual([12, 8, 6, 0, 8, 0, 0, 0, 0]);
    const v = tensor([1, 1, 1], [3]);
    const along = b.contract(first, [0, 1], v, [1], [0]);
    // Row sums of the Hessian: Σ_j≠i of the product of the third.
    expect(run(gradient(along, x))).toEqual([7, 6, 5, 4, 6, 2, 4, 4, 0]);
  });
  test("a product of one element and of none", () => {
    const x = tensor([5], [1, 1]);
    expect(run(gradient(b.reduce(x, "mul", [1]), x))).toEqual([1]);
    const empty = tensor([], [2, 0]);
    expect(run(gradient(b.reduce(empty, "mul", [1]), empty))).toEqual([]);
  });
});

describe("indices that repeat", () => {
  const index = tensor([1, 0, 1], [3], "i32");
  test("gather adds up", () => {
    const x = tensor([1, 2, 3]);
    expect(run(gradient(b.gather(x, index, 0), x))).toEqual([1, 2, 0]);
  });
  test("scatter-set: only the value that stayed has a gradient", () => {
    const [target, v] = [tensor([1, 2, 3]), tensor([10, 20, 30])];
    const y = b.scatter(target, index, v, 0, "set");
    expect(run(y)).toEqual([20, 30, 3]);
    expect(run(gradient(y, v))).toEqual([0, 1, 1]);
    expect(run(gradient(y, target))).toEqual([0, 0, 1]);
  });
});

describe("where nothing flows", () => {
  const x = tensor([0.5, 1.5]);
  test.each<[string, Node]>([
    ["detach", b.detach(b.mul(x, x))],
    ["floor", b.floor(x)],
    ["less", b.cast(b.less(x, number(1)), "f64")],
    ["integers", b.cast(b.cast(x, "i32"), "f64")],
    ["another tensor", tensor([1])],
  ])("%s", (_, y) => {
    expect(backward([y], [ones(y)], [x])).toEqual([null]);
    expect(jvp([y], [x], [x])).toEqual([null]);
  });
  test("detach stops one path and leaves the other", () => {
    expect(run(gradient(b.mul(x, b.detach(x)), x))).toEqual([0.5, 1.5]);
  });
  test("integers have no gradient even when asked", () => {
    const i = tensor([1, 2], [2], "i32");
    expect(backward([i], [i], [i])).toEqual([null]);
  });
});

describe("graphs of any form", () => {
  test("an output that is the target, twice, and a target asked twice", () => {
    const x = tensor([3]);
    const g = backward([x, b.mul(x, x), x], [ones(x), ones(x), ones(x)], [x, x]);
    expect(g.map((n) => run(n as Node))).toEqual([[8], [8]]);
  });
  test("a target in the middle is a leaf: what lies below it is another matter", () => {
    const x = tensor([3]);
    const middle = b.alias(b.mul(x, x));
    const y = b.mul(middle, middle);
    const [gx, gm] = backward([y], [ones(y)], [x, middle]);
    expect(gx).toBe(null);
    expect(run(gm as Node)).toEqual([18]);
  });
  test("storage types have gradients of the type they compute in", () => {
    const x = tensor([0x3c00, 0x4000], [2], "f16"); // 1, 2
    const y = b.mul(b.flip(x, [0]), b.constant(3, "f32"));
    const g = gradient(y, x);
    expect(g.dtype).toBe("f32");
    expect(run(g)).toEqual([3, 3]);
  });
  test("f32 and f64 meet in one graph", () => {
    const x = tensor([2], [1], "f32");
    const g = gradient(b.mul(b.cast(x, "f64"), number(3)), x);
    expect([g.dtype, run(g)]).toEqual(["f32", [3]]);
  });
  test("a chain of 10⁵ ops, and a node with 10⁵ users", () => {
    const x = tensor([1]);
    let y: Node = x;
    for (let i = 0; i < 100_000; i++) y = b.add(b.neg(y), x);
    const g = gradient(y, x);
    expect(run(g)).toEqual([1]);
    expect(run(jvp([y], [x], [ones(x)])[0] as Node)).toEqual([1]);
  });
  test("what does not depend on the target is not walked into", () => {
    let old: Node = tensor([1]);
    for (let i = 0; i < 1000; i++) old = b.sin(old);
    const x = b.alias(tensor([1]));
    const y = b.mul(x, b.exp(old));
    const fresh = new Set(sortNodes([y]));
    const made = sortNodes([gradient(y, x)]).filter((n) => !fresh.has(n));
    expect(made.length).toBeLessThan(4);
  });
});

// Every rule fires on a graph made for it, and what comes out has the values of what went in.

import { describe, expect, test } from "vitest";
import { simplify } from "../../../src/compile/simplify/simplify.ts";
import * as b from "../../../src/ir/build.ts";
import { arrayOf, type DType, type TypedArray } from "../../../src/ir/dtype.ts";
import { interpret } from "../../../src/ir/interpret.ts";
import { is, type Node, sortNodes } from "../../../src/ir/node.ts";
import { sizeOf } from "../../../src/ir/shape.ts";
import { uniforms } from "../../ir/ops.samples.ts";
import { disagreement } from "../../support/agreement.ts";

const values = new Map<Node, TypedArray>();
const random = uniforms(7);

/** An input of integers in [0, below): their sums are exact, so that their order does not matter. */
function input(shape: readonly number[], dtype: DType = "f32", below = 10): Node {
  const node = b.input(values.size, shape, dtype);
  const array = arrayOf(dtype, sizeOf(shape));
  for (let i = 0; i < array.length; i++) array[i] = Math.floor(random() * below);
  values.set(node, array);
  return node;
}

const number = (value: number, shape: readonly number[] = []): Node =>
  b.constant(value, "f32", shape);

function simplified(...outputs: readonly Node[]): readonly Node[] {
  const better = simplify(outputs, new Set(values.keys()), new Set());
  const [want, got] = [outputs, better].map((nodes) => interpret(nodes, (n) => values.get(n)));
  outputs.forEach((o, i) => {
    expect(better[i]?.shape).toEqual(o.shape);
    expect(disagreement(o, got?.[i] as TypedArray, want?.[i] as TypedArray, 0)).toBeUndefined();
  });
  return better;
}

const one = (output: Node): Node => simplified(output)[0] as Node;
const opsOf = (...outputs: readonly Node[]): string[] =>
  sortNodes(outputs)
    .filter((n) => n.op !== "input" && n.op !== "const")
    .map((n) => n.op);

describe("equal nodes", () => {
  test("are one, and so are what is made of them", () => {
    const x = input([4]);
    const [p, q] = simplified(b.exp(b.neg(x)), b.exp(b.neg(x)));
    expect(p).toBe(q);
  });

  test("differ if their arguments do", () => {
    const x = input([4]);
    const [p, q] = simplified(b.pad(x, [1], [0]), b.pad(x, [0], [1]));
    expect(p).not.toBe(q);
    const [zero, minusZero] = simplified(b.mul(x, number(0)), b.mul(x, number(-0)));
    expect(zero).not.toBe(minusZero);
    const filled = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0].map(
      (value) => b.pad(x, [1], [0], { value }),
    );
    expect(new Set(simplified(...filled)).size).toBe(filled.length);
    const [up, down] = simplified(
      b.max(x, number(Number.POSITIVE_INFINITY)),
      b.max(x, number(Number.NEGATIVE_INFINITY)),
    );
    expect(up).not.toBe(down);
  });

  test("that are kept stay two", () => {
    const x = input([4]);
    const [p, q] = simplified(b.keep(x), b.keep(x));
    expect(p).not.toBe(q);
  });
});

describe("identities", () => {
  test.each<[string, (x: Node) => Node]>([
    ["x · 1", (x) => b.mul(x, number(1, x.shape))],
    ["1 · x", (x) => b.mul(number(1, x.shape), x)],
    ["x / 1", (x) => b.div(x, number(1, x.shape))],
    ["x + 0", (x) => b.add(x, number(0, x.shape))],
    ["−(−x)", (x) => b.neg(b.neg(x))],
    ["where(true, x, …)", (x) => b.where(b.constant(1, "bool", x.shape), x, b.exp(x))],
    ["where(false, …, x)", (x) => b.where(b.constant(0, "bool", x.shape), b.exp(x), x)],
    ["where(c, x, x)", (x) => b.where(b.less(x, number(3)), x, x)],
    ["alias", (x) => b.alias(x)],
    ["detach", (x) => b.detach(x)],
    ["a sum over an axis of one", (x) => b.reshape(b.reduceKeep(x, "add", [1]), x.shape)],
  ])("%s is x", (_, make) => {
    const x = input([3, 1]);
    expect(opsOf(b.reshape(one(b.reshape(make(x), [3])), [3, 1])).length).toBeLessThanOrEqual(2);
    expect(opsOf(one(make(x))).filter((op) => op !== "reshape")).toEqual([]);
  });

  test("a condition that was made a number is itself again", () => {
    const [x, y] = [input([3, 4]), input([3, 4])];
    const condition = b.less(x, y);
    const [one, zero] = [number(1, [3, 4]), number(0, [3, 4])];
    const asNumber = b.where(condition, one, zero);
    expect(opsOf(...simplified(b.cast(asNumber, "bool")))).toEqual(opsOf(...simplified(condition)));
    const opposite = opsOf(...simplified(b.cast(b.where(condition, zero, one), "bool")));
    expect(opposite).not.toContain("where");
    // Other numbers are true as well, but may be others in the next call.
    const kept = simplified(b.cast(b.where(condition, number(2, [3, 4]), zero), "bool"));
    expect(opsOf(...kept)).toContain("where");
  });

  test("a call is its body", () => {
    const x = input([3]);
    const like = b.input(0, [3], "f32");
    const body = b.body([like], ([y]) => [b.exp(y as Node)]);
    const call = b.call({ body, name: "test" } as never, [x]);
    expect(opsOf(one(call[0] as Node))).toEqual(["exp"]);
  });
});

describe("what has no elements", () => {
  test.each<[string, (x: Node) => Node, number | undefined]>([
    ["a value", (x) => b.exp(b.permute(x, [1, 0])), 0],
    ["a sum", (x) => b.reduce(x, "add", [0]), 0],
    ["a product of numbers", (x) => b.reduce(x, "mul", [0]), 1],
    ["a contraction over nothing", (x) => b.contract(x, [0, 1], x, [0, 2], [1, 2]), 0],
    ["a contraction of nothing", (x) => b.contract(x, [0, 1], x, [2, 1], [0, 2]), 0],
  ])("%s is a number", (_, make, value) => {
    const [node] = simplified(make(input([0, 3])));
    expect(is(node as Node, "const") && (node as Node<"const">).arg.value).toBe(value);
  });

  test("writing nothing leaves the target", () => {
    const x = input([4]);
    const none = [0];
    expect(one(b.scatter(x, input(none, "i32"), input(none), 0, "add"))).toBe(x);
  });
});

describe("movement", () => {
  test("two of a kind are one", () => {
    const x = input([2, 3, 4]);
    const turned = one(b.permute(b.permute(x, [1, 2, 0]), [2, 1, 0]));
    expect(opsOf(turned)).toEqual(["permute"]);
    expect(opsOf(one(b.reshape(b.reshape(x, [6, 4]), [3, 8])))).toEqual(["reshape"]);
    const row = input([1, 1, 4]);
    expect(opsOf(one(b.expand(b.expand(row, [1, 3, 4]), [2, 3, 4])))).toEqual(["expand"]);
  });

  test("padding that a slice cuts off is not put on", () => {
    const x = input([6]);
    const padded = b.pad(x, [2], [3]);
    expect(opsOf(one(b.sliceAxis(padded, 0, 2, 8)))).not.toContain("pad");
    const some = one(b.sliceAxis(padded, 0, 1, 7));
    const pad = sortNodes([some]).find((n) => n.op === "pad");
    expect(pad?.arg).toMatchObject({ before: [1], after: [0] });
    // Nothing but padding, and steps, are left alone.
    expect(opsOf(one(b.sliceAxis(padded, 0, 0, 2)))).toContain("pad");
    expect(opsOf(one(b.sliceAxis(padded, 0, 0, 11, 2)))).toContain("pad");
  });

  test("some windows look at some elements", () => {
    const x = input([3, 20]);
    const windows = b.window(x, { axis: 1, size: 3, stride: 2, dilation: 2 });
    const some = one(b.sliceAxis(windows, 1, 2, 5));
    expect(opsOf(some)).toEqual(["slice", "window"]);
    // Some taps only: the windows stay.
    expect(opsOf(one(b.sliceAxis(windows, 2, 1, 3)))).toEqual(["window", "slice"]);
  });
});

describe("reductions", () => {
  test("two sums in a row are one; a sum of maxima is not", () => {
    const x = input([2, 3, 4]);
    const twice = one(b.reduce(b.reduce(x, "add", [1]), "add", [1]));
    expect(opsOf(twice)).toEqual(["reduce"]);
    expect(is(twice, "reduce") && twice.arg.axes).toEqual([1, 2]);
    expect(opsOf(one(b.reduce(b.reduce(x, "max", [1]), "add", [1])))).toEqual(["reduce", "reduce"]);
  });

  test("the first largest is found with a maximum, NaN included", () => {
    const x = input([4, 5]);
    (values.get(x) as TypedArray)[7] = Number.NaN;
    const found = one(b.argmax(x, 1));
    expect(opsOf(found)).not.toContain("argmax");
    expect(opsOf(found).filter((op) => op === "reduce")).toHaveLength(2);
  });

  test("a long sum is cut into pieces whose number goes with its length alone", () => {
    const pieces = opsOf(one(b.reduce(input([1 << 16]), "add", [0])));
    expect(pieces).toEqual(["reshape", "reduce", "keep", "reduce"]);
    expect(opsOf(one(b.reduce(input([1 << 12]), "add", [0])))).toEqual(["reduce"]);
    expect(opsOf(one(b.reduce(input([64, 1 << 14]), "add", [1])))).toEqual(["reduce"]);
  });
});

describe("contractions", () => {
  test("a product with a vector, and an outer product, are loops", () => {
    const [x, v] = [input([6, 5]), input([5])];
    expect(opsOf(one(b.contract(x, [0, 1], v, [1], [0])))).not.toContain("contract");
    expect(opsOf(one(b.contract(v, [0], v, [1], [0, 1])))).not.toContain("contract");
    const y = input([5, 4]);
    expect(opsOf(one(b.contract(x, [0, 1], y, [1, 2], [0, 2])))).toEqual(["contract"]);
  });

  test("a long sum into few results is cut into a batch", () => {
    const [x, y] = [input([3, 8192], "f32", 4), input([8192, 2], "f32", 4)];
    const cut = one(b.contract(x, [0, 1], y, [1, 2], [0, 2]));
    expect(opsOf(cut)).toContain("keep");
    const inside = sortNodes([cut]).find((n) => n.op === "contract") as Node;
    expect(inside.shape[0]).toBeGreaterThan(1);
    expect(inside.shape.slice(1)).toEqual([3, 2]);
  });

  test("a part of a product is a product of parts", () => {
    const [x, y] = [input([6, 5]), input([5, 8])];
    const product = b.contract(x, [0, 1], y, [1, 2], [0, 2]);
    const part = one(b.slice(product, { start: [1, 0], stop: [5, 8], step: [1, 2] }));
    expect(part.op).toBe("contract");
    expect(part.shape).toEqual([4, 4]);
  });

  test("a product looked at in another order is made in it, unless it is wanted as it is", () => {
    const [x, y] = [input([6, 5]), input([5, 8])];
    const product = b.contract(x, [0, 1], y, [1, 2], [0, 2]);
    const turned = b.permute(product, [1, 0]);
    expect(opsOf(one(turned))).toEqual(["contract"]);
    expect(opsOf(...simplified(turned, product))).toEqual(["contract", "permute"]);
  });

  test.each([
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 3],
  ])("the adjoint of a convolution of stride %d and dilation %d is one", (stride, dilation) => {
    const [g, w] = [input([2, 5, 7]), input([3, 5, 4])];
    const product = b.contract(g, [0, 1, 2], w, [3, 1, 4], [0, 3, 2, 4]);
    // With as much left over at the end as no window reaches.
    const length = 6 * stride + 3 * dilation + stride;
    const out = one(b.fold(product, { axis: 2, length, stride, dilation }));
    expect(opsOf(out)).not.toContain("fold");
    expect(out.op).toBe("contract");
  });
});

describe("computed places", () => {
  test("writing one element a row is a comparison", () => {
    const [x, y] = [input([4, 5]), input([4, 1])];
    const index = input([4, 1], "i32", 5);
    for (const kind of ["add", "set"] as const)
      expect(opsOf(one(b.scatter(x, index, y, 1, kind)))).not.toContain("scatter");
    const [two, several] = [input([4, 2], "i32", 5), input([4, 2])];
    expect(opsOf(one(b.scatter(x, two, several, 1, "add")))).toContain("scatter");
  });

  test("the value at the first largest is the largest", () => {
    const x = input([4, 5]);
    const index = b.reshape(b.argmax(x, 1), [4, 1]);
    const best = one(b.gather(x, index, 1));
    expect(opsOf(best)).not.toContain("gather");
    expect(opsOf(best).filter((op) => op === "reduce")).toHaveLength(1);
  });
});

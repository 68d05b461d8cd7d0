import { describe, expect, test } from "vitest";
import * as b from "../../src/ir/build.ts";
import type { DType, TypedArray } from "../../src/ir/dtype.ts";
import { CompileError } from "../../src/ir/errors.ts";
import { halfToBits } from "../../src/ir/half-bits.ts";
import { interpret, type OutOfRange } from "../../src/ir/interpret.ts";
import type { Node } from "../../src/ir/node.ts";
import { ops } from "../../src/ir/op.ts";
import { filled } from "../grad/values.ts";
import { samples } from "./ops.samples.ts";

const values = new Map<Node, TypedArray>();

/** A buffer that holds these numbers (16-bit floats: bits). */
function tensor(shape: readonly number[], numbers: readonly number[], dtype: DType = "f32"): Node {
  const node = b.buffer(shape, dtype);
  values.set(node, filled(dtype, numbers));
  return node;
}

const run = (node: Node): number[] =>
  Array.from(interpret([node], (n) => values.get(n))[0] as TypedArray);
const count = (...shape: number[]): Node =>
  tensor(
    shape,
    Array.from({ length: shape.reduce((a, d) => a * d, 1) }, (_, i) => i),
  );

test("every op but the leaves without data has a sample", () => {
  const sampled = new Set(samples.map((s) => s.op));
  const missing = Object.keys(ops).filter((op) => !sampled.has(op as never));
  expect(missing).toEqual(["buffer", "input", "part", "detach"]);
});

describe("movement", () => {
  test("permute", () => {
    expect(run(b.permute(count(2, 3), [1, 0]))).toEqual([0, 3, 1, 4, 2, 5]);
    // [2, 3, 2] seen as [3, 2, 2]: out[i, j, k] = x[k, i, j].
    expect(run(b.permute(count(2, 3, 2), [1, 2, 0]))).toEqual([
      0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11,
    ]);
  });
  test("expand, slice, flip", () => {
    expect(run(b.expand(count(2, 1), [2, 2, 3]))).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
    expect(run(b.slice(count(3, 4), { start: [1, 0], stop: [3, 4], step: [1, 2] }))).toEqual([
      4, 6, 8, 10,
    ]);
    expect(run(b.flip(count(2, 3), [0, 1]))).toEqual([5, 4, 3, 2, 1, 0]);
  });
  test("pad puts its value around and between", () => {
    expect(run(b.pad(count(2, 2), [0, 1], [1, 0], { between: [0, 1], value: 9 }))).toEqual([
      9, 0, 9, 1, 9, 2, 9, 3, 9, 9, 9, 9,
    ]);
    expect(run(b.pad(tensor([0], []), [1], [2], { between: [3], value: 7 }))).toEqual([7, 7, 7]);
  });
  test("window reads o·stride + k·dilation; fold adds back", () => {
    const arg = { axis: 0, size: 2, stride: 2, dilation: 3 };
    expect(run(b.window(count(7), arg))).toEqual([0, 3, 2, 5]);
    expect(run(b.fold(count(2, 2), { ...arg, length: 7 }))).toEqual([0, 0, 2, 1, 0, 3, 0]);
    expect(run(b.fold(count(3, 2), { axis: 0, length: 4, stride: 1, dilation: 1 }))).toEqual([
      0, 3, 7, 5,
    ]);
  });
});

describe("along axes", () => {
  test("reduce", () => {
    expect(run(b.reduce(count(2, 3), "add", [0]))).toEqual([3, 5, 7]);
    expect(run(b.reduce(count(2, 3), "max", [1]))).toEqual([2, 5]);
    expect(run(b.reduce(count(2, 3), "mul", [0, 1]))).toEqual([0]);
    expect(run(b.reduce(tensor([2, 0], []), "add", [1]))).toEqual([0, 0]);
    expect(run(b.reduce(tensor([2, 0], []), "mul", [1]))).toEqual([1, 1]);
    expect(run(b.reduce(tensor([3], [1, Number.NaN, 2]), "max", [0]))).toEqual([Number.NaN]);
    expect(run(b.reduce(tensor([3], [-3, -2, -5], "i32"), "max", [0]))).toEqual([-2]);
  });
  test("f32 sums are rounded once: 2²⁴ + 1 + 1", () => {
    expect(run(b.reduce(tensor([3], [2 ** 24, 1, 1]), "add", [0]))).toEqual([2 ** 24 + 2]);
    const row = tensor([1, 3], [2 ** 24, 1, 1]);
    expect(run(b.contract(row, [0, 1], tensor([3], [1, 1, 1]), [1], [0]))).toEqual([2 ** 24 + 2]);
  });
  test("elementwise ops round each time", () => {
    const [big, one] = [tensor([1], [2 ** 24]), tensor([1], [1])];
    expect(run(b.add(b.add(big, one), one))).toEqual([2 ** 24]);
  });
  test("u8 and bool add up in i32; i32 wraps", () => {
    expect(run(b.reduce(tensor([2], [200, 100], "u8"), "add", [0]))).toEqual([300]);
    expect(run(b.reduce(tensor([3], [1, 1, 1], "bool"), "add", [0]))).toEqual([3]);
    expect(run(b.reduce(tensor([2], [2 ** 31 - 1, 1], "i32"), "add", [0]))).toEqual([-(2 ** 31)]);
    expect(run(b.cumsum(tensor([2], [2 ** 32 - 1, 2], "u32"), 0))).toEqual([2 ** 32 - 1, 1]);
    expect(
      run(b.contract(tensor([1], [65537], "i32"), [0], tensor([1], [65537], "i32"), [0], [])),
    ).toEqual([131073]);
  });
  test("cumsum both ways", () => {
    expect(run(b.cumsum(count(2, 3), 1))).toEqual([0, 1, 3, 3, 7, 12]);
    expect(run(b.cumsum(count(2, 3), 0, true))).toEqual([3, 5, 7, 3, 4, 5]);
  });
  test("argmax takes the first; NaN is largest", () => {
    expect(run(b.argmax(tensor([2, 4], [1, 5, 5, 2, 7, Number.NaN, 9, Number.NaN]), 1))).toEqual([
      1, 1,
    ]);
    expect(run(b.argmax(tensor([2, 2], [1, 4, 3, 2]), 0))).toEqual([1, 0]);
  });
  test("argsort is stable both ways, NaN largest", () => {
    const x = tensor([6], [2, 1, Number.NaN, 1, 2, -0]);
    expect(run(b.argsort(x, 0))).toEqual([5, 1, 3, 0, 4, 2]);
    expect(run(b.argsort(x, 0, true))).toEqual([2, 0, 4, 1, 3, 5]);
    expect(run(b.argsort(tensor([2, 2], [3, 1, 2, 4]), 0))).toEqual([1, 0, 0, 1]);
  });
  test("contract with labels in any order", () => {
    // out[j, b, i] = Σ_k x[b, i, k]·y[k, b, j]
    const [x, y] = [count(2, 1, 3), count(3, 2, 2)];
    const out = b.contract(x, [5, 2, 0], y, [0, 5, 9], [9, 5, 2]);
    expect(out.shape).toEqual([2, 2, 1]);
    const expected = [0, 1].flatMap((j) =>
      [0, 1].map((n) => [0, 1, 2].reduce((s, k) => s + (n * 3 + k) * (k * 4 + n * 2 + j), 0)),
    );
    expect(run(out)).toEqual(expected);
  });
});

describe("indexed", () => {
  const index = (shape: readonly number[], numbers: readonly number[]): Node =>
    tensor(shape, numbers, "i32");
  test("gather and scatter", () => {
    expect(run(b.gather(count(2, 3), index([2, 2], [2, 0, 1, 1]), 1))).toEqual([2, 0, 4, 4]);
    const target = tensor([3], [10, 20, 30]);
    expect(run(b.scatter(target, index([4], [0, 2, 0, 2]), count(4), 0, "add"))).toEqual([
      12, 20, 34,
    ]);
    expect(run(b.scatter(target, index([4], [0, 2, 0, 2]), count(4), 0, "set"))).toEqual([
      2, 20, 3,
    ]);
  });
  test("an index out of range is clamped, and the first is reported", () => {
    const faults: OutOfRange[] = [];
    const node = b.gather(tensor([3], [10, 20, 30]), index([4], [1, 7, -4, 0]), 0);
    const result = interpret([node], (n) => values.get(n), {
      report: (fault) => faults.push(fault),
    });
    expect(Array.from(result[0] as TypedArray)).toEqual([20, 30, 10, 10]);
    expect(faults).toEqual([{ operation: "gather", value: 7 }]);
  });
});

describe("types", () => {
  test("16-bit floats are stored as bits and compute as f32", () => {
    const bits = [1.5, -2, 65504, 2 ** -24].map((v) => halfToBits(v, "f16"));
    const x = tensor([4], bits, "f16");
    expect(run(b.flip(x, [0]))).toEqual([...bits].reverse());
    expect(run(b.mul(x, b.constant(2, "f32")))).toEqual([3, -4, 131008, 2 ** -23]);
    expect(run(b.cast(tensor([2], [1 / 3, 1e6]), "f16"))).toEqual([0x3555, 0x7c00]);
    expect(run(b.cast(tensor([2], [1 / 3, -1e39]), "bf16"))).toEqual([0x3eab, 0xff80]);
    expect(run(b.pad(x, [1], [0], { value: 1 })).slice(0, 1)).toEqual([0x3c00]);
  });
  test("casts saturate and truncate, bitcasts keep bits", () => {
    expect(run(b.cast(tensor([4], [-1.7, 3e9, Number.NaN, 2.9]), "i32"))).toEqual([
      -1,
      2 ** 31 - 1,
      0,
      2,
    ]);
    expect(run(b.bitcast(tensor([2], [1, -0]), "u32"))).toEqual([0x3f800000, 0x80000000]);
    expect(run(b.bitcast(tensor([1], [0x40490fdb], "i32"), "f32"))).toEqual([Math.fround(Math.PI)]);
  });
  test("iota counts along its axis in its type", () => {
    expect(run(b.iota([2, 3], 0))).toEqual([0, 0, 0, 1, 1, 1]);
    expect(run(b.iota([3], 0, "f16"))).toEqual([0, 0x3c00, 0x4000]);
  });
});

describe("structure", () => {
  const sums = (reverse: boolean, length: number): Node[] => {
    const src = [
      tensor([], [100]),
      tensor(
        [length, 2],
        Array.from({ length: 2 * length }, (_, i) => i),
      ),
      tensor([], [2]),
    ];
    const inner = src.map((s, i) => ({ shape: i === 1 ? [2] : [], dtype: s.dtype }));
    const body = b.body(inner, ([carry, row, factor]) => {
      const next = b.add(carry as Node, b.mul(b.reduce(row as Node, "add", [0]), factor as Node));
      return [next, b.add(row as Node, carry as Node)];
    });
    return b.scan({ body, carries: 1, stacked: 1, length, reverse }, src);
  };
  test("scan carries, reads rows and stacks, both ways", () => {
    expect(sums(false, 3).map(run)).toEqual([[130], [100, 101, 104, 105, 116, 117]]);
    expect(sums(true, 3).map(run)).toEqual([[130], [128, 129, 120, 121, 104, 105]]);
  });
  test("a scan of no steps gives its first carry", () => {
    expect(sums(false, 0).map(run)).toEqual([[100], []]);
  });
  test("a missing leaf is named", () => {
    expect(() => run(b.exp(b.input(0, [2], "f32")))).toThrow(CompileError);
  });
  test("several outputs share work, and a known node is not computed", () => {
    const x = count(2);
    const y = b.exp(x);
    const known = Float32Array.of(7, 8);
    const [again, sum] = interpret([y, b.add(y, x)], (n) => (n === y ? known : values.get(n)));
    expect(again).toBe(known);
    expect(Array.from(sum as TypedArray)).toEqual([7, 9]);
  });
  test("a chain of 10⁵ ops", () => {
    let x: Node = tensor([1], [0]);
    for (let i = 0; i < 100_000; i++) x = b.add(x, b.constant(1, "f32"));
    expect(run(x)).toEqual([100_000]);
  });
});

test("threefry gives the first word of the known answer", () => {
  const zero = tensor([1], [0], "u32");
  expect(run(b.threefry(zero, zero, zero, zero))).toEqual([0x6b200159]);
});

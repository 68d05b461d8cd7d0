// Results whose shape depends on data, and indexing against plain JavaScript.

import fc from "fast-check";
import { arange, compile, grad, type Index, type Tensor, tensor, zeros } from "hebb";
import { beforeAll, describe, expect, test } from "vitest";
import { setDefaultDevice } from "../support/devices.ts";

let x: Tensor;
beforeAll(() => {
  setDefaultDevice("reference");
  x = tensor([
    [1, 0, -2],
    [0, 5, 0],
  ]);
});

test("select by a mask of elements, of rows, and its gradient", async () => {
  expect((await x.select(x.notEqual(0))).arraySync()).toEqual([1, -2, 5]);
  expect((await x.select(tensor([false, true]))).arraySync()).toEqual([[0, 5, 0]]);
  expect((await x.select(x.greater(9))).shape).toEqual([0]);
  const chosen = await x.select(x.greater(0));
  expect(chosen.shape).toEqual([2]);
  await expect(x.select(x)).rejects.toThrow("the mask must be bool");
  await expect(x.select(tensor([true]))).rejects.toThrow("select: the mask [1]");
});

test("nonZero and unique", async () => {
  expect((await x.nonZero()).arraySync()).toEqual([
    [0, 0],
    [0, 2],
    [1, 1],
  ]);
  expect((await zeros([2, 2]).nonZero()).shape).toEqual([0, 2]);
  expect((await tensor(3).nonZero()).shape).toEqual([1, 0]);
  expect((await tensor(0).nonZero()).shape).toEqual([0, 0]);
  const { values, inverse, counts } = await tensor([
    3,
    1,
    3,
    -0,
    0,
    Number.NaN,
    Number.NaN,
  ]).unique();
  expect(values.dataSync()).toEqual(new Float32Array([-0, 1, 3, Number.NaN]));
  expect(inverse.arraySync()).toEqual([2, 1, 2, 0, 0, 3, 3]);
  expect(counts.arraySync()).toEqual([2, 1, 2, 2]);
});

test("in a trace they throw and name the masked form", () => {
  const rejected: Promise<unknown>[] = [];
  const step = compile((z: Tensor) => {
    rejected.push(z.select(z.greater(0)).catch((error) => error));
    rejected.push(z.nonZero().catch((error) => error));
    return z.sum();
  });
  step(x).dataSync();
  return Promise.all(rejected).then(([first, second]) => {
    expect(String(first)).toContain("maskedFill");
    expect(String(second)).toContain("where(");
  });
});

test("a number that a compiled function receives is an operand and an index", () => {
  const f = compile((z: Tensor, n: number) => {
    const k = n as unknown as Tensor;
    return [z.mul(k), z.clamp(0, k), z.at(k), z.set([k], 9), z.greater(k), z.cast("i32").mul(k)];
  });
  for (const n of [1, 2, -1]) {
    const [product, clamped, read, written, larger, integers] = f(tensor([1, 2, 3]), n) as Tensor[];
    expect(product?.arraySync()).toEqual([n, 2 * n, 3 * n]);
    expect(clamped?.arraySync()).toEqual([1, 2, 3].map((v) => Math.min(v, n)));
    expect(read?.itemSync()).toBe([1, 2, 3].at(n));
    expect(written?.arraySync()).toEqual([1, 2, 3].with(n, 9));
    expect(larger?.arraySync()).toEqual([1, 2, 3].map((v) => Number(v > n)));
    expect(integers?.arraySync()).toEqual([n, 2 * n, 3 * n]);
  }
});

describe("at and set against arrays", () => {
  const bound = fc.option(fc.integer({ min: -7, max: 7 }), { nil: undefined });
  const step = fc.constantFrom(-3, -2, -1, 1, 2, 3);

  test("slices of a vector are Python's", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), bound, bound, step, (n, start, stop, by) => {
        const data = Array.from({ length: n }, (_, i) => i);
        const expected = pythonSlice(n, start, stop, by);
        const text = `${start ?? ""}:${stop ?? ""}:${by}`;
        const v = tensor(data, { dtype: "i32" });
        expect(Array.from(v.at(text).dataSync()), text).toEqual(expected);
        const marked = Array.from(v.set([text], -1).dataSync());
        expect(marked).toEqual(data.map((i) => (expected.includes(i) ? -1 : i)));
        const placed = Array.from(v.set([text], arange(expected.length).add(100)).dataSync());
        expect(placed).toEqual(
          data.map((i) => (expected.includes(i) ? 100 + expected.indexOf(i) : i)),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("what at reads of a set is what was set; the rest is untouched", () => {
    const item: fc.Arbitrary<Index> = fc.oneof(
      fc.integer({ min: -3, max: 2 }),
      fc.constantFrom(":", "1:", "::2", "::-1", "2:0:-1"),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 3 }), (indices) => {
        const base = arange(27).reshape([3, 3, 3]);
        const part = base.at(...indices);
        const value = part.add(1000);
        const after = base.set(indices, value);
        expect(after.at(...indices).dataSync()).toEqual(value.dataSync());
        expect(after.greaterEqual(1000).sum().itemSync()).toBe(part.size);
        expect(base.addAt(indices, 1000).dataSync()).toEqual(after.dataSync());
      }),
      { numRuns: 60 },
    );
  });

  test("index tensors that repeat: the last write wins, additions count twice", () => {
    const i = tensor([1, 1, -1], { dtype: "i32" });
    expect(
      zeros([3])
        .set([i], tensor([5, 6, 7]))
        .arraySync(),
    ).toEqual([0, 6, 7]);
    expect(
      zeros([3])
        .addAt([i], tensor([5, 6, 7]))
        .arraySync(),
    ).toEqual([0, 11, 7]);
    expect(zeros([2, 3]).addAt([0, i], 1).arraySync()).toEqual([
      [0, 2, 1],
      [0, 0, 0],
    ]);
    expect(x.set([x.equal(0)], 9).arraySync()).toEqual([
      [1, 9, -2],
      [9, 5, 9],
    ]);
  });

  test("gradients of repeated reads add up", () => {
    const i = tensor(
      [
        [0, 0],
        [2, 0],
      ],
      { dtype: "u8" },
    );
    expect(grad((z: Tensor) => z.take(i).sum())(tensor([1, 2, 3])).arraySync()).toEqual([3, 0, 1]);
  });
});

function pythonSlice(
  n: number,
  start: number | undefined,
  stop: number | undefined,
  step: number,
): number[] {
  const clip = (v: number, low: number, high: number): number =>
    Math.max(low, Math.min(high, v < 0 ? v + n : v));
  const result: number[] = [];
  if (step > 0) {
    const from = start === undefined ? 0 : clip(start, 0, n);
    const to = stop === undefined ? n : clip(stop, 0, n);
    for (let i = from; i < to; i += step) result.push(i);
  } else {
    const from = start === undefined ? n - 1 : clip(start, -1, n - 1);
    const to = stop === undefined ? -1 : clip(stop, -1, n - 1);
    for (let i = from; i > to; i += step) result.push(i);
  }
  return result;
}

// Making tensors: nesting, types, copies, and what is refused.

import fc from "fast-check";
import {
  arange,
  DataError,
  DTypeError,
  eye,
  full,
  linspace,
  meshgrid,
  ones,
  onesLike,
  ShapeError,
  tensor,
  zeros,
  zerosLike,
} from "hebb";
import { beforeAll, describe, expect, test } from "vitest";
import { setDefaultDevice } from "../support/devices.ts";

beforeAll(() => setDefaultDevice("reference"));

describe("tensor", () => {
  test("nested arrays, numbers and booleans", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect([x.dtype, x.shape, x.arraySync()]).toEqual([
      "f32",
      [2, 2],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect([tensor(3).shape, tensor(3).itemSync(), tensor(3).dtype]).toEqual([[], 3, "f32"]);
    expect([tensor(true).dtype, tensor([true, false]).dtype]).toEqual(["bool", "bool"]);
    expect(tensor([true, 2]).dtype).toBe("f32");
    expect(tensor([[true], [false]]).dataSync()).toEqual(new Uint8Array([1, 0]));
    expect([tensor([]).shape, tensor([[], []]).shape]).toEqual([[0], [2, 0]]);
    expect(tensor([new Float32Array([1, 2]), new Float32Array([3, 4])]).arraySync()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("typed arrays keep their type and are copied", () => {
    const data = new Uint8Array([1, 2, 3, 4, 5, 6]);
    const x = tensor(data, { shape: [2, 3] });
    data[0] = 99;
    expect([x.dtype, x.arraySync()]).toEqual([
      "u8",
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ]);
    expect(tensor(new Float64Array(2)).dtype).toBe("f64");
    expect(tensor(new Int32Array(2)).dtype).toBe("i32");
    expect(tensor(new Uint32Array(2)).dtype).toBe("u32");
    expect(tensor(new Int8Array([-1])).dtype).toBe("i8");
    expect(tensor(new Int16Array([-5])).dataSync()).toEqual(new Int32Array([-5]));
    expect(tensor(new Float32Array(8).subarray(2, 4).fill(7)).dataSync()).toEqual(
      new Float32Array([7, 7]),
    );
    expect(tensor(new BigInt64Array([-3n, 7n])).dataSync()).toEqual(new Int32Array([-3, 7]));
  });

  test("conversion: floats are cut to integers, bool is all but 0, halves round", () => {
    expect(tensor([1.7, -1.7], { dtype: "i32" }).dataSync()).toEqual(new Int32Array([1, -1]));
    expect(tensor([0, 0.5, -2], { dtype: "bool" }).dataSync()).toEqual(new Uint8Array([0, 1, 1]));
    expect(tensor([1, 1 + 2 ** -11, 65504, 1e6], { dtype: "f16" }).dataSync()).toEqual(
      new Float32Array([1, 1, 65504, Infinity]),
    );
    expect(tensor([1 + 2 ** -8, 3], { dtype: "bf16" }).dataSync()).toEqual(
      new Float32Array([1, 3]),
    );
    expect(tensor(new Uint16Array([0x3c00, 0xc000]), { dtype: "f16" }).dataSync()).toEqual(
      new Float32Array([1, -2]),
    );
  });

  test("what is refused, with the place", () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(ShapeError);
    expect(() =>
      tensor([
        [[1], [2]],
        [[3], [4, 5]],
      ]),
    ).toThrow("[1][1] holds 2 elements where 1 elements are expected");
    expect(() => tensor([1, [2]])).toThrow("[1]");
    expect(() => tensor([[1], 2])).toThrow("[1] holds a number");
    expect(() => tensor([1, "2" as unknown as number])).toThrow(DataError);
    expect(() => tensor([1, null as unknown as number])).toThrow("the element at [1] is null");
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow("3 numbers do not fill [2, 2]");
    expect(() => tensor(new BigInt64Array([2n ** 40n]))).toThrow(DTypeError);
    expect(() => zeros([-1])).toThrow(ShapeError);
    expect(() => zeros(3 as unknown as number[])).toThrow("a shape is a list");
  });

  test("reading gives back what was put in", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { maxLength: 20 }), (data) => {
        expect(tensor(data).dataSync()).toEqual(Float32Array.from(data));
      }),
      { numRuns: 50 },
    );
  });
});

test("full, zeros, ones and their likes", () => {
  expect(full([2], 7).dataSync()).toEqual(new Float32Array([7, 7]));
  expect(full([2], true).dtype).toBe("bool");
  expect(ones([2, 1], { dtype: "i32" }).arraySync()).toEqual([[1], [1]]);
  const x = tensor([[1], [2]], { dtype: "f64" });
  expect([zerosLike(x).dtype, zerosLike(x).shape, onesLike(x, { dtype: "u8" }).dtype]).toEqual([
    "f64",
    [2, 1],
    "u8",
  ]);
  expect(zeros([0, 3]).arraySync()).toEqual([]);
});

test("eye", () => {
  expect(eye(2).arraySync()).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(eye(2, { columns: 3, offset: 1, dtype: "i32" }).arraySync()).toEqual([
    [0, 1, 0],
    [0, 0, 1],
  ]);
});

test("arange counts like NumPy's", () => {
  expect(arange(4).dataSync()).toEqual(new Int32Array([0, 1, 2, 3]));
  expect(arange(2, 9, { step: 3 }).dataSync()).toEqual(new Int32Array([2, 5, 8]));
  expect(arange(5, 0, { step: -2 }).dataSync()).toEqual(new Int32Array([5, 3, 1]));
  expect(arange(1, 2, { step: 0.25 }).dataSync()).toEqual(new Float32Array([1, 1.25, 1.5, 1.75]));
  expect(arange(0, 3, { dtype: "f64" }).dataSync()).toEqual(new Float64Array([0, 1, 2]));
  expect(arange(3, 1).shape).toEqual([0]);
  expect(() => arange(0, 1, { step: 0 })).toThrow("does not end");
});

test("linspace has exact ends", () => {
  const x = linspace(0.1, 0.7, { count: 7, dtype: "f64" }).dataSync();
  expect([x[0], x[6]]).toEqual([0.1, 0.7]);
  expect(x[3]).toBeCloseTo(0.4, 14);
  expect(linspace(5, 9, { count: 1 }).arraySync()).toEqual([5]);
});

test("meshgrid", () => {
  const [a, b] = meshgrid([arange(2), arange(3)]);
  expect(a?.arraySync()).toEqual([
    [0, 0, 0],
    [1, 1, 1],
  ]);
  expect(b?.arraySync()).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ]);
  expect(meshgrid([arange(2), arange(3)], { indexing: "xy" })[0]?.arraySync()).toEqual([
    [0, 1],
    [0, 1],
    [0, 1],
  ]);
});

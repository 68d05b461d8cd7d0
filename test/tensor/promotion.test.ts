// The promotion table of src/tensor/promotion.ts, row by row.

import { arange, type DType, full, promoteTypes, sub, type Tensor, tensor, where } from "hebb";
import { beforeAll, expect, test } from "vitest";
import { setDefaultDevice } from "../support/devices.ts";

beforeAll(() => setDefaultDevice("reference"));

const order: DType[] = ["bool", "u8", "i32", "u32", "f32", "f64"];
const all: DType[] = [...order, "f16", "bf16", "i8"];
const of = (dtype: DType, value = 1): Tensor => full([2], value, { dtype });
const computes = (dtype: DType): DType =>
  (({ f16: "f32", bf16: "f32", i8: "i32" })[dtype as string] as DType) ?? dtype;

test("two tensors: the later type, in either order; storage types compute wider", () => {
  for (const a of all) {
    for (const b of all) {
      const expected = order[
        Math.max(order.indexOf(computes(a)), order.indexOf(computes(b)))
      ] as DType;
      expect(promoteTypes(a, b)).toBe(expected);
      expect(of(a).maximum(of(b)).dtype).toBe(expected);
      // bool + bool counts.
      expect(of(a).add(of(b)).dtype).toBe(expected === "bool" ? "i32" : expected);
      expect(where(of("bool"), of(a), of(b)).dtype).toBe(expected);
    }
  }
});

test("a whole number takes the tensor's type, on either side", () => {
  for (const a of all) {
    const expected = computes(a) === "bool" ? "i32" : computes(a);
    expect(of(a).add(2).dtype).toBe(expected);
    expect(of(a).mul(2).dtype).toBe(expected);
    expect(sub(3, of(a)).dtype).toBe(expected);
  }
});

test("a fraction with integers or bool gives f32; with a float, that float", () => {
  for (const a of all) {
    const expected = computes(a) === "f64" ? "f64" : "f32";
    expect(of(a).add(0.5).dtype).toBe(expected);
    expect(of(a).mul(Number.NaN).dtype).toBe(expected);
    expect(of(a).maximum(Infinity).dtype).toBe(expected);
  }
  expect(of("i32", 3).mul(0.5).dataSync()).toEqual(new Float32Array([1.5, 1.5]));
});

test("division is true; integers become f32", () => {
  for (const a of all) {
    const expected = computes(a) === "f64" ? "f64" : "f32";
    for (const y of [
      of(a).div(2),
      of(a).div(of(a)),
      of(a).mean(),
      of(a).exp(),
      of(a).sqrt(),
      of(a).reciprocal(),
    ]) {
      expect(y.dtype).toBe(expected);
    }
  }
  expect(arange(3).div(2).dataSync()).toEqual(new Float32Array([0, 0.5, 1]));
  expect(tensor([-7, 7], { dtype: "i32" }).floorDivide(2).dataSync()).toEqual(
    new Int32Array([-4, 3]),
  );
});

test("sums of u8, i8 and bool are i32; of others their own type", () => {
  const expected: Record<DType, DType> = {
    bool: "i32",
    u8: "i32",
    i8: "i32",
    i32: "i32",
    u32: "u32",
    f16: "f32",
    bf16: "f32",
    f32: "f32",
    f64: "f64",
  };
  for (const a of all) {
    expect(of(a).sum().dtype).toBe(expected[a]);
    expect(of(a).prod().dtype).toBe(expected[a]);
    expect(of(a).cumSum().dtype).toBe(expected[a]);
    expect(of(a).dot(of(a)).dtype).toBe(expected[a]);
    expect(of(a).less(of(a)).dtype).toBe("bool");
    expect(of(a).argMax().dtype).toBe("i32");
    expect(of(a).argSort().dtype).toBe("i32");
  }
  expect(full([300], 255, { dtype: "u8" }).sum().itemSync()).toBe(76500);
  expect(tensor([true, true, false]).sum().itemSync()).toBe(2);
});

test("integers wrap; comparing and clamping do not", () => {
  const x = tensor(new Uint8Array([0, 100, 255]));
  expect(x.add(1).dataSync()).toEqual(new Uint8Array([1, 101, 0]));
  expect(x.mul(-1).dataSync()).toEqual(new Uint8Array([0, 156, 1]));
  expect(x.neg().dtype).toBe("u8");
  expect(
    tensor([2 ** 31 - 1], { dtype: "i32" })
      .add(1)
      .itemSync(),
  ).toBe(-(2 ** 31));
  expect(x.less(300).dataSync()).toEqual(new Uint8Array([1, 1, 1]));
  expect(x.greaterEqual(-1).dataSync()).toEqual(new Uint8Array([1, 1, 1]));
  expect(x.equal(256).dataSync()).toEqual(new Uint8Array([0, 0, 0]));
  expect(x.notEqual(-1).dataSync()).toEqual(new Uint8Array([1, 1, 1]));
  expect(x.greater(300).dataSync()).toEqual(new Uint8Array([0, 0, 0]));
  expect(x.lessEqual(-1).dataSync()).toEqual(new Uint8Array([0, 0, 0]));
  expect(x.clamp(-5, 300).dataSync()).toEqual(new Uint8Array([0, 100, 255]));
  expect(x.maximum(-1).dataSync()).toEqual(new Uint8Array([0, 100, 255]));
});

test("signed and unsigned integers are ordered by value", () => {
  const smallest = tensor([-(2 ** 31), 5], { dtype: "i32" });
  expect(smallest.min().itemSync()).toBe(-(2 ** 31));
  expect(smallest.amin().itemSync()).toBe(-(2 ** 31));
  expect(smallest.argMin().itemSync()).toBe(0);
  const large = tensor([2 ** 32 - 1, 7], { dtype: "u32" });
  expect(large.max({ axis: 0 }).itemSync()).toBe(2 ** 32 - 1);
  expect(large.amin().itemSync()).toBe(7);
  expect(large.minimum(9).dataSync()).toEqual(new Uint32Array([9, 7]));
  expect(tensor([true, false]).amin().itemSync()).toBe(0);
});

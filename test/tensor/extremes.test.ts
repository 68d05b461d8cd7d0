// Values and gradients far out: nothing overflows before the function itself does, and no gradient is
// NaN where the function has a slope.

import { grad, type Tensor, tensor, zeros } from "hebb";
import { beforeAll, expect, test } from "vitest";
import { setDefaultDevice } from "../support/devices.ts";

beforeAll(() => setDefaultDevice("reference"));

const far = [-3e38, -1e10, -1e4, -200, -89, -50, -1e-30, 0, 1e-30, 50, 89, 200, 1e4, 1e10, 3e38];

const bounded: Record<string, (x: Tensor) => Tensor> = {
  sigmoid: (x) => x.sigmoid(),
  logSigmoid: (x) => x.logSigmoid(),
  softplus: (x) => x.softplus(),
  relu: (x) => x.relu(),
  leakyRelu: (x) => x.leakyRelu(),
  elu: (x) => x.elu(),
  selu: (x) => x.selu(),
  silu: (x) => x.silu(),
  gelu: (x) => x.gelu(),
  mish: (x) => x.mish(),
  tanh: (x) => x.tanh(),
  erf: (x) => x.erf(),
  erfc: (x) => x.erfc(),
  atan: (x) => x.atan(),
  asinh: (x) => x.asinh(),
  softsign: (x) => x.softsign(),
  hardsigmoid: (x) => x.hardsigmoid(),
  abs: (x) => x.abs(),
  clamp: (x) => x.clamp(-1, 1),
};

test.each(Object.keys(bounded))("%s is finite with a finite gradient everywhere", (name) => {
  const f = bounded[name] as (x: Tensor) => Tensor;
  for (const dtype of ["f32", "f64"] as const) {
    const x = tensor(far, { dtype });
    const values = Array.from(f(x).dataSync());
    const slopes = Array.from(grad((z: Tensor) => f(z).sum())(x).dataSync());
    expect(values.every(Number.isFinite), `${dtype} values ${values}`).toBe(true);
    expect(slopes.every(Number.isFinite), `${dtype} slopes ${slopes}`).toBe(true);
  }
});

test.each(Object.keys(bounded))("%s of NaN is NaN", (name) => {
  const f = bounded[name] as (x: Tensor) => Tensor;
  for (const dtype of ["f32", "f64"] as const) {
    expect(f(tensor([Number.NaN, 0], { dtype })).dataSync()[0], dtype).toBeNaN();
  }
});

test("sigmoid and softplus keep their relative accuracy in the tail", () => {
  const x = tensor([-80, -20], { dtype: "f32" });
  const [a, b] = x.sigmoid().dataSync();
  expect((a as number) / Math.exp(-80)).toBeCloseTo(1, 5);
  expect((b as number) / Math.exp(-20)).toBeCloseTo(1, 5);
  expect((x.softplus().dataSync()[0] as number) / Math.exp(-80)).toBeCloseTo(1, 5);
});

test("the gelu of tanh is finite as far as x³ is", () => {
  const x = tensor([-1e12, -50, 50, 1e12]);
  const slopes = grad((z: Tensor) => z.gelu({ approximate: "tanh" }).sum())(x).dataSync();
  expect(slopes).toEqual(new Float32Array([0, 0, 1, 1]));
});

test("where shields the branch not taken", () => {
  const x = tensor([0, 4]);
  const f = (z: Tensor): Tensor => z.sqrt().where(z.greater(0), 0).sum();
  expect(grad(f)(x).dataSync()).toEqual(new Float32Array([Number.NaN, 0.25]));
  const safe = (z: Tensor): Tensor => z.where(z.greater(0), 1).sqrt().where(z.greater(0), 0).sum();
  expect(grad(safe)(x).dataSync()).toEqual(new Float32Array([0, 0.25]));
});

test("std and norm of constants, and rows of −∞, have gradient 0", () => {
  expect(grad((x: Tensor) => x.std())(tensor([3, 3, 3])).dataSync()).toEqual(
    new Float32Array([0, 0, 0]),
  );
  expect(grad((x: Tensor) => x.norm())(tensor([0, 0])).dataSync()).toEqual(
    new Float32Array([0, 0]),
  );
  const rows = tensor([
    [-Infinity, -Infinity],
    [0, -Infinity],
  ]);
  expect(
    grad((x: Tensor) => x.logSumExp({ axis: 1 }).maximum(-99).sum())(rows).arraySync(),
  ).toEqual([
    [0, 0],
    [1, 0],
  ]);
});

test("pow at the edges", () => {
  const pow = (x: number, y: number): number =>
    tensor([x], { dtype: "f64" })
      .pow(tensor([y], { dtype: "f64" }))
      .itemSync();
  expect(
    [pow(0, 0), pow(0, 3), pow(0, -1), pow(-2, 3), pow(-2, -2)].map((v) =>
      Number(v.toPrecision(12)),
    ),
  ).toEqual([1, 0, Infinity, -8, 0.25]);
  expect(pow(-2, 0.5)).toBeNaN();
  // The slopes of x¹ and x² at 0 are right, though log 0 is not finite.
  const slope = (y: number): number =>
    grad((x: Tensor) => x.pow(tensor([y], { dtype: "f64" })).sum())(
      tensor([0], { dtype: "f64" }),
    ).itemSync();
  expect([slope(1), slope(2), slope(3)]).toEqual([1, 0, 0]);
  expect(tensor([2, -3], { dtype: "i32" }).pow(3).dataSync()).toEqual(new Int32Array([8, -27]));
  expect(
    tensor([2, 1, -1, 0], { dtype: "i32" })
      .pow(tensor([-1, -5, -3, 0], { dtype: "i32" }))
      .dataSync(),
  ).toEqual(new Int32Array([0, 1, -1, 1]));
  expect(tensor([2, 4], { dtype: "i32" }).pow(-1).dataSync()).toEqual(
    new Float32Array([0.5, 0.25]),
  );
});

test("rounding goes to the even one, and −∞ and NaN stay", () => {
  const x = tensor([0.5, 1.5, 2.5, -0.5, -1.5, 2 ** 24 + 2, Infinity, Number.NaN]);
  expect(x.round().dataSync()).toEqual(
    new Float32Array([0, 2, 2, 0, -2, 2 ** 24 + 2, Infinity, Number.NaN]),
  );
});

test("a softmax along nothing is nothing, and the logarithm of no sum is −∞", () => {
  const none = zeros([2, 0]);
  expect([none.softmax().shape, none.logSoftmax().shape]).toEqual([
    [2, 0],
    [2, 0],
  ]);
  expect(none.logSumExp({ axis: 1 }).arraySync()).toEqual([-Infinity, -Infinity]);
  expect(grad((x: Tensor) => x.softmax({ axis: 0 }).sum())(zeros([0, 3])).shape).toEqual([0, 3]);
});

test("median and quantile of what holds a NaN are NaN", () => {
  const rows = tensor([
    [4, NaN, 3],
    [4, 5, 3],
  ]);
  expect(rows.median({ axis: 1 }).arraySync()).toEqual([NaN, 4]);
  expect(rows.quantile(0.25, { axis: 1 }).arraySync()).toEqual([NaN, 3.5]);
  expect(rows.quantile(0).itemSync()).toBeNaN();
  expect(grad((x: Tensor) => x.median({ axis: 1 }).at(1))(rows).arraySync()).toEqual([
    [0, 0, 0],
    [1, 0, 0],
  ]);
});

// Random tensors: known answers, exact ranges, moments, independence of draws, and promises on bits.

import {
  bernoulli,
  categorical,
  exponential,
  Generator,
  gumbel,
  normal,
  permutation,
  rand,
  randint,
  randn,
  randomBits,
  ShapeError,
  seed,
  tensor,
  truncatedNormal,
  uniform,
} from "hebb";
import { beforeEach, describe, expect, test } from "vitest";
import { threefry2x32 } from "../../src/ir/threefry.ts";
import { setDefaultDevice } from "../support/devices.ts";

beforeEach(() => {
  setDefaultDevice("reference");
  seed(42);
});

const n = 20_000;
const moments = (
  data: ArrayLike<number>,
): { mean: number; variance: number; skewness: number; kurtosis: number } => {
  const values = Array.from(data);
  const mean = values.reduce((s, v) => s + v, 0) / values.length;
  const moment = (p: number): number =>
    values.reduce((s, v) => s + (v - mean) ** p, 0) / values.length;
  const variance = moment(2);
  return {
    mean,
    variance,
    skewness: moment(3) / variance ** 1.5,
    kurtosis: moment(4) / variance ** 2,
  };
};

describe("bits", () => {
  test("are Threefry of seed, draw and position, whatever the shape", () => {
    const first = randomBits([2, 3]).dataSync();
    const second = randomBits([4]).dataSync();
    expect(Array.from(first)).toEqual(
      Array.from({ length: 6 }, (_, i) => threefry2x32(42, 0, 0, i)[0]),
    );
    expect(Array.from(second)).toEqual(
      Array.from({ length: 4 }, (_, i) => threefry2x32(42, 0, 1, i)[0]),
    );
  });

  test("known answers of seed 0", () => {
    // Random123's vector of an all-zero key and counter.
    expect(randomBits([1], { generator: new Generator(0) }).itemSync()).toBe(0x6b200159);
    expect(rand([1], { generator: new Generator(0) }).itemSync()).toBe(0x6b2001 / 2 ** 24);
  });

  test("a seed starts again; a generator is a stream of its own", () => {
    const a = rand([3]).dataSync();
    seed(42);
    const other = rand([3], { generator: new Generator(7) }).dataSync();
    expect(rand([3]).dataSync()).toEqual(a);
    expect(other).not.toEqual(a);
    expect(rand([3]).dataSync()).not.toEqual(a);
  });
});

describe("uniform", () => {
  test("f32 has 24 bits, f64 has 53, both in [0, 1)", () => {
    const single = rand([n]).dataSync();
    expect(single.every((v) => v >= 0 && v < 1 && Number.isInteger(v * 2 ** 24))).toBe(true);
    const double = rand([n], { dtype: "f64" }).dataSync();
    expect(double.every((v) => v >= 0 && v < 1 && Number.isInteger(v * 2 ** 53))).toBe(true);
    expect(double.some((v) => !Number.isInteger(v * 2 ** 30))).toBe(true);
    const { mean, variance } = moments(single);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });

  test("ranges are half open, also where rounding would leave them", () => {
    for (const [low, high] of [
      [-2, 3],
      [1000, 1000.001],
      [-1, -0.5],
      [0, 1e-40],
      [0.1, 0.3],
    ] as const) {
      const data = uniform([n], { low, high }).dataSync();
      expect(data.every((v) => v >= Math.fround(low) && v < high)).toBe(true);
    }
    expect(moments(uniform([n], { low: -2, high: 3 }).dataSync()).mean).toBeCloseTo(0.5, 1);
    expect(uniform([2], { low: 3, high: 3 }).dataSync()).toEqual(new Float32Array([3, 3]));
  });
});

describe("normal", () => {
  test("moments in f32 and f64", () => {
    for (const dtype of ["f32", "f64"] as const) {
      const m = moments(randn([n], { dtype }).dataSync());
      expect(Math.abs(m.mean)).toBeLessThan(0.03);
      expect(m.variance).toBeCloseTo(1, 1);
      expect(Math.abs(m.skewness)).toBeLessThan(0.06);
      expect(Math.abs(m.kurtosis - 3)).toBeLessThan(0.15);
    }
  });

  test("is the inverse of the distribution function at the uniform of the same bits", () => {
    const bits = randomBits([n]).dataSync();
    seed(42);
    const z = randn([n]);
    const uniforms = Float64Array.from(bits, (b) => (2 * (b >>> 9) + 1) / 2 ** 23 - 1);
    const expected = tensor(uniforms).erfinv().mul(Math.SQRT2).dataSync();
    const data = z.dataSync();
    const worst = Math.max(
      ...Array.from(
        data,
        (v, i) => Math.abs(v - (expected[i] as number)) / Math.max(1, Math.abs(v)),
      ),
    );
    expect(worst).toBeLessThan(2e-6);
    expect(Math.max(...data)).toBeLessThan(5.4);
  });

  test("mean and std, also as tensors; truncated", () => {
    const m = moments(normal([n], { mean: 3, std: 0.5 }).dataSync());
    expect(m.mean).toBeCloseTo(3, 1);
    expect(m.variance).toBeCloseTo(0.25, 2);
    expect(
      normal([2, 3], { mean: tensor([0, 100, 200]), std: 0.1 })
        .round()
        .at(0)
        .dataSync(),
    ).toEqual(new Float32Array([0, 100, 200]));
    const cut = truncatedNormal([n], { std: 2, low: -2, high: 2 }).dataSync();
    expect(Math.min(...cut) >= -2 && Math.max(...cut) <= 2).toBe(true);
    // The variance of a standard normal cut at ±1 is 1 − 2φ(1)/(2Φ(1) − 1) = 0.2912.
    expect(moments(cut).variance / 4).toBeCloseTo(0.2912, 1);
  });
});

test("exponential and gumbel have their means and are finite", () => {
  expect(moments(exponential([n], { rate: 2 }).dataSync()).mean).toBeCloseTo(0.5, 1);
  const g = gumbel([n]).dataSync();
  expect(g.every(Number.isFinite)).toBe(true);
  expect(moments(g).mean).toBeCloseTo(0.5772, 1);
});

test("bernoulli has its probability, 0 and 1 exactly", () => {
  expect(moments(bernoulli(0.3, { shape: [n] }).dataSync()).mean).toBeCloseTo(0.3, 1);
  expect(
    bernoulli(0, { shape: [n] })
      .sum()
      .itemSync(),
  ).toBe(0);
  expect(
    bernoulli(1, { shape: [n] })
      .sum()
      .itemSync(),
  ).toBe(n);
  expect(bernoulli(tensor([0, 1]), { dtype: "bool" }).dataSync()).toEqual(new Uint8Array([0, 1]));
});

test("categorical follows the logits and never takes a category of weight 0", () => {
  const logits = tensor([
    [-Infinity, Math.log(1), Math.log(3), -Infinity],
    [0, -Infinity, -Infinity, -Infinity],
  ]);
  const labels = categorical(logits, { samples: 4000 });
  expect([labels.shape, labels.dtype]).toEqual([[4000, 2], "i32"]);
  const counts = labels.at(":", 0).binCount(4).dataSync();
  expect([counts[0], counts[3]]).toEqual([0, 0]);
  expect((counts[2] as number) / 4000).toBeCloseTo(0.75, 1);
  expect(labels.at(":", 1).amax().itemSync()).toBe(0);
  expect(categorical(logits).shape).toEqual([2]);
});

test("permutation holds each number once and leaves no place fixed on average", () => {
  const order = permutation(1000).dataSync();
  expect(Array.from(order).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 1000 }, (_, i) => i),
  );
  expect(order.filter((v, i) => v === i).length).toBeLessThan(10);
  expect(permutation(0).shape).toEqual([0]);
});

describe("randint", () => {
  test("is the upper word of a 64-bit product", () => {
    for (const [low, high] of [
      [0, 10],
      [-5, 100_000],
      [0, 3_000_000_000],
      [-(2 ** 31), 2 ** 31],
    ] as const) {
      seed(42);
      const bits = randomBits([200]).dataSync();
      seed(42);
      const dtype = high > 2 ** 31 ? "u32" : "i32";
      const expected = Array.from(
        bits,
        (b) => low + Number((BigInt(b) * BigInt(high - low)) >> 32n),
      );
      expect(Array.from(randint([200], { low, high, dtype }).dataSync())).toEqual(expected);
    }
  });

  test("types and refusals", () => {
    expect(randint([2], { high: 200, dtype: "u8" }).dtype).toBe("u8");
    expect(() => randint([2], { low: 3, high: 3 })).toThrow(ShapeError);
    expect(() => randint([2], { high: 0.5 })).toThrow(ShapeError);
    expect(() => rand([-1])).toThrow(ShapeError);
  });
});

// Initialisers by their moments and bounds, and the defaults of layers as PyTorch's.

import { beforeEach, describe, expect, test } from "vitest";
import { ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { Generator, seed } from "../../src/tensor/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

const { init } = nn;

beforeEach(() => seed(0));

function moments(x: Tensor) {
  const data = x.dataSync("f64");
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  const around = (power: number): number =>
    data.reduce((sum, v) => sum + (v - mean) ** power, 0) / data.length;
  const std = Math.sqrt(around(2));
  let [low, high] = [Infinity, -Infinity];
  for (const v of data) [low, high] = [Math.min(low, v), Math.max(high, v)];
  return { mean, std, low, high, kurtosis: around(4) / std ** 4 };
}

/**
 * 40,000 numbers: five standard errors are 2.5 % of the standard deviation, and of its estimate 1.1 %
 * where they are uniform, 1.8 % where they are normal.
 */
function expectUniform(x: Tensor, bound: number): void {
  const { mean, std, low, high, kurtosis } = moments(x);
  expect(Math.abs(mean)).toBeLessThan(0.025 * bound);
  expect(Math.abs(std / (bound / Math.sqrt(3)) - 1)).toBeLessThan(0.012);
  expect(kurtosis).toBeCloseTo(1.8, 1);
  expect(low).toBeGreaterThanOrEqual(-bound);
  expect(high).toBeLessThanOrEqual(bound);
  expect(high - low).toBeGreaterThan(1.99 * bound);
}

function expectNormal(x: Tensor, deviation: number): void {
  const { mean, std, kurtosis } = moments(x);
  expect(Math.abs(mean)).toBeLessThan(0.025 * deviation);
  expect(Math.abs(std / deviation - 1)).toBeLessThan(0.018);
  expect(Math.abs(kurtosis - 3)).toBeLessThan(0.15);
}

describe("initialisers", () => {
  // fan in 100·4 = 400, fan out 100·4 = 400; or 200 in and 200 out for a matrix.
  const matrix = [100, 400];
  const kernel = [50, 200, 2, 2];

  test("Xavier", () => {
    expectUniform(init.xavierUniform(matrix), Math.sqrt(6 / 500));
    expectNormal(init.xavierNormal(matrix, { gain: 2 }), 2 * Math.sqrt(2 / 500));
    expectUniform(init.xavierUniform(kernel, { dtype: "f64" }), Math.sqrt(6 / 1000));
  });

  test("Kaiming", () => {
    expectUniform(init.kaimingUniform(matrix), Math.sqrt(6 / 400));
    expectUniform(
      init.kaimingUniform(kernel, { mode: "fanOut", nonlinearity: "relu" }),
      Math.sqrt(6 / 200),
    );
    expectNormal(init.kaimingNormal(kernel), Math.sqrt(2 / 800));
    expectNormal(
      init.kaimingNormal(matrix, { nonlinearity: "leakyRelu", slope: 1 }),
      Math.sqrt(1 / 400),
    );
    expectNormal(init.kaimingNormal(matrix, { nonlinearity: "tanh" }), 5 / 3 / Math.sqrt(400));
  });

  test("uniform, normal, constants", () => {
    expectUniform(init.uniform(matrix, { low: -3, high: 3 }), 3);
    expectNormal(init.normal(matrix, { std: 0.02 }), 0.02);
    expect(moments(init.normal(matrix, { mean: 4 })).mean).toBeCloseTo(4, 1);
    expect(init.constant([2], 0.5, { dtype: "f64" }).dataSync()).toEqual(
      new Float64Array([0.5, 0.5]),
    );
    expect(init.ones([2]).arraySync()).toEqual([1, 1]);
    expect(init.zeros([2]).arraySync()).toEqual([0, 0]);
  });

  test("gains", () => {
    expect(init.calculateGain("leakyRelu")).toBeCloseTo(Math.sqrt(2 / 1.0001), 12);
    expect(
      ["linear", "sigmoid", "tanh", "relu", "selu"].map((n) => init.calculateGain(n as never)),
    ).toEqual([1, 1, 5 / 3, Math.SQRT2, 0.75]);
  });

  test("a stream of their own repeats; a vector has no fans", () => {
    const draw = () => init.xavierUniform([3, 3], { generator: new Generator(7) }).arraySync();
    expect(draw()).toEqual(draw());
    expect(() => init.xavierUniform([3])).toThrow(ShapeError);
  });
});

describe("defaults", () => {
  test("Linear and Conv2d: ±1/√fan in, weight and bias", () => {
    const linear = new nn.Linear(400, 40_000 / 400);
    expectUniform(linear.weight, 1 / 20);
    expect(moments(linear.bias!).high).toBeLessThanOrEqual(1 / 20);
    expect(moments(linear.bias!).high).toBeGreaterThan(1 / 25);
    const conv = new nn.Conv2d(64, 70, 3, { dtype: "f64" });
    expectUniform(conv.weight, 1 / Math.sqrt(64 * 9));
    const grouped = new nn.Conv2d(64, 288, 6, { groups: 16 });
    expectUniform(grouped.weight, 1 / Math.sqrt(4 * 36));
    expect(moments(grouped.bias!).high).toBeLessThanOrEqual(1 / 12);
  });

  test("Embedding: standard normal, zeros at paddingIdx", () => {
    const embedding = new nn.Embedding(400, 100, { paddingIdx: -1 });
    expectNormal(embedding.weight.at(":399"), 1);
    expect(moments(embedding.weight.at(399))).toMatchObject({ low: 0, high: 0 });
    expect(() => new nn.Embedding(4, 2, { paddingIdx: 4 })).toThrow(/paddingIdx 4/);
  });

  test("layers without inputs are made", () => {
    expect(new nn.Linear(0, 2).bias!.arraySync()).toEqual([0, 0]);
  });

  test("one seed, the same model; two layers differ", () => {
    const make = () => {
      seed(9);
      return nn.sequential(new nn.Linear(2, 2), new nn.Linear(2, 2)).stateDict();
    };
    const [a, b] = [make(), make()];
    expect(a["0.weight"]!.arraySync()).toEqual(b["0.weight"]!.arraySync());
    expect(a["0.weight"]!.arraySync()).not.toEqual(a["1.weight"]!.arraySync());
  });
});

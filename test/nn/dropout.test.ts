import { beforeEach, describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { full, ones } from "../../src/tensor/create.ts";
import { Generator, seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

describe.each(devicesHere)("dropout on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
    seed(11);
  });

  test("drops a share p and keeps the mean", () => {
    const y = nn.dropout(ones([20_000]), 0.3).dataSync();
    const kept = y.filter((v) => v !== 0);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.7)]));
    // Five standard errors of a share of 20,000.
    expect(Math.abs(kept.length / 20_000 - 0.7)).toBeLessThan(5 * Math.sqrt(0.21 / 20_000));
  });

  test("the gradient sees the same mask", () => {
    const x = full([50], 3).keep();
    const y = nn.dropout(x, 0.5);
    const [g] = gradients(y.sum(), [x]);
    expect(y.dataSync()).toEqual(g!.mul(3).dataSync());
    expect(new Set(g!.dataSync())).toEqual(new Set([0, 2]));
  });
});

test("p of 0 and 1, evaluation, a stream of one's own", () => {
  const x = ones([8]);
  expect(nn.dropout(x, 0)).toBe(x);
  expect(nn.dropout(x, 0.5, { training: false })).toBe(x);
  expect(nn.dropout(x.div(0), 1).arraySync()).toEqual(new Array(8).fill(0));
  const draw = () =>
    new nn.Dropout(0.5, { generator: new Generator(4) }).forward(ones([64])).arraySync();
  expect(draw()).toEqual(draw());
  expect(() => new nn.Dropout(1.5)).toThrow(RangeError);
  expect(() => nn.dropout(x, Number.NaN)).toThrow(RangeError);
});

describe("dropout of other kinds", () => {
  beforeEach(() => {
    setDefaultDevice("reference");
    seed(12);
  });

  test.each([
    ["Dropout1d", new nn.Dropout1d(0.25), [20, 10, 4]],
    ["Dropout2d", new nn.Dropout2d(0.25), [20, 10, 2, 2]],
    ["Dropout3d", new nn.Dropout3d(0.25), [20, 10, 2, 1, 2]],
  ] as const)("%s drops whole channels", (_, layer, shape) => {
    const channels = layer.forward(ones(shape)).reshape([200, 4]).arraySync() as number[][];
    for (const values of channels) expect(new Set(values).size).toBe(1);
    const kept = channels.filter(([first]) => first !== 0);
    expect(kept[0]![0]).toBeCloseTo(4 / 3, 6);
    expect(Math.abs(kept.length / 200 - 0.75)).toBeLessThan(5 * Math.sqrt(0.1875 / 200));
    expect(layer.eval().forward(ones(shape)).min().itemSync()).toBe(1);
    const one = ones(shape.slice(1));
    expect(layer.train().forward(one).shape).toEqual(one.shape);
  });

  test("AlphaDropout keeps mean 0 and variance 1; of whole channels too", () => {
    const x = randn([4000], { dtype: "f64" });
    const y = new nn.AlphaDropout(0.3).forward(x);
    expect(Math.abs(y.mean().itemSync())).toBeLessThan(0.08);
    expect(Math.abs(y.var().itemSync() - 1)).toBeLessThan(0.12);
    const same = new nn.FeatureAlphaDropout(0.5).forward(ones([50, 4, 3], { dtype: "f64" }));
    const [kept, dropped] = [...new Set(same.dataSync())].sort((a, b) => b - a);
    // a = (q·(1 + p·α′²))^−½ and b = −a·p·α′.
    const floor = -1.7580993408473766;
    const a = (0.5 * (1 + 0.5 * floor ** 2)) ** -0.5;
    expect(kept).toBeCloseTo(a - a * 0.5 * floor, 12);
    expect(dropped).toBeCloseTo(a * floor - a * 0.5 * floor, 12);
    for (const values of same.reshape([200, 3]).arraySync() as number[][]) {
      expect(new Set(values).size).toBe(1);
    }
  });
});

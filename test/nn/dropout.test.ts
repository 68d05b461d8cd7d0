import { beforeEach, describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { full, ones } from "../../src/tensor/create.ts";
import { Generator, seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
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

// Where tokens stand.

import { beforeEach, describe, expect, test } from "vitest";
import * as nn from "../../../src/nn/index.ts";
import { tensor, zeros } from "../../../src/tensor/create.ts";
import { setDefaultDevice } from "../../support/devices.ts";
import { expectClose } from "../golden.ts";

beforeEach(() => setDefaultDevice("reference"));

describe("TR-01 sinusoidal positions", () => {
  test("place 0 is 0, 1, 0, 1, …", () => {
    for (const frequencies of ["pairs", "own"] as const) {
      expect(nn.sinusoidalPositions(1, 6, { frequencies }).arraySync()).toEqual([
        [0, 1, 0, 1, 0, 1],
      ]);
    }
  });

  test("are sines and cosines of the frequencies of either form", () => {
    const [length, width] = [5, 6];
    for (const frequencies of ["pairs", "own"] as const) {
      const p = nn.sinusoidalPositions(length, width, { base: 100, frequencies, dtype: "f64" });
      const expected: number[] = [];
      for (let t = 0; t < length; t++) {
        for (let k = 0; k < width; k++) {
          const exponent = frequencies === "pairs" ? 2 * Math.floor(k / 2) : k;
          const angle = t * 100 ** (-exponent / width);
          expected.push(k % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
        }
      }
      expectClose(p.dataSync(), expected, 1e-12);
    }
  });

  test("products depend on the distance alone, if pairs share a frequency", () => {
    const spread = (frequencies: nn.Frequencies): number => {
      const p = nn.sinusoidalPositions(12, 16, { frequencies, dtype: "f64" });
      const products = p.matmul(p.T).arraySync() as number[][];
      // Along each diagonal: the largest difference from its first.
      let worst = 0;
      for (let t = 0; t < 12; t++) {
        for (let s = 0; s <= t; s++) {
          worst = Math.max(worst, Math.abs(products[t]![s]! - products[t - s]![0]!));
        }
      }
      return worst;
    };
    expect(spread("pairs")).toBeLessThan(1e-12);
    expect(spread("own")).toBeGreaterThan(0.01);
  });

  test("a later start gives later rows, known at run time too", () => {
    const all = nn.sinusoidalPositions(6, 4, { dtype: "f64" });
    for (const position of [2, tensor(2, { dtype: "i32" })]) {
      const part = nn.sinusoidalPositions(4, 4, { position, dtype: "f64" });
      expectClose(part.dataSync(), all.at("2:").dataSync(), 1e-15);
    }
  });

  test("are added to what a token is, as rows of a table are", () => {
    const x = zeros([2, 3, 4], { dtype: "f64" });
    const sum = new nn.SinusoidalPositions(4).forward(x);
    expectClose(
      sum.at(1).dataSync(),
      nn.sinusoidalPositions(3, 4, { dtype: "f64" }).dataSync(),
      1e-15,
    );
    const learned = new nn.LearnedPositions(5, 4, { dtype: "f64" });
    const rows = learned.weight.at("2:5").arraySync();
    expect(learned.forward(x, { position: 2 }).at(0).arraySync()).toEqual(rows);
    const late = learned.forward(x, { position: tensor(2, { dtype: "i32" }) });
    expect(late.at(1).arraySync()).toEqual(rows);
    expect(() => learned.forward(x, { position: 3 })).toThrow(/there are 5 places/);
    expect(() => learned.forward(zeros([2, 3]))).toThrow(/\[..., length, 4\]/);
  });
});

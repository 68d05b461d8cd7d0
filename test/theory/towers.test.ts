// Universal approximation by towers of sigmoids.

import { beforeEach, expect, test } from "vitest";
import { linspace, tensor } from "../../src/tensor/create.ts";
import { Generator } from "../../src/tensor/generator.ts";
import { rand } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { tower, tower2d, towerNetwork, towerNetwork2d } from "../../src/theory/index.ts";
import { setDefaultDevice } from "../support/devices.ts";

const dtype = "f64";
const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];
beforeEach(() => setDefaultDevice("reference"));

test("TH-13 a sum of N towers approximates sin on [0, 1] with an error that falls as 1/N", () => {
  const x = linspace(0, 1, { count: 997, dtype });
  const inside = tower(tensor([0.3, 0.5, 0.7], { dtype }), [0.2, 0.8], 500);
  for (const value of numbers(inside)) expect(value).toBeCloseTo(1, 12);
  expect(
    tower(tensor([0.1, 0.9], { dtype }), [0.2, 0.8], 500)
      .amax()
      .itemSync(),
  ).toBeLessThan(1e-12);
  const errors = [4, 8, 16, 32, 64].map((towers) => {
    const network = towerNetwork(Math.sin, [0, 1], { towers, steepness: 1e6 });
    return network(x).sub(x.sin()).abs().amax().itemSync();
  });
  for (const [i, error] of errors.entries()) {
    // At most the slope, 1, times half a width.
    expect(error).toBeLessThan(1 / (2 * 4 * 2 ** i) + 1e-9);
    if (i > 0) expect(errors[i - 1]! / error).toBeGreaterThan(1.8);
    if (i > 0) expect(errors[i - 1]! / error).toBeLessThan(2.2);
  }
  // Usual steepness, another function, another interval.
  const wave = towerNetwork((t) => t * t - t, [-1, 2], { towers: 60 });
  const at = linspace(-1, 2, { count: 301, dtype });
  expect(wave(at).sub(at.square().sub(at)).abs().amax().itemSync()).toBeLessThan(
    3 * (3 / 120) + 0.01,
  );
  expect(() => towerNetwork(Math.sin, [0, 1], { towers: 0 })).toThrow(RangeError);
});

test("TH-14 a tower over a box is 1 inside and 0 outside, and sums of them approximate in the plane", () => {
  const box = [
    [0.2, 0.6],
    [-0.5, 0.1],
  ] as const;
  const generator = new Generator(3);
  const points = rand([400, 2], { dtype, generator }).mul(2).sub(1);
  const values = numbers(tower2d(points, box, 400));
  const seen = { inside: 0, outside: 0 };
  for (const [i, [x, y]] of (points.arraySync() as [number, number][]).entries()) {
    const depth = Math.min(x - 0.2, 0.6 - x, y + 0.5, 0.1 - y);
    if (Math.abs(depth) < 0.02) continue;
    // Where one tower alone stands, the sum is 1 and the threshold of 3/2 keeps it out.
    seen[depth > 0 ? "inside" : "outside"]++;
    expect(values[i]).toBeCloseTo(depth > 0 ? 1 : 0, 10);
  }
  expect(Math.min(seen.inside, seen.outside)).toBeGreaterThan(10);
  const f = (x: number, y: number): number => Math.sin(3 * x) * y;
  const square = [
    [0, 1],
    [0, 1],
  ] as const;
  const at = rand([300, 2], { dtype, generator }).mul(0.98).add(0.01);
  const wanted = at.at(":", 0).mul(3).sin().mul(at.at(":", 1));
  const mean = [2, 4, 8].map((towers) =>
    towerNetwork2d(f, square, { towers, steepness: 1e5 })(at).sub(wanted).abs().mean().itemSync(),
  );
  expect(mean[0]! / mean[1]!).toBeGreaterThan(1.6);
  expect(mean[1]! / mean[2]!).toBeGreaterThan(1.6);
  expect(mean[2]).toBeLessThan(0.07);
});

// What golden values do not show of pooling, resampling and folding: draws, adjoints, inverses.

import { beforeEach, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { ones, tensor } from "../../src/tensor/create.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { expectClose } from "./golden.ts";

const dtype = "f64";
const drawn = (...shape: number[]): Tensor => {
  const x = randn(shape, { dtype });
  realizeSync(x);
  return x;
};
const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];
const dot = (a: Tensor, b: Tensor): number => a.mul(b).sum().itemSync();

beforeEach(() => {
  setDefaultDevice("reference");
  seed(13);
});

test("Fold is the adjoint of Unfold, and undoes windows that do not overlap", () => {
  const options = { stride: [1, 2], padding: [1, 0], dilation: [2, 1] };
  const [unfold, fold] = [new nn.Unfold([2, 3], options), new nn.Fold([4, 5], [2, 3], options)];
  const x = drawn(2, 3, 4, 5);
  const columns = unfold.forward(x);
  const y = drawn(...columns.shape);
  expect(dot(columns, y)).toBeCloseTo(dot(x, fold.forward(y)), 10);
  const blocks = new nn.Unfold(2, { stride: 2 }).forward(x.at(":", ":", ":", ":4"));
  const back = new nn.Fold(4, 2, { stride: 2 }).forward(blocks);
  expect(numbers(back)).toEqual(numbers(x.at(":", ":", ":", ":4")));
});

test("PixelUnshuffle undoes PixelShuffle, and ChannelShuffle the one of as many channels a group", () => {
  const x = drawn(2, 8, 3, 2);
  const shuffled = new nn.PixelShuffle(2).forward(x);
  expect(numbers(new nn.PixelUnshuffle(2).forward(shuffled))).toEqual(numbers(x));
  const mixed = new nn.ChannelShuffle(2).forward(x);
  expect(numbers(new nn.ChannelShuffle(4).forward(mixed))).toEqual(numbers(x));
});

test("MaxPool says where its values lie, of equals the first", () => {
  const x = tensor(
    [
      [
        [1, 5, 5, 2],
        [7, 0, 3, 3],
        [-1, -2, -3, -4],
        [-4, -3, -2, -1],
      ],
    ],
    { dtype },
  );
  const { values, indices } = new nn.MaxPool2d(2).withIndices(x);
  expect(values.arraySync()).toEqual([
    [
      [7, 5],
      [-1, -1],
    ],
  ]);
  expect(indices.arraySync()).toEqual([
    [
      [4, 2],
      [8, 15],
    ],
  ]);
  const wide = new nn.MaxPool1d(3, { stride: 2, padding: 1, ceilMode: true });
  const found = wide.withIndices(drawn(2, 3, 6));
  const { shape } = found.values;
  expect(found.indices.shape).toEqual(shape);
  const line = drawn(1, 6);
  const one = wide.withIndices(line);
  expect(numbers(line.squeeze(0).take(one.indices.squeeze(0)))).toEqual(
    numbers(one.values.squeeze(0)),
  );
});

test("FractionalMaxPool draws windows anew, all of them inside and the last at the end", () => {
  const pool = new nn.FractionalMaxPool2d(1, { outputSize: [1, 4] });
  const x = tensor([[[0, 1, 2, 3, 4, 5, 6]]], { dtype });
  const seen = new Set<string>();
  for (let i = 0; i < 12; i++) {
    const places = numbers(pool.forward(x));
    expect(places[0]).toBe(0);
    expect(places[3]).toBe(6);
    for (let k = 1; k < 4; k++) expect([1, 2, 3]).toContain(places[k]! - places[k - 1]!);
    seen.add(places.join(" "));
  }
  // α = 2 exactly: whole steps, so the draw decides nothing here.
  expect(seen).toEqual(new Set(["0 2 4 6"]));
  const uneven = new nn.FractionalMaxPool2d(1, { outputSize: [1, 5] });
  for (let i = 0; i < 12; i++) seen.add(numbers(uneven.forward(x)).join(" "));
  expect(seen.size).toBeGreaterThan(2);
});

test("interpolation keeps a constant, and a line where corners meet", () => {
  for (const mode of ["nearest", "nearestExact", "linear", "cubic", "area"] as const) {
    const y = nn.interpolate(ones([1, 1, 3, 4], { dtype }), { size: [5, 3], mode });
    expectClose(numbers(y), new Array(15).fill(1), 1e-14, mode);
  }
  const line = tensor([[[0, 1, 2, 3]]], { dtype });
  const y = nn.interpolate(line, { size: 7, mode: "linear", alignCorners: true });
  expectClose(numbers(y), [0, 0.5, 1, 1.5, 2, 2.5, 3], 1e-14);
});

test("gridSample at an affineGrid that moves nothing gives the image back", () => {
  const x = drawn(1, 2, 3, 4);
  const stay = tensor(
    [
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
    ],
    { dtype },
  );
  for (const alignCorners of [false, true]) {
    const grid = nn.affineGrid(stay, [3, 4], { alignCorners });
    for (const mode of ["nearest", "linear", "cubic"] as const) {
      const y = nn.gridSample(x, grid, { mode, alignCorners });
      expectClose(numbers(y), numbers(x), 1e-12, mode);
    }
  }
});

test("gumbelSoftmax draws classes by their probabilities; hard ones have the gradient of soft ones", () => {
  const p = tensor([0.7, 0.2, 0.1], { dtype });
  const draws = nn.gumbelSoftmax(p.log().expand([1000, 3]), { hard: true });
  expect(numbers(draws.sum({ axis: 1 })).every((sum) => Math.abs(sum - 1) < 1e-12)).toBe(true);
  for (const [i, share] of numbers(draws.mean({ axis: 0 })).entries()) {
    const expected = numbers(p)[i]!;
    expect(Math.abs(share - expected)).toBeLessThan(
      5 * Math.sqrt((expected * (1 - expected)) / 1000),
    );
  }
  const z = drawn(2, 3, 2);
  const w = drawn(2, 3, 2);
  const slope = (hard: boolean): number[] => {
    seed(5);
    const y = nn.gumbelSoftmax(z, { hard, axis: 1, temperature: 0.5 });
    return numbers(gradients(y.mul(w).sum(), [z])[0] as Tensor);
  };
  expectClose(slope(true), slope(false), 1e-12);
});

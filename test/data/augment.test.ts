// Augmentation, RE-05, and the pretext task, RE-22.

import { beforeEach, expect, test } from "vitest";
import {
  augment,
  cropImages,
  elasticField,
  loader,
  shiftColours,
  warp,
} from "../../src/data/index.ts";
import { DataError, ShapeError } from "../../src/ir/errors.ts";
import { arange, ones, tensor } from "../../src/tensor/create.ts";
import { Generator, seed } from "../../src/tensor/generator.ts";
import { rand } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";

const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];

beforeEach(() => {
  setDefaultDevice("reference");
  seed(3);
});

const nine = (): Tensor =>
  tensor([
    [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ],
  ]);

test("RE-05 a seed repeats it, labels stay, and every image changes in its own way", async () => {
  const options = {
    rotate: 0.3,
    shift: 2,
    scale: [0.9, 1.1],
    flip: true,
    elastic: { strength: 1, smoothness: 3 },
    colour: 0.5,
  } as const;
  const x = rand([1, 3, 12, 12]).expand([6, 3, 12, 12]);
  const once = augment(x, { ...options, generator: new Generator(9) });
  expect(once.shape).toEqual(x.shape);
  expect(numbers(once)).toEqual(numbers(augment(x, { ...options, generator: new Generator(9) })));
  const images = new Set((once.arraySync() as unknown[]).map((i) => JSON.stringify(i)));
  expect(images.size).toBe(6);
  expect(numbers(augment(x))).toEqual(numbers(x));
  // In a loader: the images of an epoch change, the labels do not.
  const columns = { images: rand([8, 6, 6]), labels: arange(8, undefined, { dtype: "i32" }) };
  const data = loader(columns, {
    batchSize: 8,
    map: ({ images: given, labels }) => ({ images: augment(given, { shift: 1 }), labels }),
  });
  for await (const batch of data) {
    expect(numbers(batch.labels)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(numbers(batch.images)).not.toEqual(numbers(columns.images));
  }
  for (const wrong of [{ rotate: -1 }, { scale: [2, 1] as const }, { colour: -1 }]) {
    expect(() => augment(x, wrong)).toThrow(DataError);
  }
  expect(() => augment(ones([3, 3]), { shift: 1 })).toThrow(ShapeError);
  expect(() => warp(nine(), ones([2, 2, 3, 3]))).toThrow(ShapeError);
  expect(() => cropImages(nine(), { size: [4, 1] })).toThrow(ShapeError);
});

test("RE-05 elastic fields are smooth and of their strength; colours move along their covariance", () => {
  const field = elasticField([12, 20, 20], { strength: 2, smoothness: 3 });
  expect(field.shape).toEqual([12, 2, 20, 20]);
  const inner = field.at(":", ":", "6:14", "6:14");
  expect(inner.square().mean().sqrt().itemSync()).toBeGreaterThan(1.6);
  expect(inner.square().mean().sqrt().itemSync()).toBeLessThan(2.4);
  const step = field.at(":", ":", ":", "1:").sub(field.at(":", ":", ":", ":-1"));
  // Under a Gaussian of width σ neighbours differ by α/(√2·σ).
  expect(step.square().mean().sqrt().itemSync() / (2 / Math.sqrt(2) / 3)).toBeCloseTo(1, 0);
  // Shifts have the covariance σ²·C².
  const mix = tensor([
    [1, 0.5, 0],
    [0, 1, 0.2],
    [0, 0, 0.3],
  ]);
  const x = rand([1500, 2, 2, 3]).matmul(mix).moveAxis(3, 1);
  const moved = shiftColours(x, { std: 0.7 }).sub(x).at(":", ":", 0, 0); // [4000, 3]
  const pixels = x.moveAxis(1, 3).reshape([-1, 3]);
  const centred = pixels.sub(pixels.mean({ axis: 0 }));
  const c = centred.T.matmul(centred).div(6000);
  const expected = c.matmul(c).mul(0.49);
  expectClose(numbers(moved.T.matmul(moved).div(1500)), numbers(expected), 0.15);
});

// Augmentation, RE-05; and tasks made of images without labels, RE-22.

import { beforeEach, expect, test } from "vitest";
import {
  augment,
  colouredImages,
  cropImages,
  elasticField,
  flipImages,
  greyPairs,
  loader,
  patchPairs,
  resizeImages,
  shiftColours,
  transformImages,
  warp,
} from "../../src/data/index.ts";
import { ArgumentError, ShapeError } from "../../src/ir/errors.ts";
import { arange, ones, tensor } from "../../src/tensor/create.ts";
import { stack } from "../../src/tensor/functions.ts";
import { Generator, seed } from "../../src/tensor/generator.ts";
import { rand } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../nn/golden.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

const quickest = devicesHere.includes("native") ? "native" : "wasm";
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

test("RE-05 images are moved, turned, cropped, resized and reflected as they should be", () => {
  const image = nine();
  const moved = (options: object): number[][] =>
    (transformImages(image, options).arraySync() as number[][][])[0]!.map((r) =>
      r.map((v) => Math.round(v * 1e4) / 1e4),
    );
  expect(moved({})).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ]);
  expect(moved({ rows: 1 })).toEqual([
    [0, 0, 0],
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(moved({ columns: -1 })).toEqual([
    [2, 3, 0],
    [5, 6, 0],
    [8, 9, 0],
  ]);
  expect(moved({ columns: 0.5 })[1]).toEqual([2, 4.5, 5.5]);
  // A quarter turn, counter-clockwise as seen.
  expect(moved({ angle: Math.PI / 2 })).toEqual([
    [3, 6, 9],
    [2, 5, 8],
    [1, 4, 7],
  ]);
  expect(moved({ scale: 2 })).toEqual([
    [3, 3.5, 4],
    [4.5, 5, 5.5],
    [6, 6.5, 7],
  ]);
  expect(cropImages(image, { size: [2, 1] }).arraySync()).toEqual([[[2], [5]]]);
  const windows = cropImages(image.expand([40, 3, 3]), {
    size: [2, 2],
    generator: new Generator(1),
  });
  const corners = new Set((windows.arraySync() as number[][][]).map((window) => window[0]![0]!));
  expect(corners).toEqual(new Set([1, 2, 4, 5]));
  expect(resizeImages(image, [2, 5]).arraySync()).toEqual([
    [
      [1, 1.5, 2, 2.5, 3],
      [7, 7.5, 8, 8.5, 9],
    ],
  ]);
  const x = rand([4, 2, 5, 6]);
  expect(numbers(flipImages(flipImages(x)))).toEqual(numbers(x));
  expect(flipImages(image).arraySync()).toEqual([
    [
      [3, 2, 1],
      [6, 5, 4],
      [9, 8, 7],
    ],
  ]);
  const some = flipImages(x, tensor([1, 0, 0, 1], { dtype: "bool" }));
  expect(numbers(some.at(1))).toEqual(numbers(x.at(1)));
  expect(numbers(some.at(3))).toEqual(numbers(x.at(3).flip(-1)));
});

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
  // Windows at places of their own, by the stream of seed() too.
  const windows = (): Tensor => augment(nine().expand([40, 3, 3]), { crop: [2, 2] });
  const corner = windows().at(":", 0, 0);
  expect(new Set(numbers(corner))).toEqual(new Set([1, 2, 4, 5]));
  seed(3);
  const again = numbers(windows());
  seed(3);
  expect(numbers(windows())).toEqual(again);
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
    expect(() => augment(x, wrong)).toThrow(ArgumentError);
  }
  expect(() => augment(ones([3, 3]), { shift: 1 })).toThrow(ShapeError);
  expect(() => warp(nine(), ones([2, 2, 3, 3]))).toThrow(ShapeError);
  expect(() => cropImages(nine(), { size: [4, 1] })).toThrow(ShapeError);
});

test("RE-05 elastic fields are smooth and of their strength; colours move along their covariance", () => {
  setDefaultDevice(quickest);
  const field = elasticField([60, 20, 20], { strength: 2, smoothness: 3 });
  expect(field.shape).toEqual([60, 2, 20, 20]);
  const inner = field.at(":", ":", "6:14", "6:14");
  const size = (x: Tensor): number => x.square().mean().sqrt().itemSync();
  expect(Math.abs(size(inner) / 2 - 1)).toBeLessThan(0.1);
  // Noise under a Gaussian of width σ goes with its neighbour as e^(−1/4σ²).
  const step = inner.at(":", ":", ":", "1:").sub(inner.at(":", ":", ":", ":-1"));
  expect(Math.abs(size(step) / (2 * Math.sqrt(2 - 2 * Math.exp(-1 / 36))) - 1)).toBeLessThan(0.1);
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

test("RE-22 patchPairs cuts out the middle and the neighbour that it names", () => {
  const images = arange(81, undefined, { dtype: "f32" }).reshape([1, 9, 9]).expand([40, 9, 9]);
  const { middle, neighbour, position } = patchPairs(images);
  const pairs = neighbour.arraySync() as number[][][];
  for (const [i, place] of numbers(position).entries()) {
    const cell = place < 4 ? place : place + 1;
    expect(pairs[i]![0]![0]).toBe(27 * Math.floor(cell / 3) + 3 * (cell % 3));
  }
  expect(new Set(numbers(position)).size).toBeGreaterThan(5);
  expect(middle.at(0).at(0).arraySync()).toEqual([30, 31, 32]);
  expect(() => patchPairs(ones([2, 28, 28]))).toThrow(ShapeError);
  // All channels of a patch come from one place.
  const shaded = stack([images, images.mul(10)], { axis: 1 });
  const both = patchPairs(shaded, { generator: new Generator(4) });
  expect(both.neighbour.shape).toEqual([40, 2, 3, 3]);
  for (const patch of [both.middle, both.neighbour]) {
    expect(numbers(patch.at(":", 1))).toEqual(numbers(patch.at(":", 0).mul(10)));
  }
  expect(numbers(both.middle.at(":", 0))).toEqual(numbers(middle));
});

test("RE-22 greyPairs splits pictures into brightness and colours, which together give them back", () => {
  const pixel = (r: number, g: number, b: number): Tensor =>
    tensor([r, g, b], { shape: [1, 3, 1, 1], dtype: "f64" });
  const { grey, colours } = greyPairs(pixel(1, 0.5, 0.25));
  expectClose(numbers(grey), [0.299 + 0.2935 + 0.0285], 1e-15);
  expectClose(numbers(colours), [0.25 - 0.621, 1 - 0.621], 1e-14);
  // Grey pictures have no colours, and a change of colours alone does not show in the grey one.
  expectClose(numbers(greyPairs(pixel(0.7, 0.7, 0.7)).colours), [0, 0], 1e-15);
  const other = colouredImages({ grey, colours: colours.mul(-2) });
  expectClose(numbers(greyPairs(other).grey), numbers(grey), 1e-15);
  const x = rand([3, 3, 4, 5], { dtype: "f64" });
  expectClose(numbers(colouredImages(greyPairs(x))), numbers(x), 1e-14);
});

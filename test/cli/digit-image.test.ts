// A digit that was drawn from strokes is put on paper of some size, light and ink, photographed, and
// must come back as it was.

import { generateDigits } from "hebb/data";
import { describe, expect, test } from "vitest";
import { digitImage, type Picture } from "../../src/cli/digit-image.ts";

const { images, labels } = generateDigits({ count: 20, seed: 5 });
const digit = (i: number): Uint8Array => images.slice(i * 784, (i + 1) * 784);

interface Photo {
  readonly scale?: number;
  readonly width?: number;
  readonly height?: number;
  readonly left?: number;
  readonly top?: number;
  /** Brightness of paper and ink, 0…255. */
  readonly paper?: number;
  readonly ink?: number;
  /** How much brighter the right side is than the left. */
  readonly light?: number;
  readonly noise?: number;
  readonly specks?: readonly [number, number][];
}

/** A picture of a digit on paper. */
function photograph(pixels: Uint8Array, photo: Photo): Picture {
  const { scale = 4, width = 160, height = 200, left = 20, top = 40 } = photo;
  const { paper = 220, ink = 40, light = 0, noise = 0, specks = [] } = photo;
  const rgba = new Uint8Array(4 * width * height).fill(255);
  let random = 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const share = sample(pixels, (x - left) / scale, (y - top) / scale);
      random = (random * 48271) % 2147483647;
      const shade = light * (x / width - 0.5) + noise * (random / 2147483647 - 0.5);
      const speck = specks.some(([sx, sy]) => Math.hypot(x - sx, y - sy) < 1.5) ? 1 : 0;
      const value = paper + Math.max(share, speck) * (ink - paper) + shade;
      rgba.fill(
        Math.min(255, Math.max(0, Math.round(value))),
        4 * (y * width + x),
        4 * (y * width + x) + 3,
      );
    }
  }
  return { width, height, rgba };
}

/** Ink between 0 and 1 at a place of the 28 x 28 grid, bilinear. */
function sample(pixels: Uint8Array, x: number, y: number): number {
  const at = (column: number, row: number): number =>
    column < 0 || row < 0 || column > 27 || row > 27
      ? 0
      : (pixels[row * 28 + column] as number) / 255;
  const [u, v] = [x - 0.5, y - 0.5];
  const [column, row] = [Math.floor(u), Math.floor(v)];
  const [a, b] = [u - column, v - row];
  return (
    (1 - b) * ((1 - a) * at(column, row) + a * at(column + 1, row)) +
    b * ((1 - a) * at(column, row + 1) + a * at(column + 1, row + 1))
  );
}

function moments(pixels: Uint8Array): { x: number; y: number } {
  let [total, x, y] = [0, 0, 0];
  pixels.forEach((value, i) => {
    total += value;
    x += value * ((i % 28) + 0.5);
    y += value * (Math.floor(i / 28) + 0.5);
  });
  return { x: x / total, y: y / total };
}

/** Correlation of two pictures, 1 for the same up to contrast. */
function likeness(a: Uint8Array, b: Uint8Array): number {
  const mean = (v: Uint8Array): number => v.reduce((s, x) => s + x, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [(a[i] as number) - ma, (b[i] as number) - mb];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / Math.sqrt(aa * bb);
}

const clean = (i: number): Uint8Array =>
  (digitImage(photograph(digit(i), {})) as { pixels: Uint8Array }).pixels;

describe("a photographed digit", () => {
  test("is inverted, cut out, scaled and centred, and says so", () => {
    const found = digitImage(photograph(digit(0), {}));
    expect(found?.changes.join(", ")).toMatch(
      /^inverted \(dark ink on light paper\), cut out \d+x\d+ at \d+,\d+ of 160x200, scaled by 0\.\d+, centred$/,
    );
    const { x, y } = moments(found?.pixels as Uint8Array);
    expect(Math.abs(x - 14)).toBeLessThan(0.6);
    expect(Math.abs(y - 14)).toBeLessThan(0.6);
    expect(found?.pixels.reduce((a, b) => Math.max(a, b))).toBe(255);
  });

  test("looks like the digit that was drawn", () => {
    for (let i = 0; i < 20; i++) {
      const pixels = clean(i);
      let best = 0;
      // The drawn digit is not centred: compare at its best shift.
      for (let dy = -4; dy <= 4; dy++) {
        for (let dx = -4; dx <= 4; dx++) {
          const shifted = Uint8Array.from({ length: 784 }, (_, at) => {
            const [column, row] = [(at % 28) + dx, Math.floor(at / 28) + dy];
            return column < 0 || row < 0 || column > 27 || row > 27
              ? 0
              : (digit(i)[row * 28 + column] as number);
          });
          best = Math.max(best, likeness(pixels, shifted));
        }
      }
      expect(best, `digit ${labels[i]} (number ${i})`).toBeGreaterThan(0.7);
    }
  });

  const conditions: [string, Photo][] = [
    ["anywhere on the sheet", { left: 2, top: 80 }],
    ["of another size", { scale: 9, width: 400, height: 300, left: 60, top: 20 }],
    ["pale", { paper: 200, ink: 130 }],
    ["in uneven light", { light: 90 }],
    ["with noise", { noise: 30 }],
    [
      "with specks",
      {
        specks: [
          [5, 5],
          [150, 190],
          [8, 190],
        ],
      },
    ],
    ["light on dark", { paper: 20, ink: 230 }],
  ];
  test.each(conditions)("%s it is the same", (_, photo) => {
    for (const i of [0, 3, 7, 12]) {
      const found = digitImage(photograph(digit(i), photo));
      expect(likeness(found?.pixels as Uint8Array, clean(i)), `number ${i}`).toBeGreaterThan(0.9);
    }
  });

  test("says which way round the ink is, and whether the light was uneven", () => {
    const changes = (photo: Photo): string =>
      digitImage(photograph(digit(1), photo))?.changes.join() ?? "";
    expect(changes({ paper: 20, ink: 230 })).not.toContain("inverted");
    expect(changes({})).not.toContain("light was");
    expect(changes({ light: 90 })).toContain("evened out the light");
  });

  test("transparent is paper", () => {
    const picture = photograph(digit(2), { paper: 0, ink: 0 });
    const shape = photograph(digit(2), { paper: 0, ink: 255 });
    for (let i = 0; i < picture.rgba.length; i += 4) picture.rgba[i + 3] = shape.rgba[i] as number;
    expect(likeness(digitImage(picture)?.pixels as Uint8Array, clean(2))).toBeGreaterThan(0.9);
  });
});

test("a picture of the data set itself is taken as it is", () => {
  const centred = clean(4);
  const rgba = new Uint8Array(4 * 784).fill(255);
  for (const [i, value] of centred.entries()) rgba.fill(value, 4 * i, 4 * i + 3);
  expect(digitImage({ width: 28, height: 28, rgba })).toEqual({ pixels: centred, changes: [] });
});

test("a sheet without ink is none", () => {
  const blank = new Uint8Array(160 * 200 * 4).fill(240);
  expect(digitImage({ width: 160, height: 200, rgba: blank })).toBeUndefined();
  const empty = photograph(new Uint8Array(784), { noise: 10 });
  expect(digitImage(empty)).toBeUndefined();
  expect(digitImage({ width: 1, height: 1, rgba: Uint8Array.of(0, 0, 0, 255) })).toBeUndefined();
});

test("a picture of more specks than a call takes arguments", () => {
  const [width, height] = [1000, 800];
  const rgba = new Uint8Array(4 * width * height).fill(255);
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) rgba.fill(0, 4 * (y * width + x), 4 * (y * width + x) + 3);
  }
  expect(digitImage({ width, height, rgba })?.pixels).toHaveLength(784);
});

import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { handwritings } from "../../src/data/digit-strokes.ts";
import { type Digits, generateDigits } from "../../src/data/digits.ts";
import { ArgumentError } from "../../src/ir/errors.ts";

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("generateDigits", () => {
  test("the bytes of a seed never change", () => {
    const { images, labels } = generateDigits({ count: 500, seed: 7 });
    expect(hash(images)).toBe("c2e1611f3721a3bf3c6142704dc86b7a2c6416743144bb6188906ccf61513f56");
    expect(Array.from(labels.subarray(0, 20))).toEqual([
      8, 0, 7, 9, 3, 1, 4, 2, 5, 6, 4, 1, 2, 9, 0, 6, 7, 3, 8, 5,
    ]);
  });

  test("image i depends on seed and i alone", () => {
    const all = generateDigits({ count: 60, seed: 3 });
    fc.assert(
      fc.property(fc.nat(59), fc.nat(20), (first, length) => {
        const count = Math.min(length, 60 - first);
        const part = generateDigits({ count, seed: 3, first });
        expect(hash(part.images)).toBe(
          hash(all.images.subarray(first * 784, (first + count) * 784)),
        );
        expect(part.labels).toEqual(all.labels.subarray(first, first + count));
      }),
      { numRuns: 20 },
    );
  });

  test("seeds differ, large ones too, and no image is there twice", () => {
    const seeds = [0, 1, 2 ** 32, 2 ** 53 - 1];
    const drawn = seeds.map((seed) => generateDigits({ count: 100, seed }));
    const seen = new Set<string>();
    for (const { images } of drawn) {
      for (let i = 0; i < 100; i++) seen.add(hash(images.subarray(i * 784, (i + 1) * 784)));
    }
    expect(seen.size).toBe(400);
    expect(new Set(drawn.map(({ labels }) => labels.join())).size).toBe(4);
  });

  test("labels are balanced and shuffled", () => {
    const { labels } = generateDigits({ count: 1000, seed: 1 });
    const places = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
    for (let i = 0; i < 1000; i += 10) {
      expect([...labels.subarray(i, i + 10)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      for (let j = 0; j < 10; j++) places[j]![labels[i + j]!]!++;
    }
    // Each digit falls on each place of its ten about 10 times in 100.
    expect(Math.min(...places.flat())).toBeGreaterThan(0);
    expect(Math.max(...places.flat())).toBeLessThan(26);
  });

  test("digits lie as in MNIST: dark paper, bright ink, mass in the middle, free margins", () => {
    const { images } = generateDigits({ count: 500, seed: 5 });
    let [inkTotal, marginTotal] = [0, 0];
    for (let i = 0; i < 500; i++) {
      let [sum, sumX, sumY, margin, brightest] = [0, 0, 0, 0, 0];
      for (let at = 0; at < 784; at++) {
        const level = images[i * 784 + at]!;
        brightest = Math.max(brightest, level);
        if (level < 64) continue;
        const [x, y] = [at % 28, Math.floor(at / 28)];
        sum += level;
        sumX += level * x;
        sumY += level * y;
        if (x === 0 || y === 0 || x === 27 || y === 27) margin += level;
      }
      expect(brightest).toBeGreaterThan(180);
      expect(Math.abs(sumX / sum - 13.5)).toBeLessThan(5.5);
      expect(Math.abs(sumY / sum - 13.5)).toBeLessThan(5.5);
      inkTotal += sum;
      marginTotal += margin;
    }
    // MNIST's mean is 0.131 of full ink.
    const mean = inkTotal / (500 * 784 * 255);
    expect(mean).toBeGreaterThan(0.08);
    expect(mean).toBeLessThan(0.18);
    expect(marginTotal / inkTotal).toBeLessThan(0.005);
  });

  test("refuses numbers that are not counts", () => {
    for (const options of [
      { count: -1 },
      { count: 1.5 },
      { count: 1, seed: -1 },
      { count: 1, first: Number.NaN },
    ]) {
      expect(() => generateDigits(options)).toThrow(ArgumentError);
    }
    expect(() => generateDigits({ count: 2, first: 2 ** 32 - 1 })).toThrow(/2\^32/);
    expect(generateDigits({ count: 0 }).images.length).toBe(0);
  });

  test("a linear model learns them to between 80 and 95 %", () => {
    const [trainCount, testCount] = [12_000, 2_000];
    const train = generateDigits({ count: trainCount });
    const unseen = generateDigits({ count: testCount, first: trainCount });
    const accuracy = linearAccuracy(train, unseen, 6);
    expect(accuracy).toBeGreaterThan(0.8);
    expect(accuracy).toBeLessThan(0.95);
  });
});

test("every digit has several habits, drawn inside the box", () => {
  const all = handwritings();
  expect(all.length).toBe(10);
  for (const habits of all) {
    expect(habits.length).toBeGreaterThanOrEqual(4);
    for (const { points, strokes } of habits) {
      for (const value of points) expect(value >= 0 && value <= 1).toBe(true);
      for (const stroke of strokes) {
        expect(stroke.length).toBeGreaterThanOrEqual(2);
        for (const index of stroke) expect(index).toBeLessThan(points.length / 2);
      }
    }
  }
});

/** Softmax regression by plain stochastic gradient descent, one image at a time. */
function linearAccuracy(train: Digits, unseen: Digits, epochs: number): number {
  const weights = new Float64Array(10 * 785);
  const scores = new Float64Array(10);
  const score = (images: Uint8Array, at: number): void => {
    for (let k = 0; k < 10; k++) {
      let sum = weights[k * 785 + 784]!;
      for (let j = 0; j < 784; j++) sum += weights[k * 785 + j]! * images[at + j]!;
      scores[k] = sum;
    }
  };
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = 0.02 / 255 ** 2 / (1 + epoch);
    for (let i = 0; i < train.labels.length; i++) {
      const at = i * 784;
      score(train.images, at);
      const top = Math.max(...scores);
      const exponentials = Array.from(scores, (s) => Math.exp(s - top));
      const total = exponentials.reduce((a, b) => a + b);
      for (let k = 0; k < 10; k++) {
        const error = exponentials[k]! / total - (train.labels[i] === k ? 1 : 0);
        if (Math.abs(error) < 1e-3) continue;
        const step = rate * error;
        for (let j = 0; j < 784; j++) weights[k * 785 + j]! -= step * train.images[at + j]!;
        weights[k * 785 + 784]! -= step * 255 ** 2;
      }
    }
  }
  let right = 0;
  for (let i = 0; i < unseen.labels.length; i++) {
    score(unseen.images, i * 784);
    const best = scores.indexOf(Math.max(...scores));
    if (best === unseen.labels[i]) right++;
  }
  return right / unseen.labels.length;
}

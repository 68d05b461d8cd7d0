// Pictures changed at random: what may come out, that each picture has its own draw, and that
// evaluation lets them through.

import { expect, test } from "vitest";
import { RandomFlip, RandomShift } from "../../src/cli/results/augmentation.ts";
import { arange, seed, useDevice } from "../../src/index.ts";

test("a shift moves each picture by its own whole number of pixels; evaluation moves none", async () => {
  await useDevice("reference");
  seed(5);
  const x = arange(1, 10).cast("f32").reshape([1, 1, 3, 3]).expand([40, 1, 3, 3]);
  const layer = new RandomShift(1);
  const moved = layer.forward(x).arraySync() as number[][][][];
  const allowed = [-1, 0, 1].flatMap((down) =>
    [-1, 0, 1].map((right) =>
      JSON.stringify(
        [0, 1, 2].map((i) =>
          [0, 1, 2].map((j) => {
            const [row, column] = [i - down, j - right];
            return row < 0 || row > 2 || column < 0 || column > 2 ? 0 : 3 * row + column + 1;
          }),
        ),
      ),
    ),
  );
  const seen = new Set(moved.map(([picture]) => JSON.stringify(picture)));
  for (const picture of seen) expect(allowed).toContain(picture);
  expect(seen.size).toBe(9);
  expect(layer.eval().forward(x)).toBe(x);
});

test("a flip mirrors about half of the pictures", async () => {
  await useDevice("reference");
  seed(5);
  const x = arange(3).cast("f32").reshape([1, 1, 1, 3]).expand([200, 1, 1, 3]);
  const layer = new RandomFlip();
  const first = layer.forward(x).at(":", 0, 0, 0).dataSync();
  expect(new Set(first)).toEqual(new Set([0, 2]));
  const mirrored = first.filter((value) => value === 2).length;
  expect(Math.abs(mirrored - 100)).toBeLessThan(35);
  expect(layer.eval().forward(x)).toBe(x);
});

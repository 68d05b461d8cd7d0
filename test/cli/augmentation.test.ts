// Pictures changed at random: each has its own draw, and evaluation lets them through.

import { expect, test } from "vitest";
import { RandomChange } from "../../src/cli/results/augmentation.ts";
import { arange, seed, useDevice } from "../../src/index.ts";

test("while training each picture is mirrored and moved in its own way; in evaluation none is", async () => {
  await useDevice("reference");
  seed(5);
  const x = arange(1, 26).cast("f32").reshape([1, 1, 5, 5]).expand([40, 1, 5, 5]);
  const layer = new RandomChange({ flip: true, shift: 1 });
  const changed = layer.forward(x).arraySync() as number[][][][];
  expect(new Set(changed.map((picture) => JSON.stringify(picture))).size).toBe(40);
  // Inside, numbers fall along a mirrored row and rise along another.
  const rises = changed.map(([rows]) => rows![2]![3]! - rows![2]![1]!);
  for (const rise of rises) expect(Math.abs(rise)).toBeCloseTo(2, 4);
  const mirrored = rises.filter((rise) => rise < 0).length;
  expect(mirrored).toBeGreaterThan(8);
  expect(mirrored).toBeLessThan(32);
  expect(layer.eval().forward(x)).toBe(x);
});

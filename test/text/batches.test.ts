// Sequences as batches.

import { beforeEach, expect, test } from "vitest";
import { ArgumentError } from "../../src/ir/errors.ts";
import { bucketByLength, padSequences } from "../../src/text/index.ts";
import { setDefaultDevice } from "../support/devices.ts";

beforeEach(() => setDefaultDevice("reference"));

test("padded to the longest, or to a size", async () => {
  const { ids, lengths } = padSequences([[5], [], [6, 7]], { padding: -1 });
  expect(await ids.array()).toEqual([
    [5, -1],
    [-1, -1],
    [6, 7],
  ]);
  expect(await lengths.array()).toEqual([1, 0, 2]);
  expect(padSequences([[1]], { size: 4 }).ids.shape).toEqual([1, 4]);
  expect(() => padSequences([[1, 2]], { size: 1 })).toThrow(ArgumentError);
  expect(() => padSequences([])).toThrow(/sequences must not be empty/);
});

test("buckets hold neighbours by length, and each sequence once", () => {
  const lengths = [7, 1, 4, 4, 2, 9, 3];
  const buckets = bucketByLength(lengths, 3);
  expect(buckets).toEqual([[1, 4, 6], [2, 3, 0], [5]]);
  expect(buckets.flat().sort()).toEqual([...lengths.keys()]);
});

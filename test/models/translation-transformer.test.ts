// The translating transformer: cached decoding against the naive form, of a batch and one by one. That it
// learns is in sequences.learning.test.ts.

import { beforeEach, expect, test } from "vitest";
import { TranslationTransformer } from "../../src/models/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { i32 } from "./words.ts";

beforeEach(() => {
  setDefaultDevice("reference");
  seed(3);
});

test("TR-04 cached decoding writes what full decoding writes, of a padded batch what each gives alone", async () => {
  const layers = { encoderLayers: 1, decoderLayers: 2, dimFeedforward: 16 };
  const model = new TranslationTransformer({ vocabulary: 9, width: 8, heads: 2, ...layers });
  // So that the text depends on all that was read and written.
  for (const p of Object.values(model.parameters())) if (p.rank > 1) p.assign(p.mul(3));
  const sources = [
    [3, 5, 4, 8],
    [7, 6],
    [4, 4, 3],
  ];
  const ids = i32(sources.map((row) => [...row, 5, 5, 5].slice(0, 4)));
  const lengths = tensor(Int32Array.from(sources, (row) => row.length));
  const options = { lengths, maxLength: 7 };
  const written = await model.translate(ids, options);
  expect(await model.translate(ids, { ...options, cached: false })).toEqual(written);
  expect(new Set(written.map(String)).size).toBe(3);
  for (const [i, source] of sources.entries()) {
    expect(await model.translate(i32([source]), { maxLength: 7 })).toEqual([written[i]]);
  }
  // A row ends at its end, and what is left of it, if there is an end, is shorter.
  const end = written[0]![3]!;
  const ending = new TranslationTransformer({ vocabulary: 9, width: 8, heads: 2, end, ...layers });
  ending.loadStateDict(model.stateDict());
  const [first] = await ending.translate(i32([sources[0]!]), { maxLength: 7 });
  expect(first).toEqual(written[0]!.slice(0, written[0]!.indexOf(end)));
  expect(model.training).toBe(true);
});

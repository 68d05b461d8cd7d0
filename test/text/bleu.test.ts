// BLEU on the examples of its paper, and its corner cases.

import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/ir/errors.ts";
import { bleu } from "../../src/text/index.ts";

const split = (text: string): string[] => text.toLowerCase().match(/[\w']+/g) ?? [];

describe("BLEU", () => {
  test("a run counts as often as in one reference, no more", () => {
    const references = ["The cat is on the mat", "There is a cat on the mat"].map(split);
    const { precisions } = bleu([split("the the the the the the the")], [references], { order: 2 });
    expect(precisions).toEqual([2 / 7, 0]);
  });

  test("the two candidates of the paper", () => {
    const references = [
      "It is a guide to action that ensures that the military will forever heed Party commands",
      "It is the guiding principle which guarantees the military forces always being under the command of the Party",
      "It is the practical guide for the army always to heed the directions of the party",
    ].map(split);
    const good =
      "It is a guide to action which ensures that the military always obeys the commands of the party";
    const bad =
      "It is to insure the troops forever hearing the activity guidebook that party direct";
    expect(bleu([split(good)], [references]).precisions.slice(0, 2)).toEqual([17 / 18, 10 / 17]);
    expect(bleu([split(bad)], [references]).precisions.slice(0, 2)).toEqual([8 / 14, 1 / 13]);
    // (17/18 · 10/17 · 7/16 · 4/15)^(1/4), as long as a reference.
    expect(bleu([split(good)], [references]).score).toBeCloseTo(50.4566684, 6);
  });

  test("of a corpus, counts are added before they are divided; short ones are punished", () => {
    const references = [[split("a b c d e f")], [split("g h i j")]];
    const { score, brevityPenalty, precisions } = bleu(
      [split("a b c d e"), split("g h i j")],
      references,
    );
    expect(precisions).toEqual([1, 1, 1, 1]);
    expect(brevityPenalty).toBeCloseTo(Math.exp(1 - 10 / 9), 12);
    expect(score).toBeCloseTo(100 * brevityPenalty, 10);
  });

  test("no run of four gives 0, unless smoothed", () => {
    const [candidate, reference] = [split("a b c x e"), split("a b c d e")];
    expect(bleu([candidate], [[reference]]).score).toBe(0);
    const smooth = bleu([candidate], [[reference]], { smoothing: 1 });
    expect(smooth.precisions).toEqual([4 / 5, 3 / 5, 2 / 4, 1 / 3]);
    expect(bleu([[]], [[reference]]).score).toBe(0);
  });

  test("references are to be there", () => {
    expect(() => bleu([["a"]], [])).toThrow(ArgumentError);
    expect(() => bleu([["a"]], [[]])).toThrow(/none empty/);
  });
});

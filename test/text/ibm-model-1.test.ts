// IBM Model 1 on the example that everyone uses.

import { describe, expect, test } from "vitest";
import { IBMModel1, type SentencePair } from "../../src/text/index.ts";

const pairs: SentencePair[] = [
  ["the house", "das Haus"],
  ["the book", "das Buch"],
  ["a book", "ein Buch"],
].map(([e, f]) => [e!.split(" "), f!.split(" ")]);

describe("MN-13 IBM Model 1", () => {
  test("the first rounds are those of the worked example", () => {
    const one = new IBMModel1(pairs, { iterations: 1, nullWord: false });
    expect(one.probability("das", "the")).toBeCloseTo(1 / 2, 12);
    expect(one.probability("Haus", "the")).toBeCloseTo(1 / 4, 12);
    expect(one.probability("Buch", "book")).toBeCloseTo(1 / 2, 12);
    const two = new IBMModel1(pairs, { iterations: 2, nullWord: false });
    expect(two.probability("das", "the")).toBeCloseTo(7 / 11, 12);
    expect(two.probability("Haus", "house")).toBeCloseTo(4 / 7, 12);
  });

  test("converges to das Haus, the house", () => {
    const model = new IBMModel1(pairs, { iterations: 100, nullWord: false });
    expect(model.probability("das", "the")).toBeGreaterThan(0.99);
    expect(model.probability("Haus", "house")).toBeGreaterThan(0.99);
    expect(["the", "house", "book", "a"].map((e) => model.translate(e))).toEqual([
      "das",
      "Haus",
      "Buch",
      "ein",
    ]);
    expect(
      model.align([
        ["house", "the"],
        ["das", "Haus"],
      ]),
    ).toEqual([1, 0]);
    expect(model.translate("cat")).toBeUndefined();
  });

  test("a word that stands in every target comes from nothing", () => {
    const chatty: SentencePair[] = pairs.map(([e, f]) => [e, ["ja", ...f]]);
    const model = new IBMModel1(chatty, { iterations: 100 });
    expect(model.probability("ja")).toBeGreaterThan(0.9);
    expect(
      model.align([
        ["the", "house"],
        ["ja", "das", "Haus"],
      ]),
    ).toEqual([-1, 0, 1]);
    // Without a null word it must come from something.
    const forced = new IBMModel1(chatty, { iterations: 100, nullWord: false });
    expect(forced.align([["house"], ["ja"]])).toEqual([0]);
  });

  test.each([true, false])("the likelihood never falls (null word: %s)", (nullWord) => {
    const { logLikelihoods } = new IBMModel1(pairs, { iterations: 30, nullWord });
    expect(logLikelihoods).toHaveLength(31);
    for (let i = 1; i < logLikelihoods.length; i++) {
      expect(logLikelihoods[i]!).toBeGreaterThanOrEqual(logLikelihoods[i - 1]! - 1e-12);
    }
  });

  test("each word's translations are a distribution", () => {
    const model = new IBMModel1(pairs, { iterations: 5 });
    for (const e of ["the", "house", undefined]) {
      const sum = ["das", "Haus", "Buch", "ein"].reduce((p, f) => p + model.probability(f, e), 0);
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  test("nothing to learn from is told", () => {
    expect(() => new IBMModel1([])).toThrow(RangeError);
    expect(() => new IBMModel1([[[], ["das"]]], { nullWord: false })).toThrow(/without words/);
  });
});

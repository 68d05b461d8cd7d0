// Words and their numbers.

import { expect, test } from "vitest";
import { DataError } from "../../src/ir/errors.ts";
import { splitWords, Vocabulary } from "../../src/text/index.ts";

const sentences = [
  ["the", "dog", "ran"],
  ["the", "cat"],
  ["a", "dog", "and", "the", "cat"],
];

test("specials first, then by frequency, of equals the first seen", () => {
  const vocabulary = Vocabulary.of(sentences, { specials: ["<pad>", "<unk>"], unknown: "<unk>" });
  expect(vocabulary.words).toEqual(["<pad>", "<unk>", "the", "dog", "cat", "ran", "a", "and"]);
  expect(vocabulary.encode(["the", "mouse"])).toEqual([2, 1]);
  expect(vocabulary.decode([3, 0])).toEqual(["dog", "<pad>"]);
  expect(vocabulary.has("mouse")).toBe(false);
});

test("a smaller one is the beginning of a larger one; rare words are left out", () => {
  const words = Vocabulary.of(sentences).words;
  expect(Vocabulary.of(sentences, { size: 3 }).words).toEqual(words.slice(0, 3));
  expect(Vocabulary.of(sentences, { minCount: 2 }).words).toEqual(["the", "dog", "cat"]);
});

test("what is not there is told", () => {
  const vocabulary = Vocabulary.of(sentences);
  expect(() => vocabulary.encode(["mouse"])).toThrow(/"mouse" is not one of 6 words/);
  expect(() => vocabulary.decode([6])).toThrow(DataError);
  expect(() => new Vocabulary(["a", "a"])).toThrow(/twice/);
  expect(() => new Vocabulary(["a"], { unknown: "?" })).toThrow(RangeError);
});

test("texts are split into words, numbers and marks", () => {
  expect(splitWords("Well-known: it's 42 °C, naïve…")).toEqual([
    ...["well-known", ":", "it's", "42", "°", "c", ",", "naïve", "…"],
  ]);
  expect(splitWords("  ")).toEqual([]);
});

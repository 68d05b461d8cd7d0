// n-gram models: distributions that sum to 1, the worked example of the notes, smoothing, back-off.

import { describe, expect, test } from "vitest";
import {
  BackoffModel,
  type LanguageModel,
  NGramModel,
  perplexity,
  tableSize,
} from "../../src/text/index.ts";

const split = (text: string): string[] => text.split(" ");
const corpus = ["a b a c a b", "b a b a", "c c a b c", "a b"].map(split);

/** All sequences of a length. */
function* sequences(words: readonly string[], length: number): Generator<string[]> {
  if (length === 0) yield [];
  else
    for (const rest of sequences(words, length - 1))
      for (const word of words) yield [...rest, word];
}

/** Each context of up to n − 1 words, seen and unseen, has a distribution. */
function expectRowsOfOne(model: LanguageModel): void {
  for (let size = 0; size < model.order; size++) {
    for (const context of sequences([...model.words, "never"], size)) {
      const row = model.words.map((word) => model.probability(word, context));
      expect(row.every((p) => p >= 0)).toBe(true);
      expect(
        row.reduce((sum, p) => sum + p, 0),
        context.join(" "),
      ).toBeCloseTo(1, 12);
    }
  }
}

test("NL-01 the conditional is a ratio of counts, and its rows sum to 1", () => {
  const model = new NGramModel(corpus, { order: 3 });
  expect(model.probability("c", ["b", "a"])).toBe(1 / 2);
  expect(model.probability("b", ["c", "c", "b", "a"])).toBe(1 / 2);
  // Six a are followed by something, five of them by b; the a at the end of a sentence does not count.
  expect(new NGramModel(corpus, { order: 2 }).probability("b", ["a"])).toBe(5 / 6);
  for (const order of [1, 2, 3]) expectRowsOfOne(new NGramModel(corpus, { order }));
});

test("NL-02 the probabilities of all sequences of one length sum to 1", () => {
  for (const options of [{ order: 3 }, { order: 3, smoothing: 0.5 }, { order: 2 }, { order: 1 }]) {
    const model = new NGramModel(corpus, options);
    for (const length of [1, 2, 4, 5]) {
      let sum = 0;
      for (const sequence of sequences(model.words, length))
        sum += model.sequenceProbability(sequence);
      expect(sum).toBeCloseTo(1, 12);
    }
  }
});

test("NL-03 THE DOG RAN AWAY: the ratio agrees with the conditional form if P2 is P3's marginal", () => {
  const sentences = [
    "THE DOG RAN AWAY",
    "THE DOG RAN AWAY",
    "A DOG RAN AWAY",
    "A DOG RAN HOME",
  ].map(split);
  const model = new NGramModel(sentences, { order: 3 });
  const [first, second] = [split("THE DOG RAN"), split("DOG RAN AWAY")];
  expect(model.joint(first)).toBe(2 / 8);
  expect(model.probability("AWAY", ["DOG", "RAN"])).toBe(3 / 4);
  expect(model.sequenceProbability(split("THE DOG RAN AWAY"))).toBe(0.1875);
  const product = model.joint(first) * model.joint(second);
  expect(model.joint(["DOG", "RAN"])).toBe(4 / 8);
  expect(product / model.joint(["DOG", "RAN"])).toBe(0.1875);
  expect(model.frequency(["DOG", "RAN"])).toBe(4 / 12);
  expect(product / model.frequency(["DOG", "RAN"])).toBeCloseTo(0.28125, 15);
});

test("NL-04 smoothing leaves no zero, and rows still sum to 1", () => {
  const words = ["a", "b", "c", "d"];
  const plain = new NGramModel(corpus, { order: 2, words });
  const model = new NGramModel(corpus, { order: 2, smoothing: 0.1, words });
  expectRowsOfOne(model);
  for (const [word, context] of sequences(words, 2) as Iterable<[string, string]>) {
    expect(model.probability(word, [context])).toBeGreaterThan(0);
  }
  expect(plain.probability("d", ["a"])).toBe(0);
  expect(model.probability("d", ["a"])).toBeCloseTo(0.1 / 6.4, 15);
  // What the unseen gained, the seen lost.
  expect(model.probability("b", ["a"])).toBeLessThan(plain.probability("b", ["a"]));
  expect(perplexity(plain, [["a", "d"]])).toBe(Infinity);
  expect(perplexity(model, [["a", "d"]])).toBeLessThan(100);
});

describe("NL-05 back-off", () => {
  const words = ["a", "b", "c", "d"];
  const model = new BackoffModel(corpus, { order: 3, words });

  test("an unseen context falls back to a shorter one", () => {
    const bigram = new BackoffModel(corpus, { order: 2, words });
    for (const word of words) {
      expect(model.probability(word, ["d", "a"])).toBe(bigram.probability(word, ["a"]));
      expect(model.probability(word, ["d", "d"])).toBe(bigram.probability(word, []));
    }
  });

  test("rows sum to 1 and none is 0", () => {
    expectRowsOfOne(model);
    // Without further words some contexts were followed by every word there is.
    for (const order of [1, 2, 3]) expectRowsOfOne(new BackoffModel(corpus, { order }));
    expect(new BackoffModel(corpus, { order: 1 }).probability("a")).toBe(7 / 17);
    for (const context of sequences(words, 2)) {
      for (const word of words) expect(model.probability(word, context)).toBeGreaterThan(0);
    }
  });

  test("what was seen is discounted; the rest is shared as the shorter context says", () => {
    // a is followed by b five times and by c once.
    const bigram = new BackoffModel(corpus, { order: 2, words, discount: 0.5 });
    expect(bigram.probability("b", ["a"])).toBe(4.5 / 6);
    expect(bigram.probability("c", ["a"])).toBe(0.5 / 6);
    const [a, d] = ["a", "d"].map((word) => bigram.probability(word, ["a"])) as [number, number];
    const [p, q] = ["a", "d"].map((word) => bigram.probability(word, [])) as [number, number];
    expect(a + d).toBeCloseTo(1 / 6, 12);
    expect(a / d).toBeCloseTo(p / q, 12);
  });

  test("a rare context is not trusted", () => {
    const wary = new BackoffModel(corpus, { order: 3, words, minCount: 3 });
    expect(wary.probability("c", ["c", "a"])).toBe(wary.probability("c", ["a"]));
    // c is followed three times, by a twice: often enough for 3, too rarely for 4.
    const trusting = (minCount: number) => new BackoffModel(corpus, { order: 2, minCount });
    expect(trusting(3).probability("a", ["c"])).toBe(1.5 / 3);
    expect(trusting(4).probability("a", ["c"])).toBe(trusting(4).probability("a"));
    expectRowsOfOne(wary);
  });
});

test("NL-04 NL-05 a word that a model does not know has probability 0", () => {
  const models = [
    new NGramModel(corpus, { order: 2 }),
    new NGramModel(corpus, { order: 2, smoothing: 0.5 }),
    new BackoffModel(corpus, { order: 2 }),
    new BackoffModel(corpus, { order: 2, words: ["d"] }),
  ];
  for (const model of models) {
    for (const context of [[], ["a"], ["zebra"]])
      expect(model.probability("zebra", context)).toBe(0);
  }
  expect(models.slice(0, 2).map((model) => (model as NGramModel).joint(["a", "zebra"]))).toEqual([
    0, 0,
  ]);
});

test("NL-06 the table of all n-grams outgrows everything", () => {
  expect(tableSize(100_000, 100)).toBe(500);
  expect(tableSize(10, 3)).toBe(3);
});

test("bad input is told", () => {
  expect(() => new NGramModel(corpus, { order: 0 })).toThrow(RangeError);
  expect(() => new NGramModel(corpus, { smoothing: -1 })).toThrow(/smoothing/);
  expect(() => new NGramModel(corpus, { order: 2 }).joint(["a", "b", "c"])).toThrow(/at most 2/);
  expect(() => new BackoffModel(corpus, { discount: 1 })).toThrow(/discount/);
});

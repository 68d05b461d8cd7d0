// A neural language model learns which words stand for each other.

import { beforeEach, expect, test } from "vitest";
import { NeuralLanguageModel } from "../../src/models/index.ts";
import { crossEntropy } from "../../src/nn/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { NGramModel, perplexity, WordVectors } from "../../src/text/index.ts";
import { trainer } from "./trainer.ts";

beforeEach(() => {
  seed(1);
});

const i32 = (rows: number[][]): Tensor => tensor(rows, { dtype: "i32" });

test("NL-07 interchangeable words come close, and unseen combinations are expected", async () => {
  const animals = ["dog", "cat", "horse", "cow"];
  const foods = ["bread", "corn", "grass", "fish"];
  const sentences: string[][] = [];
  const held: string[][] = [];
  for (const [i, animal] of animals.entries()) {
    for (const [j, food] of foods.entries()) {
      for (const verb of ["eats", "likes"]) {
        const sentence = ["the", animal, verb, "the", food, "."];
        // Each pair of animal and food is held out with one of them.
        ((i + j) % 4 === 0 ? held : sentences).push(sentence);
      }
    }
    sentences.push(["a", animal, "sleeps", "."]);
  }
  for (const food of foods) sentences.push(["the", food, "is", "good", "."]);
  const list = [...new Set(sentences.flat())];
  const context = 4;
  const numbersOf = (words: readonly string[]): number[] =>
    words.map((word) => list.indexOf(word) + 1);
  const windows = (texts: string[][]) =>
    texts.flatMap((text) => {
      const padded = [...new Array<number>(context).fill(0), ...numbersOf(text)];
      return text.map((_, t) => ({
        before: padded.slice(t, t + context),
        next: padded[t + context]!,
      }));
    });
  const tensors = (texts: string[][]) => {
    const all = windows(texts);
    return {
      before: i32(all.map(({ before }) => before)),
      next: tensor(
        all.map(({ next }) => next),
        { dtype: "i32" },
      ),
    };
  };
  const model = new NeuralLanguageModel({
    vocabulary: list.length + 1,
    context,
    width: 6,
    hidden: 16,
    direct: false,
  });
  const data = tensors(sentences);
  const learn = trainer(
    model,
    ({ before, next }: typeof data) => crossEntropy(model.forward(before), next),
    1e-2,
  );
  for (let i = 0; i < 250; i++) await learn(data);
  // Words that were used alike are nearer to each other than to others.
  const vectors = new WordVectors(list, model.features.weight.at("1:"));
  const mean = async (one: string[], other: string[]): Promise<number> => {
    const pairs = one.flatMap((a) => other.filter((b) => b !== a).map((b) => [a, b] as const));
    const all = await Promise.all(pairs.map(([a, b]) => vectors.similarity(a, b)));
    return all.reduce((sum, x) => sum + x, 0) / all.length;
  };
  const within = (await mean(animals, animals)) + (await mean(foods, foods));
  expect(within / 2).toBeGreaterThan((await mean(animals, foods)) + 0.2);
  // Words predicted from the words before, in sentences that were never seen.
  const unseen = tensors(held);
  const neural = Math.exp(await crossEntropy(model.forward(unseen.before), unseen.next).item());
  const counted = [0.01, 0.1, 1].map((smoothing) =>
    perplexity(new NGramModel(sentences, { order: 5, smoothing }), held),
  );
  expect(neural).toBeLessThan(Math.min(...counted));
});

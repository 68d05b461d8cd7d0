// ELMo: vectors of words in their context, of any word.

import { beforeEach, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/ir/errors.ts";
import { characterIds, ELMo, LayerMix } from "../../src/models/index.ts";
import { paddingMask } from "../../src/nn/index.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { expectClose } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";

const size = {
  vocabulary: 6,
  characterWidth: 3,
  filters: [
    [1, 4],
    [3, 4],
  ],
  width: 5,
  dtype: "f64",
} as const;

beforeEach(() => {
  setDefaultDevice("reference");
  seed(8);
});

const vectors = (model: ELMo, mix: LayerMix, sentence: string[]) =>
  mix.forward(model.forward(characterIds([sentence], 12))).at(0);

test("TR-05 the same word has different vectors in two contexts, though one without", () => {
  const [model, mix] = [new ELMo(size), new LayerMix(3, { dtype: "f64" })];
  const [river, money] = [
    ["the", "river", "bank"],
    ["the", "money", "bank"],
  ];
  const [a, b] = [river, money].map((sentence) => vectors(model, mix, sentence));
  expect(a!.shape).toEqual([3, 10]);
  expect(a!.at(2).arraySync()).not.toEqual(b!.at(2).arraySync());
  // What comes after counts as well.
  expect(a!.at(0).arraySync()).not.toEqual(b!.at(0).arraySync());
  const alone = [river, money].map((sentence) =>
    model.words(characterIds([sentence], 12)).at(0, 2),
  );
  expect(alone[0]!.arraySync()).toEqual(alone[1]!.arraySync());
});

test("TR-05 no word is unknown: any string gets a vector of its own", () => {
  const [model, mix] = [new ELMo(size), new LayerMix(3, { dtype: "f64" })];
  const y = vectors(model, mix, ["jabberwocky", "日本"]);
  expect(y.isFinite().all().itemSync()).toBe(1);
  expect(y.at(0).arraySync()).not.toEqual(y.at(1).arraySync());
  // However far it is padded, it is the same word; shorter than the longest filter too.
  const words = [4, 8, 12].map((to) => model.words(characterIds([["ab"]], to)));
  expect(words[0]!.shape).toEqual([1, 1, 5]);
  for (const other of words) expect(other.dataSync()).toEqual(words[0]!.dataSync());
  const wide = new ELMo({ ...size, filters: [[7, 3]] });
  expectClose(
    wide.words(characterIds([["ab"]], 4)).dataSync(),
    wide.words(characterIds([["ab"]], 20)).dataSync(),
    1e-15,
  );
});

test("TR-05 the weights of the layers are ≥ 0 and sum to 1, and a task trains them", () => {
  const mix = new LayerMix(3, { dtype: "f64" });
  mix.scores.assign(tensor([1, -2, 0.5], { dtype: "f64" }));
  const weights = mix.weights();
  expect(weights.sum().itemSync()).toBeCloseTo(1, 12);
  expect(weights.amin().itemSync()).toBeGreaterThan(0);
  const layers = new ELMo(size).forward(characterIds([["a", "b"]], 8));
  const expected = layers.mul(weights.reshape([3, 1, 1, 1])).sum({ axis: 0 });
  expectClose(mix.forward(layers).dataSync(), expected.dataSync(), 1e-13);
  const found = gradients(mix.forward(layers).square().sum(), mix);
  expect(found.scores!.abs().sum().itemSync()).toBeGreaterThan(0);
});

test("a word is predicted from one side only; padding does not count", () => {
  const model = new ELMo(size);
  const states = (sentence: string[]) => model.forward(characterIds([sentence], 8)).at(-1, 0);
  const [a, b] = [states(["x", "y", "z"]), states(["x", "y", "w"])];
  expect(a.at(":2", ":5").arraySync()).toEqual(b.at(":2", ":5").arraySync());
  expect(a.at(":2", "5:").arraySync()).not.toEqual(b.at(":2", "5:").arraySync());
  const mask = paddingMask(tensor([2], { dtype: "i32" }), 3);
  // Whatever stands there as a label.
  for (const nothing of [-1, 0, 4]) {
    const labels = tensor([[0, 1, nothing]], { dtype: "i32" });
    const padded = model.languageModelLoss(characterIds([["x", "y", "?"]], 8), labels, mask);
    const alone = model.languageModelLoss(characterIds([["x", "y"]], 8), labels.at(":", ":2"));
    expect(padded.itemSync()).toBeCloseTo(alone.itemSync(), 12);
  }
});

test("what does not fit is told", () => {
  expect(() => characterIds([["a"], ["a", "b"]])).toThrow(ArgumentError);
  expect(() => new ELMo(size).words(zeros([2, 2], { dtype: "i32" }))).toThrow(ShapeError);
});

// Word vectors: read, written, compared, moved into an embedding.

import { beforeEach, describe, expect, test } from "vitest";
import { DataError } from "../../src/ir/errors.ts";
import { tensor } from "../../src/tensor/create.ts";
import { WordVectors } from "../../src/text/index.ts";
import { setDefaultDevice } from "../support/devices.ts";

// Two directions: royal, and female.
const file = `6 3
man 0.1 0 1
woman 0.1 1 0
king 1 0 1
queen 1 1 0
prince 0.9 0.1 1.1
apple -0.8 0.5 0.5
`;

describe("MN-15 pre-trained word vectors", () => {
  beforeEach(() => setDefaultDevice("reference"));

  test("are read, with and without the line of counts, and written as they were", async () => {
    const vectors = WordVectors.parse(file);
    expect(vectors.vocabulary.words).toEqual(["man", "woman", "king", "queen", "prince", "apple"]);
    expect(vectors.vectors.shape).toEqual([6, 3]);
    const again = WordVectors.parse(await vectors.format());
    expect(await again.vectors.array()).toEqual(await vectors.vectors.array());
    const bare = WordVectors.parse(file.slice(4).replaceAll("\n", "\r\n"));
    expect(await bare.vectors.array()).toEqual(await vectors.vectors.array());
  });

  test("similarity is the cosine", async () => {
    const vectors = WordVectors.parse(file);
    const cosine = (0.1 * 1 + 1) / (Math.hypot(0.1, 1) * Math.hypot(1, 1));
    expect(await vectors.similarity("man", "king")).toBeCloseTo(cosine, 6);
    expect(await vectors.similarity("king", "king")).toBeCloseTo(1, 6);
    expect(await vectors.similarity("king", "prince")).toBeGreaterThan(
      await vectors.similarity("king", "apple"),
    );
  });

  test("neighbours come nearest first, without the word itself", async () => {
    const near = await WordVectors.parse(file).nearest("king", { count: 3 });
    expect(near.map(({ word }) => word)).toEqual(["prince", "man", "queen"]);
    expect(near[0]!.similarity).toBeGreaterThan(near[1]!.similarity);
  });

  test("man is to king as woman is to queen", async () => {
    const [first] = await WordVectors.parse(file).analogy("man", "king", "woman", { count: 1 });
    expect(first!.word).toBe("queen");
    // b + c alone, without a taken away, would be another.
    const crowd = WordVectors.parse(`${file.slice(4)}person 0.8 1 0.7\n`);
    expect((await crowd.analogy("man", "king", "woman", { count: 1 }))[0]!.word).toBe("queen");
  });

  test("an embedding starts from them, frozen or not", async () => {
    const vectors = WordVectors.parse(file);
    const embedding = vectors.embedding({ frozen: true });
    const ids = tensor(vectors.vocabulary.encode(["queen"]), { dtype: "i32" });
    expect(await embedding.forward(ids).array()).toEqual([[1, 1, 0]]);
    expect(embedding.weight.requiresGrad).toBe(false);
    expect(vectors.embedding().weight.requiresGrad).toBe(true);
  });

  test("a line that does not fit is told by its number", () => {
    expect(() => WordVectors.parse("a 1 2\nb 1\n")).toThrow(/line 2 must be a word and 2 numbers/);
    expect(() => WordVectors.parse("a 1 2\nb 1 x\n")).toThrow(DataError);
    expect(() => new WordVectors(["a"], tensor([[1], [2]]))).toThrow(/1 words/);
    expect(() => WordVectors.parse(file).vocabulary.number("pear")).toThrow(/pear/);
  });
});

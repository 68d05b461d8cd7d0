// What the results are trained with, on small settings: each learns something in a moment. On
// WebAssembly, where nothing waits for a C compiler.

import { beforeEach, describe, expect, test } from "vitest";
import { Adder, drawAdding, trainAdder } from "../../src/cli/results/adding.ts";
import { trainCharacters } from "../../src/cli/results/nanogpt.ts";
import { trainDepth } from "../../src/cli/results/resnet.ts";
import { agreement, trainTranslator, wordPairs } from "../../src/cli/results/translate.ts";
import { rand, randint, seed } from "../../src/index.ts";
import * as nn from "../../src/nn/index.ts";
import { IBMModel1 } from "../../src/text/index.ts";
import { setDefaultDevice } from "../support/devices.ts";

const quiet = (): void => {};

describe("on WebAssembly", () => {
  beforeEach(() => setDefaultDevice("wasm"));

  test("characters in a fixed order are foretold", async () => {
    const texts = { train: "abcd".repeat(60), validation: "abcd".repeat(12) };
    const size = { layers: 1, heads: 2, width: 16, context: 8 };
    const options = { size, batch: 8, steps: 60, warmUp: 5, lr: 1e-2 };
    const loss = await trainCharacters(texts, options, { seed: 1, say: quiet });
    expect(loss).toBeGreaterThan(0);
    expect(loss).toBeLessThan(0.5 * Math.log(4));
  });

  test("a short adding problem is solved", async () => {
    const setup = { time: 4, hidden: 8, updates: 150, batch: 32 };
    expect(await trainAdder(() => new Adder(new nn.LSTM(2, 8)), setup, 3e-2)).toBeLessThan(0.05);
  });

  test("nets of both kinds are trained on pictures, and tested", async () => {
    seed(3);
    const pictures = {
      images: rand([20, 3, 32, 32]).mul(255).cast("u8").keep(),
      labels: randint([20], { high: 10, dtype: "u8" }).keep(),
    };
    for (const residual of [false, true]) {
      const found = await trainDepth(
        { train: pictures, test: pictures },
        { depth: 8, residual },
        { width: 2, batch: 10, epochs: 2, lr: 0.02 },
      );
      expect(found.loss).toBeGreaterThan(1);
      expect(found.loss).toBeLessThan(4);
      expect(found.accuracy).toBeGreaterThanOrEqual(0);
      expect(found.accuracy).toBeLessThanOrEqual(1);
    }
  });

  test("a few sentences are translated, greedily and with beams", async () => {
    const sentences = [
      { german: "Ein Hund rennt.", english: "A dog runs." },
      { german: "Ein Mann schläft.", english: "A man sleeps." },
      { german: "Ein Hund schläft.", english: "A dog sleeps." },
      { german: "Ein Mann rennt.", english: "A man runs." },
    ];
    const pairs = wordPairs(sentences);
    const translator = await trainTranslator(
      pairs,
      { longest: 8, minCount: 1, width: 8, hidden: 16, batch: 2, epochs: 30, lr: 2e-2 },
      quiet,
    );
    const sources = pairs.map(({ source }) => source);
    const targets = pairs.map(({ target }) => target);
    expect(await translator.translate(sources, 1)).toEqual(targets);
    expect(await translator.translate(sources, 3)).toEqual(targets);
    const looks = await translator.looks(pairs);
    expect(looks.map((places) => places.length)).toEqual([4, 4, 4, 4]);
    for (const place of looks.flat()) expect([0, 1, 2, 3]).toContain(place);
  });
});

test("of a hundred numbers two are marked, one in either half, and their sum is asked for", () => {
  setDefaultDevice("reference");
  const { x, y } = drawAdding(6, 5);
  const steps = x.arraySync() as number[][][];
  const sums = y.arraySync() as number[][];
  for (let row = 0; row < 5; row++) {
    const marked = steps.map((step, t) => [t, step[row]!] as const).filter(([, [, mark]]) => mark);
    expect(marked.map(([t]) => t < 3)).toEqual([true, false]);
    const sum = marked.reduce((total, [, [value]]) => total + value!, 0);
    expect(sums[row]![0]).toBeCloseTo(sum, 5);
  }
});

test("sentences are chosen by their German words, marks not counted", () => {
  const some = [
    { german: "Ein Hund, der rennt.", english: "A running dog." },
    { german: "Hunde!", english: "Dogs!" },
  ];
  expect(wordPairs(some, 4)).toHaveLength(2);
  expect(wordPairs(some, 3)).toEqual([{ source: ["hunde", "!"], target: ["dogs", "!"] }]);
});

test("agreement is counted where the aligner names a place", () => {
  const pairs = [{ source: ["das", "haus"], target: ["house", "the"] }];
  const aligner = new IBMModel1(
    [
      [
        ["das", "haus"],
        ["the", "house"],
      ],
      [
        ["das", "buch"],
        ["the", "book"],
      ],
      [
        ["ein", "haus"],
        ["a", "house"],
      ],
    ],
    { nullWord: false },
  );
  expect(agreement(pairs, [[1, 0]], aligner)).toEqual({ attention: 1, diagonal: 0, chance: 0.5 });
  expect(agreement(pairs, [[1, 1]], aligner)).toEqual({ attention: 0.5, diagonal: 0, chance: 0.5 });
});

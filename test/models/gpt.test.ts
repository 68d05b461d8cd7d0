// GPT: causality, the sizes of GPT-2, and decoding with caches against the naive form.

import { beforeEach, describe, expect, test } from "vitest";
import { DataError, ShapeError } from "../../src/ir/errors.ts";
import { GPT } from "../../src/models/index.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { setDefaultDevice } from "../support/devices.ts";

const size = { vocabulary: 11, context: 10, width: 8, heads: 2, layers: 2, dropout: 0 };
const count = (model: GPT): number =>
  Object.values(model.parameters()).reduce((sum, p) => sum + p.size, 0);

beforeEach(() => {
  setDefaultDevice("reference");
  seed(4);
});

test("TR-07 a place does not see what comes after it", () => {
  const model = new GPT(size);
  const ids = [3, 1, 4, 1, 5, 9];
  const logits = model.forward(tensor([ids], { dtype: "i32" }));
  const other = model.forward(tensor([[...ids.slice(0, 4), 2, 6]], { dtype: "i32" }));
  expect(other.at(0, ":4").arraySync()).toEqual(logits.at(0, ":4").arraySync());
  expect(other.at(0, "4:").arraySync()).not.toEqual(logits.at(0, "4:").arraySync());
});

describe("decoding", () => {
  test("caches give the logits of the whole context, bit for bit", () => {
    const model = new GPT({ ...size, dtype: "f64" }).eval();
    const ids = tensor(
      [
        [3, 1, 4, 1, 5],
        [2, 7, 1, 8, 2],
      ],
      { dtype: "i32" },
    );
    const whole = model.forward(ids);
    const caches = model.makeCaches(2);
    for (const [from, to] of [
      [0, 3],
      [3, 4],
      [4, 5],
    ] as const) {
      const position = tensor(from, { dtype: "i32" });
      const part = model.forward(ids.at(":", `${from}:${to}`), { caches, position });
      expect(part.arraySync()).toEqual(whole.at(":", `${from}:${to}`).arraySync());
    }
  });

  test.each([
    ["the likeliest", { temperature: 0 }],
    ["sampled", { temperature: 2, topK: 6, topP: 0.9 }],
  ])("cached and naive write the same, beyond the context too: %s", async (_, sampling) => {
    const model = new GPT(size);
    // So that the text depends on all of the context.
    for (const p of Object.values(model.parameters())) if (p.rank > 1) p.assign(p.mul(20));
    const prompts = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const write = (cached: boolean) => {
      seed(9);
      return model.generate(prompts, { count: 12, cached, ...sampling });
    };
    const text = await write(true);
    expect(text).toEqual(await write(false));
    expect(text.map((row) => row.length)).toEqual([12, 12]);
    expect(model.training).toBe(true);
  });

  test("a row ends at its end", async () => {
    const model = new GPT(size);
    const [free] = await model.generate([[1]], { count: 6, temperature: 0 });
    const end = free![2]!;
    const [text] = await model.generate([[1]], { count: 6, temperature: 0, end });
    expect(text).toEqual(free!.slice(0, free!.indexOf(end) + 1));
  });
});

test("the sizes are GPT-2's, and nanoGPT's with its options", () => {
  expect(count(new GPT())).toBe(124_439_808);
  const nano = new GPT({
    vocabulary: 65,
    context: 64,
    width: 128,
    heads: 4,
    layers: 4,
    bias: false,
  });
  // nanoGPT counts without positions: 0.80 M.
  expect(count(nano) - 64 * 128).toBe(65 * 128 + 4 * (12 * 128 * 128 + 2 * 128) + 128);
  expect(count(new GPT({ ...size, tied: false })) - count(new GPT(size))).toBe(11 * 8);
});

test("matrices start normal, those that end in a sum smaller", () => {
  const model = new GPT({ ...size, width: 32, layers: 8 });
  const std = (name: string): number => model.parameters()[name]!.square().mean().sqrt().itemSync();
  expect(std("blocks.0.linear1.weight")).toBeCloseTo(0.02, 2);
  expect(std("blocks.0.linear2.weight") / (0.02 / 4)).toBeCloseTo(1, 1);
});

test("what does not fit is told", async () => {
  const model = new GPT(size);
  expect(() => model.forward(zeros([1, 11], { dtype: "i32" }))).toThrow(/there are 10 places/);
  expect(() => model.forward(zeros([3], { dtype: "i32" }))).toThrow(ShapeError);
  await expect(model.generate([[1], [1, 2]], { count: 1 })).rejects.toThrow(DataError);
  await expect(model.generate([[]], { count: 1 })).rejects.toThrow(/not empty/);
});

// BERT: masking, and which tokens count.

import { beforeEach, describe, expect, test } from "vitest";
import { ShapeError } from "../../src/ir/errors.ts";
import { BERT, maskTokens } from "../../src/models/index.ts";
import { paddingMask } from "../../src/nn/index.ts";
import { full, tensor, zeros } from "../../src/tensor/create.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { expectClose } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";

const size = {
  vocabulary: 9,
  context: 6,
  width: 8,
  heads: 2,
  layers: 2,
  dropout: 0,
  dtype: "f64",
} as const;

beforeEach(() => {
  setDefaultDevice("reference");
  seed(6);
});

const i32 = (rows: number[][]) => tensor(rows, { dtype: "i32" });

describe("TR-06 pre-training", () => {
  test("only masked positions contribute to the loss", () => {
    const model = new BERT(size);
    const ids = i32([[3, 4, 1, 5, 6]]);
    const labels = i32([[-100, -100, 7, -100, -100]]);
    const loss = model.pretrainingLoss({ ids, labels }).itemSync();
    const logP = model.tokenLogits(model.forward(ids)).logSoftmax();
    expect(loss).toBeCloseTo(-logP.at(0, 2, 7).itemSync(), 12);
    // The read-out of the other places gets no gradient: of states, only the masked row has one.
    const states = model.forward(ids).keep();
    realizeSync(states);
    const masked = model.tokenLogits(states).flatten(0, 1).logSoftmax().at(2, 7).neg();
    const [byStates] = gradients(masked, [states]);
    const rows = byStates!
      .square()
      .sum({ axis: [0, 2] })
      .dataSync();
    expect(Array.from(rows, (x) => Number(x) > 0)).toEqual([false, false, true, false, false]);
  });

  test("both objectives add up", () => {
    const model = new BERT(size);
    const batch = {
      ids: i32([
        [3, 1],
        [4, 1],
      ]),
      labels: i32([
        [-100, 5],
        [-100, 6],
      ]),
    };
    const isRandom = tensor([0, 1], { dtype: "i32" });
    const both = model.pretrainingLoss({ ...batch, isRandom }).itemSync();
    const logits = model.nextSentenceLogits(model.pooled(model.forward(batch.ids))).logSoftmax();
    const next = -(logits.at(0, 0).itemSync() + logits.at(1, 1).itemSync()) / 2;
    expect(both).toBeCloseTo(model.pretrainingLoss(batch).itemSync() + next, 12);
  });

  test("of the chosen tokens 80 % are masked, 10 % replaced, 10 % stay; specials never", () => {
    const n = 20_000;
    const ids = full([1, n], 5, { dtype: "i32" });
    const made = maskTokens(ids, { mask: 1, vocabulary: 105, specials: 2 });
    const [tokens, labels] = [made.ids.keep(), made.labels.keep()];
    realizeSync(tokens, labels);
    const [after, wanted] = [tokens.dataSync(), labels.dataSync()];
    let [chosen, masked, replaced, wrong] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      if (wanted[i] === -100) {
        if (after[i] !== 5) wrong++;
        continue;
      }
      chosen++;
      if (wanted[i] !== 5 || Number(after[i]) < 1) wrong++;
      if (after[i] === 1) masked++;
      else if (after[i] !== 5) replaced++;
    }
    expect(wrong).toBe(0);
    // Within five standard deviations; of those replaced one in 103 draws itself.
    const near = (count: number, all: number, p: number): void =>
      expect(Math.abs(count / all - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / all));
    near(chosen, n, 0.15);
    near(masked, chosen, 0.8);
    near(replaced, chosen, 0.1 * (102 / 103));
    const special = maskTokens(zeros([1, 50], { dtype: "i32" }), {
      mask: 1,
      vocabulary: 9,
      specials: 1,
      rate: 1,
    });
    expect(special.ids.amax().itemSync()).toBe(0);
    expect(() => maskTokens(ids, { mask: 1, vocabulary: 9, rate: 2 })).toThrow(RangeError);
  });
});

test("a place sees those after it, not padding, and its segment", () => {
  const model = new BERT(size);
  const first = (rows: number[][], length?: number, segments?: number[][]) => {
    const lengths = tensor([length ?? 4], { dtype: "i32" });
    const mask = length === undefined ? undefined : paddingMask(lengths, 4);
    const kinds = segments === undefined ? undefined : i32(segments);
    return model.forward(i32(rows), { mask, segments: kinds }).at(0, 0).dataSync();
  };
  const ids = [3, 4, 5, 6];
  expect(first([[3, 4, 5, 7]])).not.toEqual(first([ids]));
  expectClose(first([[3, 4, 5, 7]], 3), first([ids], 3), 1e-14);
  expect(first([ids], 4, [[0, 0, 1, 1]])).not.toEqual(first([ids]));
  expect(() => model.forward(zeros([3], { dtype: "i32" }))).toThrow(ShapeError);
});

test("the sizes are BERT base's", () => {
  const names = Object.entries(new BERT().parameters());
  const size = (of: (name: string) => boolean): number =>
    names.filter(([name]) => of(name)).reduce((sum, [, p]) => sum + p.size, 0);
  const head = (name: string): boolean => /^(?:transform|tokenBias|nextSentence)/.test(name);
  expect(size((name) => !head(name))).toBe(109_482_240);
  expect(size(head)).toBe(768 * 768 + 3 * 768 + 30_522 + 2 * 768 + 2);
});

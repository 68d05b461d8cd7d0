// Sequence to sequence: the objective, what feedback is for, padding, and beams.

import { beforeEach, describe, expect, test } from "vitest";
import { DataError, ShapeError } from "../../src/ir/errors.ts";
import { Seq2Seq } from "../../src/models/index.ts";
import { sequenceNllLoss } from "../../src/nn/index.ts";
import { full, tensor, zeros } from "../../src/tensor/create.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../nn/golden.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { trainer } from "./trainer.ts";

const size = {
  sourceVocabulary: 5,
  targetVocabulary: 4,
  width: 3,
  hidden: 4,
  dtype: "f64",
} as const;
const i32 = (rows: number[][]) => tensor(rows, { dtype: "i32" });

beforeEach(() => {
  setDefaultDevice("reference");
  seed(3);
});

/** All sequences over 4 tokens of a length. */
const all = (length: number): number[][] =>
  length === 0
    ? [[]]
    : all(length - 1).flatMap((row) => [0, 1, 2, 3].map((token) => [...row, token]));

test.each(["additive", "dot", "none"] as const)(
  "SA-01 the probabilities of all targets of a length sum to 1 (attention %s)",
  (attention) => {
    const model = new Seq2Seq({ ...size, attention });
    const targets = all(3);
    const source = i32([[1, 4, 2]]).expand([64, 3]);
    const logs = model.logProbability(source, i32(targets)).dataSync();
    expect(Array.from(logs, Number).every((log) => log < 0)).toBe(true);
    expect(Array.from(logs, Number).reduce((sum, log) => sum + Math.exp(log), 0)).toBeCloseTo(
      1,
      12,
    );
  },
);

test("SA-01 with an end, the sequences up to a length and the unfinished ones sum to 1", () => {
  const model = new Seq2Seq(size);
  const ended = [0, 1, 2].flatMap((length) =>
    all(length)
      .filter((row) => !row.includes(model.end))
      .map((row) => [...row, model.end]),
  );
  const open = all(3).filter((row) => !row.includes(model.end));
  const rows = [...ended, ...open];
  const target = i32(rows.map((row) => [...row, 0, 0].slice(0, 3)));
  const source = i32([[1, 4]]).expand([rows.length, 2]);
  const targetLengths = tensor(Int32Array.from(rows, (row) => row.length));
  const logs = model.logProbability(source, target, { targetLengths }).dataSync();
  expect(Array.from(logs, Number).reduce((sum, log) => sum + Math.exp(log), 0)).toBeCloseTo(1, 12);
});

test("SA-02 without feedback two modes are mixed up, with feedback they are not", async () => {
  setDefaultDevice(devicesHere.includes("wasm") ? "wasm" : "reference");
  const [a, b] = [3, 0];
  const source = full([64, 1], 1, { dtype: "i32" });
  const target = i32(Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? [a, a] : [b, b])));
  const mixed: number[] = [];
  for (const feedback of [false, true]) {
    const options = { ...size, attention: "none", feedback, dtype: "f32" } as const;
    const model = new Seq2Seq(options);
    const learn = trainer(
      model,
      () => sequenceNllLoss(model.forward(source, target), target),
      0.05,
    );
    for (let i = 0; i < 120; i++) await learn({});
    const { tokens } = model.decode(source, target, { feed: "sample" });
    const rows = (await tokens.array()) as number[][];
    mixed.push(rows.filter(([first, second]) => first !== second).length / rows.length);
  }
  // Independent draws differ half of the time.
  expect(mixed[0]).toBeGreaterThan(0.3);
  expect(mixed[1]).toBeLessThan(0.1);
});

test("SA-03 what is fed back can be switched", () => {
  const model = new Seq2Seq({ ...size, hidden: 6 });
  const source = i32([[1, 4, 2]]);
  const target = i32([[3, 3, 0, 2]]);
  const greedy = model.decode(source, target, { feed: "greedy" });
  // Fed with its own choices it says what teacher forcing says of them.
  const tokens = greedy.tokens.keep();
  realizeSync(tokens);
  const forced = model.forward(source, tokens);
  expectClose(greedy.logits.dataSync(), forced.dataSync(), 1e-13);
  expect(model.forward(source, target).dataSync()).not.toEqual(greedy.logits.dataSync());
  expect(() => model.forward(source, target, { feed: "never" as "greedy" })).toThrow(RangeError);
});

describe("padding and decoding", () => {
  const sources = [[1, 4, 2, 3], [2, 1], [4]];
  let padded: Tensor;
  let lengths: Tensor;

  beforeEach(() => {
    padded = i32([
      [1, 4, 2, 3],
      [2, 1, 0, 0],
      [4, 3, 3, 3],
    ]);
    lengths = tensor(Int32Array.from(sources, (row) => row.length));
  });

  test.each(["additive", "dot", "none"] as const)(
    "a padded batch gives what each source gives alone (attention %s)",
    (attention) => {
      const model = new Seq2Seq({ ...size, attention });
      const target = i32([
        [3, 0, 2],
        [1, 1, 2],
        [0, 3, 2],
      ]);
      const together = model.decode(padded, target, { lengths });
      for (const [i, source] of sources.entries()) {
        const alone = model.decode(i32([source]), target.at(`${i}:${i + 1}`));
        expectClose(together.logits.at(i).dataSync(), alone.logits.at(0).dataSync(), 1e-12);
        if (attention === "none") continue;
        const weights = together.weights.at(i);
        expectClose(
          weights.at(":", `:${source.length}`).dataSync(),
          alone.weights.dataSync(),
          1e-12,
        );
        expectClose(weights.sum({ axis: 1 }).dataSync(), [1, 1, 1], 1e-12);
      }
    },
  );

  test("SA-06 SA-07 weights over the source are distributions, in every step", () => {
    const model = new Seq2Seq(size);
    const { weights } = model.decode(padded, zeros([3, 5], { dtype: "i32" }), { lengths });
    expect(weights.shape).toEqual([3, 5, 4]);
    expect(weights.amin().itemSync()).toBeGreaterThanOrEqual(0);
    expectClose(weights.sum({ axis: 2 }).dataSync(), new Array(15).fill(1), 1e-12);
    expect(weights.at(1, ":", "2:").abs().sum().itemSync()).toBe(0);
  });

  test("greedy translation, of a batch and one by one; a full beam finds the likeliest", async () => {
    const model = new Seq2Seq(size);
    const together = await model.translate(sources, { maxLength: 4 });
    for (const [i, source] of sources.entries()) {
      expect(await model.translate([source], { maxLength: 4 })).toEqual([together[i]]);
    }
    const candidates = all(3).filter((row) => !row.includes(model.end));
    const ended = [0, 1, 2].flatMap((n) => all(n).filter((row) => !row.includes(model.end)));
    const logOf = (row: number[]) => model.logProbability(i32([[1, 4]]), i32([row])).itemSync();
    const rows = [...candidates, ...ended.map((row) => [...row, model.end])];
    const best = rows.map(logOf).reduce((most, log, i, logs) => (log > logs[most]! ? i : most), 0);
    const [first] = await model.beams([1, 4], { maxLength: 3, width: 9 });
    expect(first!.logProbability).toBeCloseTo(logOf(rows[best]!), 12);
    const expected = rows[best]!.filter((token) => token !== model.end);
    expect(first!.tokens).toEqual(expected);
    expect(await model.translate([[1, 4]], { maxLength: 3, width: 9 })).toEqual([expected]);
  });

  test("what does not fit is told", async () => {
    const model = new Seq2Seq(size);
    expect(() => model.encode(zeros([3], { dtype: "i32" }))).toThrow(ShapeError);
    expect(() => new Seq2Seq({ ...size, hidden: 5, attention: "dot" })).toThrow(/even/);
    await expect(model.translate([[]])).rejects.toThrow(DataError);
  });
});

// Beam search against all sequences there are.

import { beforeEach, describe, expect, test } from "vitest";
import { beamSearch } from "../../../src/nn/index.ts";
import { compile } from "../../../src/tensor/compile.ts";
import { tensor } from "../../../src/tensor/create.ts";
import { seed } from "../../../src/tensor/generator.ts";
import { randn } from "../../../src/tensor/random.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";
import { setDefaultDevice } from "../../support/devices.ts";

const [tokens, end, maxLength] = [4, 3, 4];

interface Found {
  tokens: number[];
  logProbability: number;
}

/** A model whose logits depend on all tokens so far, through a state; `ending` is added to the end's. */
function makeModel(ending = 0) {
  const mix = randn([5, 5]).mul(1.5).keep();
  const embed = randn([tokens, 5]).keep();
  const read = randn([5, tokens]).mul(1.5).keep();
  const step = (last: Tensor, { h }: { h: Tensor }) => {
    const next = h.matmul(mix).add(embed.take(last)).tanh();
    return { logits: next.matmul(read).add(tensor([0, 0, 0, ending])), state: { h: next } };
  };
  const state = { h: tensor([[0.5, -0.5, 0.25, 0, 1]]) };
  return { step, state };
}

/** All sequences: those that end, and those of the largest length. */
function exhaustive({ step, state }: ReturnType<typeof makeModel>): Found[] {
  const found: Found[] = [];
  const visit = (h: { h: Tensor }, last: number, before: number[], sum: number): void => {
    const next = step(tensor([last], { dtype: "i32" }), h);
    const logs = next.logits.logSoftmax().dataSync();
    for (let token = 0; token < tokens; token++) {
      const logProbability = sum + Number(logs[token]);
      if (token === end) found.push({ tokens: before, logProbability });
      else if (before.length + 1 === maxLength)
        found.push({ tokens: [...before, token], logProbability });
      else visit(next.state, token, [...before, token], logProbability);
    }
  };
  visit(state, 0, [], 0);
  return found;
}

describe("beam search", () => {
  beforeEach(() => {
    setDefaultDevice("reference");
    seed(11);
  });

  test.each([0, 0.7])(
    "with enough beams it is exhaustive search (length penalty %s)",
    async (alpha) => {
      const model = makeModel();
      const all = exhaustive(model).map(({ tokens: row, logProbability }) => {
        const length = row.length + Number(row.length < maxLength);
        return { row, logProbability, length };
      });
      const options = { start: 0, end, maxLength, state: model.state, lengthPenalty: alpha };
      const beams = await beamSearch(model.step, { ...options, width: 3 ** (maxLength - 1) });
      // A sequence of the largest length may have ended or not: the score tells by its own length.
      const best = Math.max(
        ...all.map(({ logProbability, length }) => logProbability / ((5 + length) / 6) ** alpha),
      );
      expect(beams[0]!.score).toBeCloseTo(best, 5);
      const chosen = all.find(({ row }) => `${row}` === `${beams[0]!.tokens}`)!;
      expect(beams[0]!.logProbability).toBeCloseTo(chosen.logProbability, 5);
      for (let i = 1; i < beams.length; i++) {
        expect(beams[i]!.score).toBeLessThanOrEqual(beams[i - 1]!.score);
      }
    },
  );

  test("all hypotheses of a full search are the likeliest sequences, in order", async () => {
    const model = makeModel();
    const all = exhaustive(model).sort((a, b) => b.logProbability - a.logProbability);
    const options = { start: 0, end, maxLength, state: model.state, width: 30 };
    const beams = await beamSearch(model.step, options);
    expect(beams.map((beam) => beam.tokens)).toEqual(all.slice(0, 30).map((found) => found.tokens));
  });

  test("it gives what the naive form gives, which stops nowhere early and has no batch", async () => {
    const [width, most] = [3, 6];
    for (let i = 0; i < 8; i++) {
      const { step, state } = makeModel(i / 4);
      // A large penalty lets long sequences overtake those that ended long before.
      for (const alpha of [0, 4]) {
        const scoreOf = (sum: number, length: number) => sum / ((5 + length) / 6) ** alpha;
        let beams = [{ row: [] as number[], sum: 0, state }];
        const found: { row: number[]; score: number }[] = [];
        for (let length = 1; length <= most; length++) {
          const longer = beams.flatMap(({ row, sum, state: h }) => {
            const next = step(tensor([row.at(-1) ?? 0], { dtype: "i32" }), h);
            const logs = [...next.logits.logSoftmax().dataSync()].map(Number);
            found.push({ row, score: scoreOf(sum + logs[end]!, length) });
            return logs.slice(0, end).map((log, token) => {
              return { row: [...row, token], sum: sum + log, state: next.state };
            });
          });
          beams = longer.sort((a, b) => b.sum - a.sum).slice(0, width);
        }
        for (const { row, sum } of beams) found.push({ row, score: scoreOf(sum, most) });
        found.sort((a, b) => b.score - a.score);
        const options = { start: 0, end, state, width, maxLength: most, lengthPenalty: alpha };
        const hypotheses = await beamSearch(step, options);
        const wanted = found.slice(0, width);
        expect(hypotheses.map((h) => h.tokens)).toEqual(wanted.map(({ row }) => row));
        for (const [k, h] of hypotheses.entries()) {
          expect(h.score).toBeCloseTo(wanted[k]!.score, 5);
        }
      }
    }
  });

  test("one beam is greedy choice, and more are no worse; compiled steps give the same", async () => {
    const model = makeModel();
    const options = { start: 0, end, maxLength, state: model.state };
    const greedy = await beamSearch(model.step, { ...options, width: 1 });
    let [state, last, row] = [model.state, 0, [] as number[]];
    while (row.length < maxLength) {
      const next = model.step(tensor([last], { dtype: "i32" }), state);
      last = next.logits.argMax({ axis: -1 }).itemSync();
      if (last === end) break;
      row = [...row, last];
      state = next.state;
    }
    expect(greedy[0]!.tokens).toEqual(row);
    const wide = await beamSearch(model.step, { ...options, width: 8 });
    expect(wide[0]!.score).toBeGreaterThanOrEqual(greedy[0]!.score);
    const compiled = compile(model.step);
    expect(await beamSearch((t, s) => compiled(t, s), { ...options, width: 8 })).toEqual(wide);
    expect(compiled.traceCount).toBe(1);
  });

  test("widths and lengths below 1 are told", async () => {
    const { step, state } = makeModel();
    await expect(beamSearch(step, { start: 0, maxLength: 2, width: 0, state })).rejects.toThrow(
      RangeError,
    );
    await expect(beamSearch(step, { start: 0, maxLength: 0, state })).rejects.toThrow(/maxLength/);
  });
});

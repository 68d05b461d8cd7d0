// Choosing tokens: the likeliest, by chance, among the likeliest.

import { beforeEach, expect, test } from "vitest";
import { type SamplingOptions, sampleLogits } from "../../../src/nn/index.ts";
import { tensor, zeros } from "../../../src/tensor/create.ts";
import { seed } from "../../../src/tensor/generator.ts";
import { setDefaultDevice } from "../../support/devices.ts";

const probabilities = [0.1, 0.4, 0.2, 0.25, 0.05];
const draws = 4000;

beforeEach(() => {
  setDefaultDevice("reference");
  seed(7);
});

/** How often each token comes. */
function shares(options: SamplingOptions): number[] {
  const logits = tensor(probabilities).log().expand([draws, 5]);
  const tokens = sampleLogits(logits, options);
  expect([tokens.dtype, tokens.shape]).toEqual(["i32", [draws]]);
  return Array.from(tokens.binCount(5).dataSync(), (count) => Number(count) / draws);
}

function expectShares(options: SamplingOptions, expected: readonly number[]): void {
  for (const [i, share] of shares(options).entries()) {
    const p = expected[i]!;
    if (p === 0 || p === 1) expect(share).toBe(p);
    else expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws));
  }
}

test("temperature: 1 as it is, 0 the likeliest, between sharper", () => {
  expectShares({}, probabilities);
  expectShares({ temperature: 0 }, [0, 1, 0, 0, 0]);
  const squares = probabilities.map((p) => p * p);
  const total = squares.reduce((sum, p) => sum + p, 0);
  expectShares(
    { temperature: 0.5 },
    squares.map((p) => p / total),
  );
});

test("topK: among the k likeliest", () => {
  expectShares({ topK: 1 }, [0, 1, 0, 0, 0]);
  expectShares({ topK: 3 }, [0, 0.4 / 0.85, 0.2 / 0.85, 0.25 / 0.85, 0]);
  expectShares({ topK: 9 }, probabilities);
});

test("topP: among the fewest that reach p", () => {
  expectShares({ topP: 0.3 }, [0, 1, 0, 0, 0]);
  expectShares({ topP: 0.6 }, [0, 0.4 / 0.65, 0, 0.25 / 0.65, 0]);
  expectShares({ topP: 0.9 }, [0.1 / 0.95, 0.4 / 0.95, 0.2 / 0.95, 0.25 / 0.95, 0]);
  expectShares({ topK: 2, topP: 0.5 }, [0, 1, 0, 0, 0]);
});

test("options out of range are told", () => {
  const logits = zeros([3]);
  for (const options of [
    { temperature: -1 },
    { topK: 0 },
    { topK: 1.5 },
    { topP: 0 },
    { topP: 2 },
  ]) {
    expect(() => sampleLogits(logits, options)).toThrow(RangeError);
  }
  expect(() => sampleLogits(zeros([]))).toThrow(/last axis of tokens/);
});

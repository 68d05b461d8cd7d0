// Random words and what a model should make of them: the task of the tests of sequence models.

import { tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { padSequences } from "../../src/text/index.ts";

export const i32 = (rows: number[][]): Tensor => tensor(rows, { dtype: "i32" });
export const [start, end, first, letters] = [1, 2, 3, 6];

export interface Pairs {
  source: Tensor;
  lengths: Tensor;
  target: Tensor;
  targetLengths: Tensor;
}

/** Random words of 3 … 6 letters, and what becomes of them. */
export function words(
  draw: (below: number) => number,
  count: number,
  turn: (row: number[]) => number[],
) {
  const sources = Array.from({ length: count }, () =>
    Array.from({ length: 3 + draw(4) }, () => first + draw(letters)),
  );
  const targets = sources.map((row) => [...turn(row), end]);
  const [s, t] = [padSequences(sources, { size: 6 }), padSequences(targets, { size: 7 })];
  const batch: Pairs = {
    source: s.ids,
    lengths: s.lengths,
    target: t.ids,
    targetLengths: t.lengths,
  };
  return { sources, targets, batch };
}

export const reversed = (row: number[]): number[] => [...row].reverse();
export const vocabulary = first + letters;

// The bootstrap: a sample of as many examples, drawn with replacement. About 63 % of them are in it,
// some of them several times.

import { DataError } from "../ir/errors.ts";
import { EpochWords } from "./permutation.ts";

/**
 * Places of a bootstrap sample, for `take`.
 *
 * @param count    how many examples there are
 * @param options  seed; member: another number, another sample. Default 0
 * @returns        [count], each 0 … count − 1, drawn with replacement
 * @source  seeds 000 vi) and 003 §Ensemble methods; Efron 1979, Bootstrap Methods
 * @example
 * bootstrapSample(5, { seed: 1 }).length // 5
 */
export function bootstrapSample(
  count: number,
  { seed, member = 0 }: { seed: number; member?: number },
): Uint32Array {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new DataError(`bootstrapSample: count must be a whole number from 1, not ${count}`);
  }
  const words = new EpochWords(seed, member);
  return Uint32Array.from({ length: count }, () => words.below(count));
}

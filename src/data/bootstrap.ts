// The bootstrap: a sample of as many examples, drawn with replacement. About 63 % of them are in it,
// some of them several times.

import { requireWhole } from "../tensor/requirements.ts";
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
  requireWhole("bootstrapSample", { count }, { from: 1 });
  const words = new EpochWords(seed, member);
  return Uint32Array.from({ length: count }, () => words.below(count));
}

// BLEU: how much of a translation's runs of one to four words stands in a reference, and a penalty
// for being too short. Over a corpus: counts are added up before they are divided.
// Papineni, Roukos, Ward and Zhu 2002, "BLEU: a Method for Automatic Evaluation of Machine Translation".

import { ArgumentError } from "../ir/errors.ts";
import { requireWhole, requireWithin } from "../tensor/requirements.ts";

/** Options of bleu. */
export interface BleuOptions {
  /** The longest runs that count. Default 4 */
  order?: number;
  /** Added to the matches and the number of runs of two words and more. Default 0 */
  smoothing?: number;
}

/** What bleu gives. */
export interface BleuScore {
  /** 0 … 100 */
  readonly score: number;
  /** Of runs of 1, 2, … words: the share that stands in a reference. */
  readonly precisions: readonly number[];
  /** exp(1 − reference length / length) if the translations are shorter, else 1. */
  readonly brevityPenalty: number;
}

/**
 * 100·BP·exp(mean of log precisions).
 *
 * @param candidates  translations, each a list of words
 * @param references  for each, one or more right ones
 * @param options     order, smoothing
 * @throws ArgumentError  there are not as many references as candidates, or none
 * @example
 * const right = ["the", "dog", "ran", "away"];
 * bleu([right], [[right]]).score; // 100
 */
export function bleu(
  candidates: readonly (readonly string[])[],
  references: readonly (readonly (readonly string[])[])[],
  { order = 4, smoothing = 0 }: BleuOptions = {},
): BleuScore {
  if (candidates.length !== references.length || references.some((each) => each.length === 0)) {
    throw new ArgumentError(
      `bleu: ${candidates.length} candidates need as many lists of references, none empty; there are ${references.length}`,
    );
  }
  requireWhole("bleu", { order }, { from: 1 });
  requireWithin("bleu", { smoothing }, { from: 0 });
  const matches = new Array<number>(order).fill(0);
  const totals = new Array<number>(order).fill(0);
  let [length, closest] = [0, 0];
  for (const [i, candidate] of candidates.entries()) {
    const right = references[i] as readonly (readonly string[])[];
    length += candidate.length;
    closest += closestLength(candidate.length, right);
    for (let n = 1; n <= order; n++) {
      const allowed = right.map((reference) => runs(reference, n));
      for (const [run, count] of runs(candidate, n)) {
        const most = Math.max(...allowed.map((counts) => counts.get(run) ?? 0));
        matches[n - 1] = (matches[n - 1] as number) + Math.min(count, most);
        totals[n - 1] = (totals[n - 1] as number) + count;
      }
    }
  }
  const precisions = matches.map((match, i) => {
    const added = i === 0 ? 0 : smoothing;
    const total = (totals[i] as number) + added;
    return total === 0 ? 0 : (match + added) / total;
  });
  const brevityPenalty = length === 0 ? 0 : length < closest ? Math.exp(1 - closest / length) : 1;
  const mean = precisions.reduce((sum, p) => sum + Math.log(p), 0) / order;
  return { score: 100 * brevityPenalty * Math.exp(mean), precisions, brevityPenalty };
}

function runs(words: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = n; i <= words.length; i++) {
    const run = words.slice(i - n, i).join("\u0000");
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return counts;
}

/** The length of the reference nearest in length; of two, the shorter. */
function closestLength(length: number, references: readonly (readonly string[])[]): number {
  const lengths = references.map((reference) => reference.length);
  return lengths.reduce((best, each) => {
    const [a, b] = [Math.abs(each - length), Math.abs(best - length)];
    return a < b || (a === b && each < best) ? each : best;
  });
}

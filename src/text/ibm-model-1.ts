// IBM Model 1: which word translates which, learnt from pairs of sentences alone. Every word of the
// target comes from one word of the source, or from none, with equal chances of each place; EM finds
// how likely each translation is.
// Brown, Della Pietra, Della Pietra and Mercer 1993, "The Mathematics of Statistical Machine
// Translation: Parameter Estimation", §4.1.

import { ArgumentError } from "../ir/errors.ts";
import { requireWhole } from "../tensor/requirements.ts";

/** A sentence and its translation, as words. */
export type SentencePair = readonly [source: readonly string[], target: readonly string[]];

/** Options of IBMModel1. */
export interface IBMModel1Options {
  /** Rounds of EM. Default 10 */
  iterations?: number;
  /** Whether a word of the target may come from no word of the source. Default true */
  nullWord?: boolean;
}

/** Stands for no word. */
const none = "";

/**
 * t(f ∣ e), by expectation maximisation.
 *
 * @source  Brown et al. 1993, §4.1; seed 001 §1.8
 * @example
 * const model = new IBMModel1([
 *   [["the", "house"], ["das", "Haus"]],
 *   [["the", "book"], ["das", "Buch"]],
 * ], { nullWord: false });
 * model.translate("house"); // "Haus"
 */
export class IBMModel1 {
  /** Σ log P(target ∣ source) before each round and after the last, up to a constant: never falls. */
  readonly logLikelihoods: readonly number[];
  private readonly nullWord: boolean;
  private table = new Map<string, Map<string, number>>();

  /** @throws ArgumentError  there are no pairs, or a source sentence is empty and there is no null word */
  constructor(pairs: readonly SentencePair[], options: IBMModel1Options = {}) {
    const { iterations = 10, nullWord = true } = options;
    requireWhole("IBMModel1", { iterations }, { from: 0 });
    this.nullWord = nullWord;
    if (pairs.length === 0 || (!nullWord && pairs.some(([source]) => source.length === 0))) {
      throw new ArgumentError(
        "IBMModel1: needs pairs of sentences, none without words in the source",
      );
    }
    const targets = new Set(pairs.flatMap(([, target]) => target));
    for (const [source, target] of pairs) {
      for (const e of this.sources(source)) {
        for (const f of target) add(this.table, e, f, 0).set(f, 1 / targets.size);
      }
    }
    const seen: number[] = [];
    for (let i = 0; i < iterations; i++) seen.push(this.improve(pairs));
    seen.push(this.logLikelihood(pairs));
    this.logLikelihoods = seen;
  }

  /** t(f ∣ e); no source word: where the target word comes from nothing. */
  probability(target: string, source?: string): number {
    return this.table.get(source ?? none)?.get(target) ?? 0;
  }

  /** The likeliest translation of a word, if it was ever seen. */
  translate(source: string): string | undefined {
    let [best, most] = [undefined as string | undefined, 0];
    for (const [f, p] of this.table.get(source) ?? []) if (p > most) [best, most] = [f, p];
    return best;
  }

  /**
   * The likeliest alignment.
   *
   * @returns  for each word of the target the place in the source that it comes from, or −1 for none
   */
  align([source, target]: SentencePair): number[] {
    return target.map((f) => {
      let [at, most] = [-1, this.nullWord ? this.probability(f) : -1];
      for (const [i, e] of source.entries()) {
        const p = this.probability(f, e);
        if (p > most) [at, most] = [i, p];
      }
      return at;
    });
  }

  /** Σ log Σ_e t(f ∣ e) / (number of places e can stand in). */
  logLikelihood(pairs: readonly SentencePair[]): number {
    let sum = 0;
    for (const [source, target] of pairs) {
      const from = this.sources(source);
      for (const f of target) {
        const p = from.reduce((total, e) => total + (this.table.get(e)?.get(f) ?? 0), 0);
        sum += Math.log(p / from.length);
      }
    }
    return sum;
  }

  /** One round of EM. @returns the log-likelihood before it */
  private improve(pairs: readonly SentencePair[]): number {
    const before = this.logLikelihood(pairs);
    const counts = new Map<string, Map<string, number>>();
    for (const [source, target] of pairs) {
      const from = this.sources(source);
      for (const f of target) {
        const chances = from.map((e) => this.table.get(e)?.get(f) ?? 0);
        const total = chances.reduce((sum, p) => sum + p, 0);
        for (const [i, e] of from.entries()) add(counts, e, f, (chances[i] as number) / total);
      }
    }
    for (const row of counts.values()) {
      const total = [...row.values()].reduce((sum, count) => sum + count, 0);
      for (const [f, count] of row) row.set(f, count / total);
    }
    this.table = counts;
    return before;
  }

  private sources(source: readonly string[]): readonly string[] {
    return this.nullWord ? [none, ...source] : source;
  }
}

function add(
  table: Map<string, Map<string, number>>,
  e: string,
  f: string,
  count: number,
): Map<string, number> {
  let row = table.get(e);
  if (row === undefined) {
    row = new Map();
    table.set(e, row);
  }
  return row.set(f, (row.get(f) ?? 0) + count);
}

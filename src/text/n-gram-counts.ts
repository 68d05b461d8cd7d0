// How often n words stand in a row, for n and everything below: what n-gram models are made of.

import { ArgumentError } from "../ir/errors.ts";

/** What followed a context, and how often. */
export interface Continuations {
  total: number;
  readonly words: Map<string, number>;
}

// Words are joined by a mark that no text has, so that contexts are keys of one map.
const keyOf = (words: readonly string[]): string => words.join("\u0000");

/**
 * Counts of all runs of 1 … order words.
 *
 * @example
 * const counts = new NGramCounts([["a", "b", "a"]], 2);
 * counts.of(["a", "b"]); // 1
 */
export class NGramCounts {
  readonly order: number;
  /** All words, in the order of their first use. */
  readonly words: readonly string[];
  /** By the length of the context. */
  private readonly after: readonly Map<string, Continuations>[];

  constructor(sentences: Iterable<readonly string[]>, order: number) {
    if (!(Number.isInteger(order) && order >= 1)) {
      throw new ArgumentError(`n-grams: order must be a whole number from 1, not ${order}`);
    }
    this.order = order;
    const words = new Set<string>();
    const after = Array.from({ length: order }, () => new Map<string, Continuations>());
    for (const sentence of sentences) {
      for (const word of sentence) words.add(word);
      for (let size = 0; size < order; size++) {
        for (let at = size; at < sentence.length; at++) {
          const context = keyOf(sentence.slice(at - size, at));
          note(after[size] as Map<string, Continuations>, context, sentence[at] as string);
        }
      }
    }
    this.words = [...words];
    this.after = after;
  }

  /** What followed a context of fewer than `order` words. */
  continuations(context: readonly string[]): Continuations | undefined {
    return this.after[context.length]?.get(keyOf(context));
  }

  /** How often these words, at most `order`, stand in a row. */
  of(gram: readonly string[]): number {
    const last = gram[gram.length - 1];
    if (last === undefined) return this.total(1);
    return this.continuations(gram.slice(0, -1))?.words.get(last) ?? 0;
  }

  /** How many runs of `size` words there are. */
  total(size: number): number {
    let sum = 0;
    for (const { total } of this.after[size - 1]?.values() ?? []) sum += total;
    return sum;
  }
}

function note(map: Map<string, Continuations>, context: string, word: string): void {
  let entry = map.get(context);
  if (entry === undefined) {
    entry = { total: 0, words: new Map() };
    map.set(context, entry);
  }
  entry.total++;
  entry.words.set(word, (entry.words.get(word) ?? 0) + 1);
}

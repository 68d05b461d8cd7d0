// n-gram language models: the next word given the n − 1 before it, by counting. Smoothing moves mass
// to what was not seen; back-off asks a shorter context where the longer one says nothing.
// Katz 1987, "Estimation of Probabilities from Sparse Data"; Chen and Goodman 1999, "An Empirical
// Study of Smoothing Techniques for Language Modeling".

import { ArgumentError } from "../ir/errors.ts";
import { requireWhole } from "../tensor/requirements.ts";
import { NGramCounts } from "./n-gram-counts.ts";

/** A distribution of the next word given those before; words it does not know have probability 0. */
export interface LanguageModel {
  /** The words it knows. */
  readonly words: readonly string[];
  /** n: how many words it sees, the next one included. */
  readonly order: number;
  /** P(word ∣ context); of a longer context the last n − 1 words count. */
  probability(word: string, context: readonly string[]): number;
}

/** Options of NGramModel. */
export interface NGramOptions {
  /** n. Default 3 */
  order?: number;
  /** k: added to every count. Default 0: maximum likelihood */
  smoothing?: number;
  /** Further words, which were not seen. Default none */
  words?: readonly string[];
}

/**
 * P(x_t ∣ x_{t−n+1} … x_{t−1}) = (count + k) / (count of the context + k·V).
 *
 * A context that never occurred gives the uniform distribution, which is what k → 0 comes to. A word that
 * is none of V has probability 0; `words` makes it one. The n − 1 first words of a sequence have the joint
 * distribution that the n-grams have on their first n − 1 places, so that both forms of the notes agree.
 *
 * @source  seed 002 §2.6.1, eq. (12.5)–(12.7)
 * @example
 * const model = new NGramModel([["the", "dog", "ran"]], { order: 2 });
 * model.probability("ran", ["dog"]); // 1
 */
export class NGramModel implements LanguageModel {
  readonly order: number;
  readonly words: readonly string[];
  readonly smoothing: number;
  private readonly counts: NGramCounts;
  private readonly known: ReadonlySet<string>;

  constructor(sentences: Iterable<readonly string[]>, options: NGramOptions = {}) {
    const { order = 3, smoothing = 0, words = [] } = options;
    requireWhole("NGramModel", { order }, { from: 1 });
    if (!(smoothing >= 0)) {
      throw new ArgumentError(`NGramModel: smoothing must be a count ≥ 0, not ${smoothing}`);
    }
    this.counts = new NGramCounts(sentences, order);
    this.order = order;
    this.known = new Set([...this.counts.words, ...words]);
    this.words = [...this.known];
    this.smoothing = smoothing;
  }

  /** P(word ∣ context), in [0, 1]. @param context  the words before; the last n − 1 count */
  probability(word: string, context: readonly string[] = []): number {
    if (!this.known.has(word)) return 0;
    const seen = this.counts.continuations(lastWords(context, this.order));
    const [k, size] = [this.smoothing, this.words.length];
    const total = (seen?.total ?? 0) + k * size;
    if (total === 0) return 1 / size;
    return ((seen?.words.get(word) ?? 0) + k) / total;
  }

  /**
   * P_n: how often a run of n words is this one; of fewer words, how often n-grams begin so.
   *
   * @throws ArgumentError  there are more than n words
   */
  joint(gram: readonly string[]): number {
    const { order, smoothing: k, words } = this;
    const missing = order - gram.length;
    if (missing < 0) {
      throw new ArgumentError(`NGramModel.joint: at most ${order} words, not ${gram.length}`);
    }
    if (!gram.every((word) => this.known.has(word))) return 0;
    const total = this.counts.total(order) + k * words.length ** order;
    return (this.beginning(gram) + k * words.length ** missing) / total;
  }

  /** The share of a run of words among all runs of its length: what a model of that order counts. */
  frequency(gram: readonly string[]): number {
    return this.counts.of(gram) / this.counts.total(gram.length);
  }

  /** How many n-grams begin with these words. */
  private beginning(gram: readonly string[]): number {
    if (gram.length === this.order) return this.counts.of(gram);
    if (gram.length === this.order - 1) return this.counts.continuations(gram)?.total ?? 0;
    let sum = 0;
    for (const word of this.counts.words) sum += this.beginning([...gram, word]);
    return sum;
  }

  /**
   * P(x₁ … x_τ) = P(x₁ … x_{n−1})·Πₜ P(x_t ∣ x_{t−n+1} … x_{t−1}).
   *
   * @param sequence  at least n − 1 words
   */
  sequenceProbability(sequence: readonly string[]): number {
    const first = Math.min(this.order - 1, sequence.length);
    let p = this.joint(sequence.slice(0, first));
    for (let t = first; t < sequence.length; t++) {
      p *= this.probability(sequence[t] as string, sequence.slice(0, t));
    }
    return p;
  }
}

/** Options of BackoffModel. */
export interface BackoffOptions {
  /** n. Default 3 */
  order?: number;
  /** Taken off each count that is not 0, in (0, 1). Default 0.5 */
  discount?: number;
  /** Contexts seen fewer times are not used. Default 1 */
  minCount?: number;
  /** Further words, which were not seen. Default none */
  words?: readonly string[];
}

/**
 * Back-off: (count − d) / count of the context for what was seen after a context; what d left over is
 * shared among the rest as the context without its first word says. Single words back off to the
 * uniform distribution. Where all words were seen there is no rest, and nothing is taken off.
 *
 * @throws ArgumentError  the discount does not lie in (0, 1)
 * @source  Katz 1987, with the discount d of Ney, Essen and Kneser 1994; seed 002 §2.6.1
 * @example
 * const model = new BackoffModel([["the", "dog", "ran"]], { order: 2 });
 * model.probability("ran", ["cat"]) === model.probability("ran", []); // true
 */
export class BackoffModel implements LanguageModel {
  readonly order: number;
  readonly words: readonly string[];
  readonly discount: number;
  readonly minCount: number;
  private readonly counts: NGramCounts;
  private readonly known: ReadonlySet<string>;
  private readonly shares = new Map<string, number>();

  constructor(sentences: Iterable<readonly string[]>, options: BackoffOptions = {}) {
    const { order = 3, discount = 0.5, minCount = 1, words = [] } = options;
    requireWhole("BackoffModel", { order }, { from: 1 });
    if (!(discount > 0 && discount < 1)) {
      throw new ArgumentError(`BackoffModel: discount must lie in (0, 1), not ${discount}`);
    }
    requireWhole("BackoffModel", { minCount }, { from: 0 });
    this.counts = new NGramCounts(sentences, order);
    this.order = order;
    this.known = new Set([...this.counts.words, ...words]);
    this.words = [...this.known];
    this.discount = discount;
    this.minCount = minCount;
  }

  /**
   * P(word ∣ context), above 0 for every word it knows.
   *
   * @param context  the words before; the last n − 1 count
   */
  probability(word: string, context: readonly string[] = []): number {
    if (!this.known.has(word)) return 0;
    const last = lastWords(context, this.order);
    const seen = this.counts.continuations(last);
    if (seen === undefined || seen.total < this.minCount) return this.shorter(word, last);
    const count = seen.words.get(word);
    const hasRest = seen.words.size < this.words.length;
    if (count !== undefined) return (count - (hasRest ? this.discount : 0)) / seen.total;
    return this.share(last) * this.shorter(word, last);
  }

  /** What the context without its first word says. */
  private shorter(word: string, context: readonly string[]): number {
    return context.length === 0 ? 1 / this.words.length : this.probability(word, context.slice(1));
  }

  /** What is left over for words not seen after a context, over what the shorter one gives them. */
  private share(context: readonly string[]): number {
    const key = context.join("\u0000");
    const known = this.shares.get(key);
    if (known !== undefined) return known;
    const seen = this.counts.continuations(context);
    const left = ((seen?.words.size ?? 0) * this.discount) / (seen?.total ?? 1);
    let rest = 1;
    for (const word of seen?.words.keys() ?? []) rest -= this.shorter(word, context);
    const share = left / rest;
    this.shares.set(key, share);
    return share;
  }
}

/** The words of a context that a model of order n sees. */
const lastWords = (context: readonly string[], order: number): readonly string[] =>
  order === 1 ? [] : context.slice(-(order - 1));

/**
 * exp of the mean nats a word: how many equally likely words there seem to be.
 *
 * Words are predicted from the first on, each from those before it.
 *
 * @source  seed 002 §2.6.1; Jelinek et al. 1977
 * @returns  Infinity if a word has probability 0
 * @throws ArgumentError  there are no words
 * @example
 * perplexity(new NGramModel([["a"]], { order: 1 }), [["a"]]);
 */
export function perplexity(model: LanguageModel, sentences: Iterable<readonly string[]>): number {
  let [nats, count] = [0, 0];
  for (const sentence of sentences) {
    for (const [t, word] of sentence.entries()) {
      nats -= Math.log(model.probability(word, sentence.slice(0, t)));
      count++;
    }
  }
  if (count === 0) throw new ArgumentError("perplexity: sentences must not be empty");
  return Math.exp(nats / count);
}

/**
 * How many n-grams there can be: V^n, as its decimal logarithm.
 *
 * @param words  V: the size of the vocabulary
 * @param order  n
 * @source  seed 002 §2.6.1–2.6.2, §3.4
 * @example
 * tableSize(100_000, 100); // 500
 */
export function tableSize(words: number, order: number): number {
  requireWhole("tableSize", { words }, { from: 1 });
  requireWhole("tableSize", { order }, { from: 0 });
  return order * Math.log10(words);
}

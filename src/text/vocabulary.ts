// A vocabulary: words and their numbers. Special words come first, then the others by how often they
// occur, so that a smaller vocabulary is the beginning of a larger one.

import { ArgumentError, DataError } from "../ir/errors.ts";

/** Options of Vocabulary. */
export interface VocabularyOptions {
  /** Words that stand for no word, as "<pad>" or "<unk>", in front of all others. Default none */
  specials?: readonly string[];
  /** The special that stands for words that are not there. Default: such words are an error */
  unknown?: string;
  /** At most so many, specials included. Default: all */
  size?: number;
  /** Words that occur more rarely are left out. Default 1 */
  minCount?: number;
}

/**
 * Words ↔ numbers from 0.
 *
 * @example
 * const vocabulary = Vocabulary.of([["the", "dog"], ["the", "cat"]]);
 * vocabulary.encode(["the", "cat"]); // [0, 2]
 */
export class Vocabulary {
  /** By number. */
  readonly words: readonly string[];
  private readonly numbers: ReadonlyMap<string, number>;
  private readonly unknown: number | undefined;

  /** @throws DataError  a word is there twice, or the unknown word is not among them */
  constructor(words: readonly string[], { unknown }: Pick<VocabularyOptions, "unknown"> = {}) {
    this.words = words;
    this.numbers = new Map(words.map((word, i) => [word, i]));
    if (this.numbers.size !== words.length) {
      const twice = words.find((word, i) => this.numbers.get(word) !== i);
      throw new ArgumentError(`Vocabulary: words has "${twice}" twice`);
    }
    this.unknown = unknown === undefined ? undefined : this.numbers.get(unknown);
    if (unknown !== undefined && this.unknown === undefined) {
      throw new ArgumentError(`Vocabulary: unknown is "${unknown}", which is not one of the words`);
    }
  }

  /** The words of sentences, the most frequent first; of equals, the one that comes first. */
  static of(
    sentences: Iterable<readonly string[]>,
    { specials = [], unknown, size = Infinity, minCount = 1 }: VocabularyOptions = {},
  ): Vocabulary {
    const counts = new Map<string, number>();
    for (const sentence of sentences) {
      for (const word of sentence) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    for (const special of specials) counts.delete(special);
    const ordered = [...counts]
      .filter(([, count]) => count >= minCount)
      .sort(([, a], [, b]) => b - a)
      .map(([word]) => word);
    const words = [...specials, ...ordered].slice(0, Math.max(size, specials.length));
    return new Vocabulary(words, { unknown });
  }

  get size(): number {
    return this.words.length;
  }

  has(word: string): boolean {
    return this.numbers.has(word);
  }

  /** The number of a word. @throws DataError  it has none, and nothing stands for unknown words */
  number(word: string): number {
    const found = this.numbers.get(word) ?? this.unknown;
    if (found !== undefined) return found;
    throw new DataError(
      `Vocabulary: "${word}" is not one of ${this.size} words; give { unknown } to let a special stand for it`,
    );
  }

  encode(words: readonly string[]): number[] {
    return words.map((word) => this.number(word));
  }

  /** @throws DataError  a number is no word's */
  decode(numbers: ArrayLike<number>): string[] {
    return Array.from(numbers, (n) => {
      const word = this.words[n];
      if (word === undefined) {
        throw new DataError(`Vocabulary: ${n} is no word of ${this.size}`);
      }
      return word;
    });
  }
}

/**
 * The words and marks of a text, in lower case: letters with what belongs inside words, digits, and
 * any other mark by itself.
 *
 * @example
 * splitWords("It's here!"); // ["it's", "here", "!"]
 */
export function splitWords(text: string): string[] {
  return (
    text.toLowerCase().match(/[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*|\p{N}+|[^\s\p{L}\p{N}]/gu) ?? []
  );
}

// Byte-pair encoding: tokens begin as the 256 bytes, and the most frequent pair of neighbours becomes
// a token, again and again. Any text can be written, and comes back byte for byte.
// Gage 1994; Sennrich, Haddow and Birch 2016, "Neural Machine Translation of Rare Words with Subword
// Units". arXiv:1508.07909. Over bytes, and inside words, as GPT-2 does.

import { ArgumentError, DataError } from "../ir/errors.ts";

/** Options of BytePairTokenizer.train. */
export interface BytePairOptions {
  /** Tokens to end with, from 256. Default 1024 */
  size?: number;
  /** Pairs that occur more rarely are left alone. Default 2 */
  minCount?: number;
}

/** Two tokens that become one. */
export type Pair = readonly [left: number, right: number];

/** A word with the space before it, a number, or a run of marks or of spaces: no token crosses them. */
const pieces = / ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+/gu;

const encoder = new TextEncoder();

/**
 * Text ↔ tokens.
 *
 * @source  Sennrich, Haddow and Birch 2016, §3.2. arXiv:1508.07909; over bytes: Radford et al. 2019, §2.2;
 *   seed 003 §Applications in NLP (sub-word units)
 * @example
 * const tokenizer = BytePairTokenizer.train("low lower lowest low", { size: 258 });
 * tokenizer.decode(tokenizer.encode("slow")); // "slow"
 */
export class BytePairTokenizer {
  /** In the order of their making: the first makes token 256. */
  readonly merges: readonly Pair[];
  private readonly ranks = new Map<string, number>();
  private readonly bytes: Uint8Array[] = [];

  /** @throws DataError  a merge names a token that is not there yet */
  constructor(merges: readonly Pair[]) {
    this.merges = merges;
    for (let byte = 0; byte < 256; byte++) this.bytes.push(Uint8Array.of(byte));
    for (const [rank, pair] of merges.entries()) {
      const [left, right] = pair.map((token) => this.bytes[token]);
      if (left === undefined || right === undefined) {
        throw new ArgumentError(
          `BytePairTokenizer: merges[${rank}] joins ${pair}, not both there by then`,
        );
      }
      this.bytes.push(Uint8Array.from([...left, ...right]));
      this.ranks.set(`${pair}`, rank);
    }
  }

  /**
   * Finds the pairs to join. Of equally frequent ones, the one of smaller tokens.
   *
   * @throws DataError  the size is below 256
   * @cost    each merge looks at all different words of the text
   */
  static train(
    text: string,
    { size = 1024, minCount = 2 }: BytePairOptions = {},
  ): BytePairTokenizer {
    if (!(size >= 256)) {
      throw new ArgumentError(
        `BytePairTokenizer: size must be at least 256, one a byte, not ${size}`,
      );
    }
    const counts = new Map<string, number>();
    for (const [piece] of text.matchAll(pieces)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    const words = [...counts].map(([piece, count]) => ({
      tokens: [...encoder.encode(piece)],
      count,
    }));
    const merges: Pair[] = [];
    while (256 + merges.length < size) {
      const pair = mostFrequent(words, minCount);
      if (pair === undefined) break;
      const token = 256 + merges.push(pair) - 1;
      for (const word of words) word.tokens = joined(word.tokens, pair, token);
    }
    return new BytePairTokenizer(merges);
  }

  /** How many tokens there are. */
  get size(): number {
    return this.bytes.length;
  }

  /** The tokens of a text: as few as the merges make of each of its words. */
  encode(text: string): number[] {
    const tokens: number[] = [];
    for (const [piece] of text.matchAll(pieces)) tokens.push(...this.encodePiece(piece));
    return tokens;
  }

  /** @throws DataError  a number is no token */
  decode(tokens: ArrayLike<number>): string {
    const parts = Array.from(tokens, (token) => {
      const bytes = this.bytes[token];
      if (bytes !== undefined) return bytes;
      throw new DataError(`BytePairTokenizer: ${token} is none of ${this.size} tokens`);
    });
    const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(all);
  }

  /** Joins, of the pairs there are, the one that was found first, until there is none. */
  private encodePiece(piece: string): number[] {
    let tokens = [...encoder.encode(piece)];
    for (;;) {
      let first = Infinity;
      for (let i = 1; i < tokens.length; i++) {
        first = Math.min(first, this.ranks.get(`${tokens[i - 1]},${tokens[i]}`) ?? Infinity);
      }
      if (first === Infinity) return tokens;
      tokens = joined(tokens, this.merges[first] as Pair, 256 + first);
    }
  }

  /** What the constructor takes, for a file. */
  toJSON(): { merges: readonly Pair[] } {
    return { merges: this.merges };
  }
}

interface Word {
  tokens: number[];
  readonly count: number;
}

function mostFrequent(words: readonly Word[], minCount: number): Pair | undefined {
  const counts = new Map<number, number>();
  const base = 2 ** 26;
  for (const { tokens, count } of words) {
    for (let i = 1; i < tokens.length; i++) {
      const key = (tokens[i - 1] as number) * base + (tokens[i] as number);
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  }
  let [best, most] = [-1, minCount - 1];
  for (const [key, count] of counts) {
    if (count > most || (count === most && best >= 0 && key < best)) [best, most] = [key, count];
  }
  return best < 0 ? undefined : [Math.floor(best / base), best % base];
}

/** The tokens with each such pair, from the left, made one. */
function joined(tokens: readonly number[], [left, right]: Pair, token: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === left && tokens[i + 1] === right) {
      out.push(token);
      i++;
    } else out.push(tokens[i] as number);
  }
  return out;
}

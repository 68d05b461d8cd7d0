// Word vectors that somebody else trained, or a model of ours: read from the text format of word2vec
// and GloVe, asked for neighbours and analogies, and put into an Embedding to start from.

import { DataError, ShapeError } from "../ir/errors.ts";
import { Embedding } from "../nn/embedding.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Vocabulary } from "./vocabulary.ts";

/** A word and how near it is: the cosine. */
export interface Neighbour {
  readonly word: string;
  readonly similarity: number;
}

/** Options of the nearest words. */
export interface NeighbourOptions {
  /** How many. Default 10 */
  count?: number;
}

/**
 * A vector a word.
 *
 * @source  Mikolov et al. 2013, Efficient Estimation of Word Representations in Vector Space, §4;
 *   Mikolov, Yih and Zweig 2013 for analogies
 * @example
 * const vectors = new WordVectors(["king", "queen"], tensor([[1, 0], [0.6, 0.8]]));
 * await vectors.similarity("king", "queen"); // 0.6
 */
export class WordVectors {
  readonly vocabulary: Vocabulary;
  /** [words, width] */
  readonly vectors: Tensor;
  /** Of length 1. */
  private readonly directions: Tensor;

  /** @throws DataError  there is not one row a word */
  constructor(words: readonly string[], vectors: Tensor) {
    if (vectors.rank !== 2 || vectors.shape[0] !== words.length) {
      throw new ShapeError(
        `WordVectors: ${words.length} words need vectors [${words.length}, width], not [${vectors.shape}]`,
      );
    }
    this.vocabulary = new Vocabulary(words);
    this.vectors = vectors.detach();
    const lengths = this.vectors.square().sum({ axis: 1, keepDims: true }).sqrt();
    this.directions = this.vectors.div(lengths.maximum(1e-12));
  }

  /**
   * Reads the text format: a word and its numbers a line, with or without a first line of counts.
   *
   * @throws DataError  a line has another number of numbers, or something that is none; says which
   */
  static parse(text: string): WordVectors {
    const lines = text.split("\n");
    const first = /^\d+ \d+\s*$/.test(lines[0] ?? "") ? 1 : 0;
    const words: string[] = [];
    const rows: number[] = [];
    let width = 0;
    for (let at = first; at < lines.length; at++) {
      const [word, ...numbers] = (lines[at] as string).trimEnd().split(" ");
      if (word === undefined || word === "") continue;
      if (words.length === 0) width = numbers.length;
      const row = numbers.map(Number);
      if (width === 0 || row.length !== width || row.some(Number.isNaN)) {
        throw new DataError(
          `WordVectors: line ${at + 1} must be a word and ${width || "some"} numbers, not "${lines[at]?.slice(0, 40)}"`,
        );
      }
      words.push(word);
      for (const x of row) rows.push(x);
    }
    return new WordVectors(
      words,
      tensor(Float32Array.from(rows), { shape: [words.length, width] }),
    );
  }

  /** The text format, to be parsed again; exact. */
  async format(): Promise<string> {
    const [count, width] = this.vectors.shape as [number, number];
    const data = await this.vectors.data();
    const rows = this.vocabulary.words.map(
      (word, i) => `${word} ${Array.from(data.slice(i * width, (i + 1) * width)).join(" ")}`,
    );
    return `${count} ${width}\n${rows.join("\n")}\n`;
  }

  /** The cosine of the angle between two words. @throws DataError  one is not there */
  async similarity(a: string, b: string): Promise<number> {
    const [x, y] = this.vocabulary.encode([a, b]) as [number, number];
    return this.directions.take(x).mul(this.directions.take(y)).sum().item();
  }

  /** The words nearest to one, itself left out. */
  async nearest(word: string, options: NeighbourOptions = {}): Promise<Neighbour[]> {
    const at = this.vocabulary.number(word);
    return this.nearestTo(this.directions.take(at), [at], options);
  }

  /**
   * What is to c as b is to a: the words nearest to b − a + c, those three left out.
   *
   * @throws DataError  one of them is not there
   */
  async analogy(
    a: string,
    b: string,
    c: string,
    options: NeighbourOptions = {},
  ): Promise<Neighbour[]> {
    const at = this.vocabulary.encode([a, b, c]);
    const [x, y, z] = at.map((i) => this.directions.take(i)) as [Tensor, Tensor, Tensor];
    return this.nearestTo(y.sub(x).add(z), at, options);
  }

  private async nearestTo(
    vector: Tensor,
    leftOut: readonly number[],
    { count = 10 }: NeighbourOptions,
  ): Promise<Neighbour[]> {
    const length = vector.square().sum().sqrt().maximum(1e-12);
    const cosines = await this.directions.matmul(vector.div(length)).data();
    const order = [...cosines.keys()].filter((i) => !leftOut.includes(i));
    order.sort((i, j) => (cosines[j] as number) - (cosines[i] as number));
    return order.slice(0, count).map((i) => ({
      word: this.vocabulary.words[i] as string,
      similarity: cosines[i] as number,
    }));
  }

  /**
   * An embedding that starts from these vectors: transfer.
   *
   * @param options  frozen: whether it stays as it is. Default false
   */
  embedding({ frozen = false }: { frozen?: boolean } = {}): Embedding {
    const [count, width] = this.vectors.shape as [number, number];
    const embedding = new Embedding(count, width);
    embedding.weight.assign(this.vectors.cast(embedding.weight.dtype));
    if (frozen) embedding.freeze();
    return embedding;
  }
}

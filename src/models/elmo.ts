// ELMo: a vector for each word in its sentence. Words are made of their characters, by convolutions,
// so none is unknown; stacks of LSTMs read the sentence both ways, trained to predict the next word
// and the one before; a task mixes the layers as it likes.
// Peters et al. 2018, "Deep Contextualized Word Representations". arXiv:1802.05365

import { ArgumentError, ShapeError } from "../ir/errors.ts";
import { Embedding } from "../nn/embedding.ts";
import type { FloatType } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { crossEntropy } from "../nn/losses/cross-entropy.ts";
import { Module } from "../nn/module.ts";
import { MemoryStep, type RecurrentStep, runRecurrence } from "../nn/sequence/recurrent-cell.ts";
import { showShape } from "../nn/shape.ts";
import { Parameter } from "../tensor/cell.ts";
import { ones, tensor, zeros } from "../tensor/create.ts";
import { concat, stack } from "../tensor/functions.ts";
import { requireSizes, requireSome } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of ELMo. */
export interface ELMoOptions {
  /** Words to predict while training; any word can be read. Default 793471 */
  vocabulary?: number;
  /** Of a character's embedding. Default 16 */
  characterWidth?: number;
  /** Convolutions over characters, [how many characters, filters]. Default those of the paper */
  filters?: readonly (readonly [size: number, count: number])[];
  /** Highway layers after them. Default 2 */
  highways?: number;
  /** Of a direction: what the LSTMs read and write. Default 512 */
  width?: number;
  /** LSTM layers. Default 2 */
  layers?: number;
  /** Default f32. */
  dtype?: FloatType;
}

const paperFilters = [
  [1, 32],
  [2, 32],
  [3, 64],
  [4, 128],
  [5, 256],
  [6, 512],
  [7, 1024],
] as const;

/** Bytes 0 … 255 are characters; these stand around a word and after its end. */
const [padding, wordStart, wordEnd] = [256, 257, 258];

/**
 * Layers of states of a bidirectional language model over words made of characters.
 *
 * @param options  vocabulary, characterWidth, filters, highways, width, layers
 * @source  Peters et al. 2018, §3; characters of Kim et al. 2016; seed 003 §Applications in NLP
 * @example
 * const model = new ELMo({ vocabulary: 9, filters: [[1, 4], [2, 4]], width: 6, layers: 2 });
 * model.forward(characterIds([["a", "dog"]])).shape; // [3, 1, 2, 12]
 */
export class ELMo extends Module {
  readonly characters: Embedding;
  readonly filters: readonly Linear[];
  readonly highways: readonly { readonly gate: Linear; readonly change: Linear }[];
  readonly projection: Linear;
  readonly forwards: readonly RecurrentStep[];
  readonly backwards: readonly RecurrentStep[];
  /** Of both directions: which word comes next. */
  readonly head: Linear;
  private readonly sizes: readonly number[];

  constructor(options: ELMoOptions = {}) {
    super();
    const { vocabulary = 793_471, characterWidth = 16, filters = paperFilters } = options;
    const { highways = 2, width = 512, layers = 2, dtype = "f32" } = options;
    requireSizes("ELMo", { vocabulary, characterWidth, width, layers, filters: filters.flat() });
    requireSizes("ELMo", { highways }, 0);
    requireSome("ELMo", { filters });
    const total = filters.reduce((sum, [, count]) => sum + count, 0);
    this.sizes = filters.map(([size]) => size);
    this.characters = new Embedding(259, characterWidth, { paddingIdx: padding, dtype });
    this.filters = filters.map(
      ([size, count]) => new Linear(size * characterWidth, count, { dtype }),
    );
    this.highways = Array.from({ length: highways }, () => ({
      gate: new Linear(total, total, { dtype }),
      change: new Linear(total, total, { dtype }),
    }));
    this.projection = new Linear(total, width, { dtype });
    const stackOf = (): RecurrentStep[] =>
      Array.from({ length: layers }, () => new MemoryStep(width, width, { dtype }));
    this.forwards = stackOf();
    this.backwards = stackOf();
    this.head = new Linear(width, vocabulary, { dtype });
  }

  /**
   * Vectors of words without their context.
   *
   * Windows begin at every character of a word, the last of them in padding: how far a word is padded
   * changes nothing.
   *
   * @param characters  integers [batch, time, characters], as of characterIds
   * @returns           [batch, time, width]
   * @throws ShapeError  the rank differs
   */
  words(characters: Tensor): Tensor {
    if (characters.rank !== 3) {
      throw new ShapeError(
        `ELMo: characters must be [batch, time, characters], not ${showShape(characters.shape)}`,
      );
    }
    const begins = characters.notEqual(padding).unsqueeze(3); // [batch, time, characters, 1]
    const embedded = this.characters.forward(characters); // [batch, time, characters, width]
    const found = this.filters.map((filter, i) => {
      const size = this.sizes[i] as number;
      const whole = embedded.pad([0, 0, [0, size - 1], 0]);
      const windows = whole.unfold(2, size).flatten(-2); // [batch, time, characters, width·size]
      const answers = filter.forward(windows).where(begins, -Infinity);
      return answers.max({ axis: 2 }).relu(); // [batch, time, count]
    });
    let x = concat(found, { axis: -1 });
    for (const { gate, change } of this.highways) {
      const share = gate.forward(x).sigmoid();
      x = x.add(share.mul(change.forward(x).relu().sub(x)));
    }
    return this.projection.forward(x);
  }

  /**
   * @param characters  integers [batch, time, characters]
   * @param mask        bool [batch, time]: the words that are no padding. Default all
   * @returns           [layers + 1, batch, time, 2·width]: the words twice, then the states of each
   *   layer, left to right and right to left
   */
  forward(characters: Tensor, mask?: Tensor): Tensor {
    const words = this.words(characters);
    const there = this.run(this.forwards, words, false, mask);
    const back = this.run(this.backwards, words, true, mask);
    return stack(there.map((x, i) => concat([x, back[i] as Tensor], { axis: -1 })));
  }

  /**
   * The loss of pre-training: each word from those before it, and from those after it.
   *
   * @param characters  integers [batch, time, characters]
   * @param labels      integers [batch, time]: the words' numbers; negative ones do not count
   * @param mask        bool [batch, time]: the words that are no padding. Default all
   * @returns           nats a word, the mean of both directions
   */
  languageModelLoss(characters: Tensor, labels: Tensor, mask?: Tensor): Tensor {
    const states = this.forward(characters, mask).at(-1); // [batch, time, 2·width]
    const [there, back] = states.chunk(2, { axis: -1 }) as [Tensor, Tensor];
    const ids = mask === undefined ? labels.cast("i32") : labels.cast("i32").where(mask, -100);
    const loss = (x: Tensor, y: Tensor): Tensor =>
      crossEntropy(
        this.head.forward(x).flatten(0, 1),
        y.where(y.greaterEqual(0), -100).reshape([-1]),
      );
    const next = loss(there.at(":", ":-1"), ids.at(":", "1:"));
    // Reading back, padding comes first and knows nothing.
    const previous = ids.at(":", ":-1");
    const counts = mask?.at(":", "1:");
    const earlier = counts === undefined ? previous : previous.where(counts, -100);
    const before = loss(back.at(":", "1:"), earlier);
    return next.add(before).mul(0.5);
  }

  private run(
    cells: readonly RecurrentStep[],
    words: Tensor,
    reverse: boolean,
    mask: Tensor | undefined,
  ): Tensor[] {
    const layers = [words];
    for (const [i, cell] of cells.entries()) {
      const below = layers[i] as Tensor;
      const { outputs } = runRecurrence(cell, below, { mask, reverse });
      // Upper layers add to what they read.
      layers.push(i === 0 ? outputs : outputs.add(below));
    }
    return layers;
  }
}

/**
 * γ·Σⱼ sⱼ·hⱼ with s = softmax(w): what a task takes of the layers.
 *
 * @source  Peters et al. 2018, eq. (1)
 * @example
 * new LayerMix(3).forward(ones([3, 2, 5, 4])).shape; // [2, 5, 4]
 */
export class LayerMix extends Module {
  /** w: [layers]. Starts at 0: all alike. */
  readonly scores: Parameter;
  /** γ: []. Starts at 1. */
  readonly scale: Parameter;

  constructor(layers: number, { dtype = "f32" }: { dtype?: FloatType } = {}) {
    super();
    requireSizes("LayerMix", { layers });
    this.scores = new Parameter(zeros([layers], { dtype }));
    this.scale = new Parameter(ones([], { dtype }));
  }

  /** s: [layers], ≥ 0 and of sum 1. */
  weights(): Tensor {
    return this.scores.softmax();
  }

  /** @param layers  [layers, ...] @returns [...] */
  forward(layers: Tensor): Tensor {
    return layers.tensorDot(this.weights(), [[0], [0]]).mul(this.scale);
  }
}

/**
 * Words as bytes between marks, padded to one length.
 *
 * @param sentences  of one number of words each
 * @param size       bytes a word, marks included; longer words are cut. Default 50
 * @returns          i32 [batch, time, size]
 * @throws ArgumentError  sentences differ in their number of words
 * @source  Peters et al. 2018, §3.2: 50 characters a word
 * @example
 * characterIds([["a"]], 5); // [[[257, 97, 258, 256, 256]]]
 */
export function characterIds(sentences: readonly (readonly string[])[], size = 50): Tensor {
  const time = sentences[0]?.length ?? 0;
  if (time === 0 || sentences.some((sentence) => sentence.length !== time)) {
    throw new ArgumentError(
      'characterIds: sentences must have one number of words; pad them with ""',
    );
  }
  const encoder = new TextEncoder();
  const ids = new Int32Array(sentences.length * time * size).fill(padding);
  for (const [b, sentence] of sentences.entries()) {
    for (const [t, word] of sentence.entries()) {
      const bytes = encoder.encode(word).slice(0, size - 2);
      ids.set([wordStart, ...bytes, wordEnd], (b * time + t) * size);
    }
  }
  return tensor(ids, { shape: [sentences.length, time, size] });
}

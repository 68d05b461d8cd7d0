// Sequence to sequence: an encoder reads the source both ways, a decoder writes the target a token at
// a time, from its state, what it wrote and where it looks. Without attention all it knows of the
// source is the encoder's last state.
// Sutskever, Vinyals and Le 2014, "Sequence to Sequence Learning with Neural Networks"; Bahdanau, Cho
// and Bengio 2015, "Neural Machine Translation by Jointly Learning to Align and Translate", whose
// sizes are the defaults. arXiv:1409.0473

import { DataError, ShapeError } from "../ir/errors.ts";
import { paddingMask } from "../nn/attention/masks.ts";
import { type BeamStep, beamSearch, type Hypothesis } from "../nn/decoding/beam-search.ts";
import { Embedding } from "../nn/embedding.ts";
import type { FloatType } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { sequenceNllLoss } from "../nn/losses/sequence.ts";
import { Module } from "../nn/module.ts";
import {
  AttentionDecoder,
  type Decoded,
  type DecoderMemory,
  type Feed,
} from "../nn/sequence/attention-decoder.ts";
import {
  GatedStep,
  type RecurrentState,
  type RecurrentStep,
  runRecurrence,
} from "../nn/sequence/recurrent-cell.ts";
import { showShape } from "../nn/shape.ts";
import { compile } from "../tensor/compile.ts";
import { full, tensor } from "../tensor/create.ts";
import { concat } from "../tensor/functions.ts";
import { requireOneOf, requireSizes, requireTokens } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of Seq2Seq. */
export interface Seq2SeqOptions {
  /** Tokens of the source. Default 30000 */
  sourceVocabulary?: number;
  /** Tokens of the target. Default 30000 */
  targetVocabulary?: number;
  /** Of embeddings. Default 620 */
  width?: number;
  /** Of states, of the encoder in each direction too. Default 1000 */
  hidden?: number;
  /** "dot" wants the encoder's both directions together as wide as the decoder's state, and so gives
   * each half of `hidden`. Default "additive" */
  attention?: "additive" | "dot" | "none";
  /** Whether the decoder is told what it wrote. Default true */
  feedback?: boolean;
  /** The token that the decoder starts from. Default 1 */
  start?: number;
  /** The token that ends a sequence. Default 2 */
  end?: number;
  /** Default f32. */
  dtype?: FloatType;
}

/** What the decoder starts from and looks at. */
export interface Encoded {
  readonly memory: DecoderMemory;
  readonly state: RecurrentState;
}

/** Options of translate. */
export interface TranslateOptions {
  /** Tokens at most, the end included. Default 50 */
  maxLength?: number;
  /** Beams; 1 takes the likeliest token at each step. Default 1 */
  width?: number;
  /** See beamSearch. Default 0 */
  lengthPenalty?: number;
}

/**
 * log p(y ∣ x) = Σₜ log p(yₜ ∣ y₁ … yₜ₋₁, x).
 *
 * @param options  vocabularies, width, hidden, attention, feedback, start, end
 * @source  Bahdanau, Cho and Bengio 2015, §3 and §B; seed 003 §Seq2Seq
 * @example
 * const model = new Seq2Seq({ sourceVocabulary: 9, targetVocabulary: 8, width: 4, hidden: 6 });
 * model.forward(ones([2, 5], { dtype: "i32" }), ones([2, 3], { dtype: "i32" })).shape; // [2, 3, 8]
 */
export class Seq2Seq extends Module {
  readonly embedding: Embedding;
  readonly forwards: RecurrentStep;
  readonly backwards: RecurrentStep;
  /** From the encoder's last states to the decoder's first. */
  readonly bridge: Linear;
  readonly decoder: AttentionDecoder;
  readonly start: number;
  readonly end: number;

  constructor(options: Seq2SeqOptions = {}) {
    super();
    const { sourceVocabulary = 30_000, targetVocabulary = 30_000 } = options;
    const { width = 620, hidden = 1000, attention = "additive", feedback = true } = options;
    const { start = 1, end = 2, dtype = "f32" } = options;
    requireSizes("Seq2Seq", { sourceVocabulary, targetVocabulary, width, hidden });
    requireTokens("Seq2Seq", { start, end }, targetVocabulary);
    requireOneOf("Seq2Seq", { attention }, ["additive", "dot", "none"]);
    if (attention === "dot" && hidden % 2 !== 0) {
      throw new ShapeError(`Seq2Seq: with dot attention hidden must be even, not ${hidden}`);
    }
    const each = attention === "dot" ? hidden / 2 : hidden;
    this.start = start;
    this.end = end;
    this.embedding = new Embedding(sourceVocabulary, width, { dtype });
    this.forwards = new GatedStep(width, each, { dtype });
    this.backwards = new GatedStep(width, each, { dtype });
    this.bridge = new Linear(2 * each, hidden, { dtype });
    const memorySize = 2 * each;
    const vocabulary = targetVocabulary;
    const decoder = { vocabulary, width, hidden, memorySize, attention, feedback, dtype };
    this.decoder = new AttentionDecoder(decoder);
  }

  /**
   * @param source   integers [batch, time]
   * @param lengths  integers [batch]: what comes after is padding. Default: nothing is
   * @throws ShapeError  the source is no batch
   */
  encode(source: Tensor, lengths?: Tensor): Encoded {
    if (source.rank !== 2) {
      throw new ShapeError(
        `Seq2Seq: the source must be [batch, time], not ${showShape(source.shape)}`,
      );
    }
    const mask =
      lengths === undefined ? undefined : paddingMask(lengths, source.shape[1] as number);
    const x = this.embedding.forward(source);
    const there = runRecurrence(this.forwards, x, { mask });
    const back = runRecurrence(this.backwards, x, { mask, reverse: true });
    const ends = concat([there.state[0] as Tensor, back.state[0] as Tensor], { axis: 1 });
    const memory = concat([there.outputs, back.outputs], { axis: 2 }); // [batch, time, memory]
    return {
      memory: this.decoder.remember(memory, mask),
      state: [this.bridge.forward(ends).tanh()],
    };
  }

  /**
   * @param source   integers [batch, time]
   * @param target   integers [batch, steps], the end included
   * @param options  lengths of the sources; feed: what the decoder is told came before, default the
   *   target (teacher forcing)
   * @returns        [batch, steps, targetVocabulary] logits of the target's tokens
   */
  forward(source: Tensor, target: Tensor, options: { lengths?: Tensor; feed?: Feed } = {}): Tensor {
    return this.decode(source, target, options).logits;
  }

  /** forward, with where it looked and what it chose. */
  decode(
    source: Tensor,
    target: Tensor,
    { lengths, feed = "target" }: { lengths?: Tensor; feed?: Feed } = {},
  ): Decoded {
    const { memory, state } = this.encode(source, lengths);
    return this.decoder.decode(this.shifted(target), memory, { state, feed });
  }

  /**
   * log p(target ∣ source).
   *
   * @param options  lengths of the sources; targetLengths, the end included. Default: nothing is padding
   * @returns        [batch] nats, at most 0
   */
  logProbability(
    source: Tensor,
    target: Tensor,
    options: { lengths?: Tensor; targetLengths?: Tensor } = {},
  ): Tensor {
    const logits = this.forward(source, target, { lengths: options.lengths });
    const steps = { lengths: options.targetLengths, reduction: "none" } as const;
    return sequenceNllLoss(logits, target, steps).neg();
  }

  /**
   * The likeliest targets, as far as greedy choice or beam search finds them.
   *
   * @param sources  token ids; not empty
   * @param options  maxLength, width, lengthPenalty
   * @returns        token ids, without the end
   * @throws DataError  there are no sources, or one is empty
   */
  async translate(
    sources: readonly (readonly number[])[],
    { maxLength = 50, width = 1, lengthPenalty = 0 }: TranslateOptions = {},
  ): Promise<number[][]> {
    if (sources.length === 0 || sources.some((source) => source.length === 0)) {
      throw new DataError("Seq2Seq.translate: needs sources, none of them empty");
    }
    if (width === 1) return this.greedy(sources, maxLength);
    // Sentences of one length share a program.
    const steps = new Map<number, BeamStep<Encoded>>();
    const found: number[][] = [];
    for (const source of sources) {
      const step = steps.get(source.length) ?? this.compiledStep();
      steps.set(source.length, step);
      const [best] = await this.search(step, source, { maxLength, width, lengthPenalty });
      found.push([...(best as Hypothesis).tokens]);
    }
    return found;
  }

  /** The best translations of one sentence, the best first; `width` is 4 by default here. */
  beams(
    source: readonly number[],
    { maxLength = 50, width = 4, lengthPenalty = 0 }: TranslateOptions = {},
  ): Promise<Hypothesis[]> {
    return this.search(this.compiledStep(), source, { maxLength, width, lengthPenalty });
  }

  private search(
    step: BeamStep<Encoded>,
    source: readonly number[],
    options: Required<TranslateOptions>,
  ): Promise<Hypothesis[]> {
    const { start, end } = this;
    const state = this.encode(tensor([[...source]], { dtype: "i32" }));
    return beamSearch(step, { start, end, ...options, state });
  }

  /** A token on for all beams. */
  private compiledStep(): BeamStep<Encoded> {
    return compile((tokens: Tensor, { state, memory }: Encoded) => {
      const next = this.decoder.step(tokens, state, memory);
      return { logits: next.logits, state: { state: next.state, memory } };
    }) as BeamStep<Encoded>;
  }

  /** All sources at once, padded, fed with what was chosen. */
  private async greedy(sources: readonly (readonly number[])[], maxLength: number) {
    const longest = Math.max(...sources.map((source) => source.length));
    const rows = sources.map((row) => [...row, ...new Array<number>(longest - row.length).fill(0)]);
    const ids = tensor(rows, { dtype: "i32" });
    const lengths = tensor(Int32Array.from(sources, (row) => row.length));
    const { memory, state } = this.encode(ids, lengths);
    const first = full([sources.length, maxLength], this.start, { dtype: "i32" });
    const { tokens } = this.decoder.decode(first, memory, { state, feed: "greedy" });
    const chosen = await tokens.data();
    return sources.map((_, i) => {
      const row = Array.from(chosen.slice(i * maxLength, (i + 1) * maxLength), Number);
      const last = row.indexOf(this.end);
      return last < 0 ? row : row.slice(0, last);
    });
  }

  /** What the decoder is told: the start, then the target without its last token. */
  private shifted(target: Tensor): Tensor {
    const first = full([target.shape[0] as number, 1], this.start, { dtype: "i32" });
    return first.concat([target.cast("i32").at(":", ":-1")], { axis: 1 });
  }
}

// A recurrent decoder: a token at a time, from its state, the token before and what it looks at in a
// memory (the states of an encoder, places of an image). Fed with the right tokens while training
// (teacher forcing), with its own otherwise.

import { ShapeError } from "../../ir/errors.ts";
import { zeros } from "../../tensor/create.ts";
import { categorical } from "../../tensor/random.ts";
import { requireOneOf, requireSizes } from "../../tensor/requirements.ts";
import { scan } from "../../tensor/scan.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { AdditiveAttention } from "../attention/additive-attention.ts";
import { attentionWeights, dotScore } from "../attention/attention.ts";
import { Embedding } from "../embedding.ts";
import type { FloatType } from "../init.ts";
import { Linear } from "../linear.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";
import { GatedStep, type RecurrentState, type RecurrentStep, startOf } from "./recurrent-cell.ts";

/** Options of AttentionDecoder. */
export interface AttentionDecoderOptions {
  /** Tokens. */
  vocabulary: number;
  /** Of the embedding of a token. */
  width: number;
  /** Of the state. */
  hidden: number;
  /** Of the memory. */
  memorySize: number;
  /** How it looks at the memory: "dot" wants it as wide as the state. Default "additive" */
  attention?: "additive" | "dot" | "none";
  /** Whether the token before is an input; without, it is known through the state only. Default true */
  feedback?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/** What a decoder looks at: the memory, and what was computed of it beforehand. */
export interface DecoderMemory {
  /** [batch, places, memorySize] */
  readonly values: Tensor;
  /** [batch, places, n] */
  readonly keys: Tensor;
  /** bool [batch, 1, places]: the places that are no padding. */
  readonly mask?: Tensor;
}

/** What comes before: the right token, the likeliest one, or one drawn. */
export type Feed = "target" | "greedy" | "sample";

/** What one step of a decoder gives. */
export interface DecoderStep {
  /** [batch, vocabulary] */
  readonly logits: Tensor;
  readonly state: RecurrentState;
  /** [batch, places]: where it looked. */
  readonly weights: Tensor;
}

/** A decoded batch. */
export interface Decoded {
  /** [batch, time, vocabulary] */
  readonly logits: Tensor;
  /** [batch, time, places] */
  readonly weights: Tensor;
  /** i32 [batch, time]: the tokens chosen; with "target" the likeliest. */
  readonly tokens: Tensor;
}

/**
 * hₜ = cell([embed(yₜ₋₁), c], hₜ₋₁) with c what hₜ₋₁ attends to, and logits W·[hₜ, c] + b.
 *
 * @throws ShapeError  dot scores are wanted of a memory that is not as wide as the state
 * @source Bahdanau, Cho and Bengio 2015, §3.1 and §A.2; dot scores of Luong, Pham and Manning 2015;
 *   seed 003 §Seq2Seq and §Attention
 * @example
 * const decoder = new AttentionDecoder({ vocabulary: 9, width: 4, hidden: 6, memorySize: 5 });
 * decoder.forward(zeros([2, 3], { dtype: "i32" }), zeros([2, 7, 5])).shape; // [2, 3, 9]
 */
export class AttentionDecoder extends Module {
  readonly embedding: Embedding | undefined;
  readonly cell: RecurrentStep;
  readonly attention: AdditiveAttention | undefined;
  readonly head: Linear;
  readonly looks: boolean;

  constructor(options: AttentionDecoderOptions) {
    super();
    const { vocabulary, width, hidden, memorySize, dtype = "f32" } = options;
    const { attention = "additive", feedback = true } = options;
    requireSizes("AttentionDecoder", { vocabulary, width, hidden, memorySize });
    requireOneOf("AttentionDecoder", { attention }, ["additive", "dot", "none"]);
    if (attention === "dot" && hidden !== memorySize) {
      throw new ShapeError(
        `AttentionDecoder: dot scores want a memory as wide as the state, not ${memorySize} and ${hidden}; additive ones do not`,
      );
    }
    this.looks = attention !== "none";
    const context = this.looks ? memorySize : 0;
    const input = (feedback ? width : 0) + context;
    this.embedding = feedback ? new Embedding(vocabulary, width, { dtype }) : undefined;
    // Without any input the cell gets a constant.
    this.cell = new GatedStep(Math.max(1, input), hidden, { dtype });
    this.attention =
      attention === "additive" ? new AdditiveAttention(hidden, memorySize, { dtype }) : undefined;
    this.head = new Linear(hidden + context, vocabulary, { dtype });
  }

  /**
   * Readies a memory.
   *
   * @param memory  [batch, places, memorySize]
   * @param mask    bool [batch, places]: the places that are no padding. Default all
   */
  remember(memory: Tensor, mask?: Tensor): DecoderMemory {
    const keys = this.attention?.key.forward(memory) ?? memory;
    return { values: memory, keys, ...(mask === undefined ? {} : { mask: mask.unsqueeze(1) }) };
  }

  /** One token on. @param tokens  integers [batch]: those before */
  step(tokens: Tensor, state: RecurrentState, memory: DecoderMemory): DecoderStep {
    const { features, ...next } = this.advance(tokens, state, memory);
    return { logits: this.head.forward(features), ...next };
  }

  /** A step without its read-out: [batch, features] instead of logits. */
  private advance(tokens: Tensor, state: RecurrentState, memory: DecoderMemory) {
    const query = (state[0] as Tensor).unsqueeze(1); // [batch, 1, hidden]
    const weights = this.look(query, memory); // [batch, 1, places]
    const context = this.looks ? [weights.matmul(memory.values).squeeze(1)] : [];
    const before = this.embedding === undefined ? [] : [this.embedding.forward(tokens)];
    const inputs = [...before, ...context];
    const x = joined(inputs) ?? zeros([query.shape[0] as number, 1], { dtype: query.dtype });
    const next = this.cell.step(x, state);
    const features = joined([next[0] as Tensor, ...context]) as Tensor;
    return { features, state: next, weights: weights.squeeze(1) };
  }

  /**
   * Logits of all steps, fed with the right tokens.
   *
   * @param tokens  integers [batch, time]: the start, then all but the last
   * @param memory  [batch, places, memorySize], or what `remember` gave
   * @param state   Default zeros
   * @returns       [batch, time, vocabulary]
   */
  forward(tokens: Tensor, memory: Tensor | DecoderMemory, state?: RecurrentState): Tensor {
    return this.decode(tokens, memory, { state }).logits;
  }

  /**
   * All steps, fed as told: with "greedy" and "sample" only the first of the tokens is used.
   *
   * @param tokens   integers [batch, time]
   * @param options  state, default zeros; feed, default "target"
   * @throws ShapeError  the tokens are no batch
   */
  decode(
    tokens: Tensor,
    memory: Tensor | DecoderMemory,
    { state, feed = "target" }: { state?: RecurrentState; feed?: Feed } = {},
  ): Decoded {
    if (tokens.rank !== 2) {
      throw new ShapeError(
        `AttentionDecoder: tokens must be [batch, time], not ${showShape(tokens.shape)}`,
      );
    }
    requireOneOf("AttentionDecoder", { feed }, ["target", "greedy", "sample"]);
    const source = "values" in memory ? memory : this.remember(memory);
    const ids = tokens.cast("i32");
    const first = state ?? startOf(this.cell, source.values);
    return feed === "target"
      ? this.forced(ids, first, source)
      : this.free(ids, first, source, feed);
  }

  /** Fed with the right tokens: all steps are read out at once, after the loop. */
  private forced(ids: Tensor, first: RecurrentState, source: DecoderMemory): Decoded {
    const body = (state: RecurrentState, token: Tensor) => {
      const { state: next, ...seen } = this.advance(token, state, source);
      return [next, seen] as const;
    };
    const [, { features, weights }] = scan(body, first, ids, { axis: 1 });
    const logits = this.head.forward(features);
    return { logits, weights, tokens: logits.argMax({ axis: -1 }).cast("i32") };
  }

  /** Fed with its own. */
  private free(
    ids: Tensor,
    first: RecurrentState,
    source: DecoderMemory,
    feed: "greedy" | "sample",
  ): Decoded {
    const init = { token: ids.at(":", 0), state: first };
    const body = (carry: typeof init) => {
      const { logits, state, weights } = this.step(carry.token, carry.state, source);
      const chosen = feed === "sample" ? categorical(logits) : logits.argMax({ axis: -1 });
      const token = chosen.cast("i32");
      return [
        { token, state },
        { logits, weights, tokens: token },
      ] as const;
    };
    const length = ids.shape[1] as number;
    return scan(body, init, { length }, { axis: 1 })[1];
  }

  private look(query: Tensor, { keys, mask }: DecoderMemory): Tensor {
    if (this.attention !== undefined) return this.attention.weights(query, keys, mask);
    const options = { score: dotScore, ...(mask === undefined ? {} : { mask }) };
    if (this.looks) return attentionWeights(query, keys, options);
    return zeros([query.shape[0] as number, 1, keys.shape[1] as number], { dtype: query.dtype });
  }
}

function joined(parts: readonly Tensor[]): Tensor | undefined {
  const [first, ...rest] = parts;
  return rest.length === 0 ? first : first?.concat(rest, { axis: 1 });
}

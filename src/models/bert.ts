// BERT: a transformer whose places all see each other, trained to name words that were masked and to
// tell whether a sentence follows another; then tuned to a task. Sizes are those of BERT base.
// Devlin, Chang, Lee and Toutanova 2019, "BERT: Pre-training of Deep Bidirectional Transformers for
// Language Understanding". arXiv:1810.04805

import { ArgumentError, ShapeError } from "../ir/errors.ts";
import { Dropout } from "../nn/dropout.ts";
import { Embedding } from "../nn/embedding.ts";
import { type FloatType, normal } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { crossEntropy } from "../nn/losses/cross-entropy.ts";
import { Module } from "../nn/module.ts";
import { LayerNorm } from "../nn/normalization/layer-norm.ts";
import { showShape } from "../nn/shape.ts";
import { TransformerEncoderLayer } from "../nn/transformer/encoder-layer.ts";
import { requireLayerOptions } from "../nn/transformer/feed-forward.ts";
import { LearnedPositions } from "../nn/transformer/positions.ts";
import { Parameter } from "../tensor/cell.ts";
import { zeros } from "../tensor/create.ts";
import type { Generator } from "../tensor/generator.ts";
import { rand, randint } from "../tensor/random.ts";
import { requireSizes, requireTokens } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of BERT. */
export interface BERTOptions {
  /** Tokens. Default 30522 */
  vocabulary?: number;
  /** Places. Default 512 */
  context?: number;
  /** Kinds of segment: the first sentence, the second. Default 2 */
  segments?: number;
  /** Default 768 */
  width?: number;
  /** Default 12 */
  heads?: number;
  /** Default 12 */
  layers?: number;
  /** Default 4·width */
  dimFeedforward?: number;
  /** Default 0.1 */
  dropout?: number;
  /** Default f32. */
  dtype?: FloatType;
}

/** What BERT reads beside the tokens. */
export interface BERTInput {
  /** integers [batch, time]: which sentence a token is of. Default all 0 */
  segments?: Tensor;
  /** bool [batch, time]: the tokens that are no padding. Default all */
  mask?: Tensor;
}

/** A batch of the two tasks that BERT learns from. */
export interface PretrainingBatch extends BERTInput {
  /** integers [batch, time], masked. */
  readonly ids: Tensor;
  /** integers [batch, time]: the token where one is to be named, −100 elsewhere. */
  readonly labels: Tensor;
  /** integers [batch]: 0 if the second sentence follows the first, 1 if not. Default: no such part */
  readonly isRandom?: Tensor;
}

/**
 * A vector for every token, of all tokens around it, with two heads for pre-training.
 *
 * @param options  vocabulary, context, segments, width, heads, layers, dimFeedforward, dropout
 * @source  Devlin et al. 2019, §3; seed 003 §Applications in NLP
 * @example
 * const model = new BERT({ vocabulary: 10, context: 8, width: 8, heads: 2, layers: 1 });
 * model.forward(zeros([2, 5], { dtype: "i32" })).shape; // [2, 5, 8]
 */
export class BERT extends Module {
  readonly tokens: Embedding;
  readonly positions: LearnedPositions;
  readonly segments: Embedding;
  readonly norm: LayerNorm;
  readonly dropout: Dropout;
  readonly layers: readonly TransformerEncoderLayer[];
  readonly pooler: Linear;
  /** What comes before the table of tokens, which names the masked ones. */
  readonly transform: Linear;
  readonly transformNorm: LayerNorm;
  readonly tokenBias: Parameter;
  readonly nextSentence: Linear;

  constructor(options: BERTOptions = {}) {
    super();
    const { vocabulary = 30_522, context = 512, segments = 2, width = 768, heads = 12 } = options;
    const { layers = 12, dimFeedforward = 4 * width, dropout = 0.1, dtype = "f32" } = options;
    requireSizes("BERT", { vocabulary, context, segments, layers });
    requireLayerOptions("BERT", width, heads, { dimFeedforward, dropout });
    const eps = 1e-12;
    this.tokens = new Embedding(vocabulary, width, { dtype });
    this.positions = new LearnedPositions(context, width, { dtype });
    this.segments = new Embedding(segments, width, { dtype });
    this.norm = new LayerNorm(width, { eps, dtype });
    this.dropout = new Dropout(dropout);
    const layer = {
      dimFeedforward,
      dropout,
      activation: "gelu",
      layerNormEps: eps,
      dtype,
    } as const;
    this.layers = Array.from(
      { length: layers },
      () => new TransformerEncoderLayer(width, heads, layer),
    );
    this.pooler = new Linear(width, width, { dtype });
    this.transform = new Linear(width, width, { dtype });
    this.transformNorm = new LayerNorm(width, { eps, dtype });
    this.tokenBias = new Parameter(zeros([vocabulary], { dtype }));
    this.nextSentence = new Linear(width, 2, { dtype });
    for (const [name, parameter] of Object.entries(this.parameters())) {
      if (parameter.rank > 1) parameter.assign(normal(parameter.shape, { std: 0.02, dtype }));
      else if (/bias$/i.test(name)) parameter.assign(0);
    }
  }

  /**
   * @param ids    integers [batch, time]
   * @param input  segments, mask
   * @returns      [batch, time, width]
   * @throws ShapeError  the ids are no batch, or longer than the context
   */
  forward(ids: Tensor, { segments, mask }: BERTInput = {}): Tensor {
    if (ids.rank !== 2) {
      throw new ShapeError(`BERT: token ids must be [batch, time], not ${showShape(ids.shape)}`);
    }
    const kind = this.segments.forward(segments ?? zeros(ids.shape, { dtype: "i32" }));
    const sum = this.positions.forward(this.tokens.forward(ids)).add(kind);
    let x = this.dropout.forward(this.norm.forward(sum)); // [batch, time, width]
    for (const layer of this.layers) x = layer.forward(x, { keyMask: mask });
    return x;
  }

  /** Of the first token, for what a whole sequence is about. @param states  [batch, time, width] */
  pooled(states: Tensor): Tensor {
    return this.pooler.forward(states.at(":", 0)).tanh(); // [batch, width]
  }

  /** Logits of what a masked token was. @param states  [..., width] @returns [..., vocabulary] */
  tokenLogits(states: Tensor): Tensor {
    const y = this.transformNorm.forward(this.transform.forward(states).gelu());
    return y.matmul(this.tokens.weight.T).add(this.tokenBias);
  }

  /** Logits of following and of not. @param pooled  [batch, width] @returns [batch, 2] */
  nextSentenceLogits(pooled: Tensor): Tensor {
    return this.nextSentence.forward(pooled);
  }

  /**
   * The loss of pre-training: of the masked tokens, and of the next sentence.
   *
   * @returns  nats: the mean over masked tokens, plus the mean over pairs
   */
  pretrainingLoss({ ids, labels, isRandom, ...input }: PretrainingBatch): Tensor {
    const states = this.forward(ids, input);
    const logits = this.tokenLogits(states).flatten(0, 1); // [batch·time, vocabulary]
    const masked = crossEntropy(logits, labels.reshape([-1]), { ignoreIndex: ignored });
    if (isRandom === undefined) return masked;
    return masked.add(crossEntropy(this.nextSentenceLogits(this.pooled(states)), isRandom));
  }
}

/** The label of a token that is not to be named. */
const ignored = -100;

/** Options of the masking of tokens. */
export interface MaskOptions {
  /** The token that stands for a masked one. */
  mask: number;
  /** Tokens there are; those that replace others are drawn from them. */
  vocabulary: number;
  /** The first so many tokens are special: neither masked nor drawn. Default 0 */
  specials?: number;
  /** The share of tokens to be named. Default 0.15 */
  rate?: number;
  /** Default: the stream that seed() sets. */
  generator?: Generator;
}

/**
 * Masks tokens: of those chosen 80 % become the mask, 10 % another token, and 10 % stay.
 *
 * @param ids      integers [batch, time]
 * @param options  mask, vocabulary, specials, rate
 * @returns        ids, masked; labels: the token where it is to be named, −100 elsewhere
 * @throws ArgumentError  the rate is no probability
 * @source  Devlin et al. 2019, §3.1 and §A.1
 * @example
 * maskTokens(zeros([2, 5], { dtype: "i32" }), { mask: 1, vocabulary: 9, specials: 2 }).ids; // [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
 */
export function maskTokens(
  ids: Tensor,
  { mask, vocabulary, specials = 0, rate = 0.15, generator }: MaskOptions,
): { readonly ids: Tensor; readonly labels: Tensor } {
  requireTokens("maskTokens", { mask }, vocabulary);
  requireSizes("maskTokens", { specials }, 0);
  if (!(rate >= 0 && rate <= 1)) {
    throw new ArgumentError(`maskTokens: the rate must lie in [0, 1], not ${rate}`);
  }
  const tokens = ids.cast("i32");
  const chosen = rand(ids.shape, { generator })
    .less(rate)
    .logicalAnd(tokens.greaterEqual(specials));
  const fate = rand(ids.shape, { generator });
  const drawn = randint(ids.shape, { low: specials, high: vocabulary, generator });
  const changed = drawn.where(fate.less(0.9), tokens);
  const masked = changed.where(fate.greaterEqual(0.8), mask);
  return { ids: masked.where(chosen, tokens), labels: tokens.where(chosen, ignored) };
}

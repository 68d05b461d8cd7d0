// GPT: a stack of transformer layers that see only what came before, trained to say the next token,
// and asked by what is put into its context. Sizes are those of the small GPT-2; nanoGPT's are the
// options tied, bias and sizes.
// Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training"; Radford et al.
// 2019, "Language Models are Unsupervised Multitask Learners".

import { DataError, ShapeError } from "../ir/errors.ts";
import { KeyValueCache } from "../nn/attention/key-value-cache.ts";
import { type SamplingOptions, sampleLogits } from "../nn/decoding/sampling.ts";
import { Dropout } from "../nn/dropout.ts";
import { Embedding } from "../nn/embedding.ts";
import { type FloatType, normal } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { LayerNorm } from "../nn/normalization/layer-norm.ts";
import { showShape } from "../nn/shape.ts";
import { TransformerEncoderLayer } from "../nn/transformer/encoder-layer.ts";
import { requireLayerOptions } from "../nn/transformer/feed-forward.ts";
import { LearnedPositions } from "../nn/transformer/positions.ts";
import { compile } from "../tensor/compile.ts";
import { tensor } from "../tensor/create.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of GPT. */
export interface GPTOptions {
  /** Tokens. Default 50257 */
  vocabulary?: number;
  /** Places. Default 1024 */
  context?: number;
  /** Default 768 */
  width?: number;
  /** Default 12 */
  heads?: number;
  /** Default 12 */
  layers?: number;
  /** Default 0.1 */
  dropout?: number;
  /** Whether linear maps and normalisations add something. Default true */
  bias?: boolean;
  /** Whether the read-out is the table of tokens. Default true */
  tied?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/** Options of generate. */
export interface GenerateOptions extends SamplingOptions {
  /** New tokens, at most. */
  count: number;
  /** A token after which a row ends. Default none */
  end?: number;
  /** Whether keys and values are kept instead of computed again at each step. Default true */
  cached?: boolean;
}

/**
 * A language model: logits of the next token at every place.
 *
 * Matrices start normal with standard deviation 0.02, those that end in a sum with 0.02/√(2·layers).
 *
 * @param options  vocabulary, context, width, heads, layers, dropout, bias, tied
 * @cost    2·12·layers·width² FLOP a token forwards, and what attention takes
 * @source  Radford et al. 2019, §2.3 and table 2; seed 003 §Applications in NLP
 * @example
 * const model = new GPT({ vocabulary: 10, context: 8, width: 8, heads: 2, layers: 1 });
 * model.forward(zeros([2, 5], { dtype: "i32" })).shape; // [2, 5, 10]
 */
export class GPT extends Module {
  readonly tokens: Embedding;
  readonly positions: LearnedPositions;
  readonly dropout: Dropout;
  readonly blocks: readonly TransformerEncoderLayer[];
  readonly norm: LayerNorm;
  /** Undefined where it is the table of tokens. */
  readonly head: Linear | undefined;
  readonly context: number;

  constructor(options: GPTOptions = {}) {
    super();
    const { vocabulary = 50_257, context = 1024, width = 768, heads = 12, layers = 12 } = options;
    const { dropout = 0.1, bias = true, tied = true, dtype = "f32" } = options;
    requireSizes("GPT", { vocabulary, context, layers });
    requireLayerOptions("GPT", width, heads, { dropout });
    this.context = context;
    this.tokens = new Embedding(vocabulary, width, { dtype });
    this.positions = new LearnedPositions(context, width, { dtype });
    this.dropout = new Dropout(dropout);
    this.blocks = Array.from(
      { length: layers },
      () =>
        new TransformerEncoderLayer(width, heads, {
          dimFeedforward: 4 * width,
          dropout,
          activation: "gelu",
          normFirst: true,
          bias,
          dtype,
        }),
    );
    this.norm = new LayerNorm(width, { bias, dtype });
    this.head = tied ? undefined : new Linear(width, vocabulary, { bias: false, dtype });
    for (const [name, parameter] of Object.entries(this.parameters())) {
      const sums = /\.(?:out_proj|linear2)\.weight$/.test(name);
      const std = sums ? 0.02 / Math.sqrt(2 * layers) : 0.02;
      if (parameter.rank > 1) parameter.assign(normal(parameter.shape, { std, dtype }));
      else if (/bias$/.test(name)) parameter.assign(0);
    }
  }

  /**
   * @param ids      integers [batch, time], of at most `context` places
   * @param options  caches, one a layer, where ids are new places from `position` on
   * @returns        [batch, time, vocabulary] logits
   * @throws ShapeError  the ids are too long
   */
  forward(
    ids: Tensor,
    {
      caches,
      position = 0,
    }: { caches?: readonly KeyValueCache[]; position?: number | Tensor } = {},
  ): Tensor {
    if (ids.rank !== 2) {
      throw new ShapeError(`GPT: token ids must be [batch, time], not ${showShape(ids.shape)}`);
    }
    let x = this.positions.forward(this.tokens.forward(ids), { position });
    x = this.dropout.forward(x); // [batch, time, width]
    for (const [i, block] of this.blocks.entries()) {
      x = block.forward(x, { causal: true, cache: caches?.[i], position });
    }
    const y = this.norm.forward(x);
    return this.head === undefined ? y.matmul(this.tokens.weight.T) : this.head.forward(y);
  }

  /** Room for the keys and values of all places, a layer each. */
  makeCaches(batch: number): KeyValueCache[] {
    const dtype: FloatType = this.tokens.weight.dtype === "f64" ? "f64" : "f32";
    return this.blocks.map(({ selfAttention: { heads, width } }) => {
      return new KeyValueCache({ batch, heads, size: this.context, width: width / heads, dtype });
    });
  }

  /**
   * Goes on with texts of one length.
   *
   * Beyond the context the first tokens are forgotten, and each step computes all places.
   *
   * @param prompts  token ids; not empty
   * @param options  count; temperature, topK, topP; end; cached
   * @returns        for each prompt the new tokens, the end included
   * @throws DataError  prompts differ in length, or are empty
   */
  async generate(
    prompts: readonly (readonly number[])[],
    { count, end, cached = true, ...sampling }: GenerateOptions,
  ): Promise<number[][]> {
    const length = prompts[0]?.length ?? 0;
    if (length === 0 || prompts.some((prompt) => prompt.length !== length)) {
      throw new DataError("GPT.generate: prompts must be of one length, and not empty");
    }
    const wasTraining = this.training;
    this.eval();
    try {
      return await this.goOn(prompts, count, end, cached, sampling);
    } finally {
      this.train(wasTraining);
    }
  }

  private async goOn(
    prompts: readonly (readonly number[])[],
    count: number,
    end: number | undefined,
    cached: boolean,
    sampling: SamplingOptions,
  ): Promise<number[][]> {
    const caches = cached ? this.makeCaches(prompts.length) : [];
    const choose = (logits: Tensor): Tensor => sampleLogits(logits.at(":", -1), sampling);
    const next = compile((ids: Tensor, position: Tensor) =>
      choose(this.forward(ids, { caches, position })),
    );
    const again = compile((ids: Tensor) => choose(this.forward(ids)));
    const all = prompts.map((prompt) => [...prompt]);
    const ended = prompts.map(() => false);
    const length = (prompts[0] as readonly number[]).length;
    let seen = 0;
    for (let i = 0; i < count && !ended.every(Boolean); i++) {
      const from = Math.max(0, length + i - this.context);
      const usesCache = cached && from === 0;
      const rows = all.map((row) => row.slice(usesCache ? seen : from));
      const ids = tensor(rows, { dtype: "i32" });
      const tokens = usesCache ? next(ids, tensor(seen, { dtype: "i32" })) : again(ids);
      seen = length + i;
      for (const [row, token] of (await tokens.data()).entries()) {
        (all[row] as number[]).push(Number(token));
        if (token === end) ended[row] = true;
      }
    }
    return all.map((row) => {
      const fresh = row.slice(length);
      const last = end === undefined ? -1 : fresh.indexOf(end);
      return last < 0 ? fresh : fresh.slice(0, last + 1);
    });
  }
}

// The transformer as its paper uses it: tokens of the source in, tokens of the target out, one at a
// time, with what was computed of earlier tokens kept.
// Vaswani et al. 2017, "Attention Is All You Need", whose base sizes are the defaults. arXiv:1706.03762

import { ArgumentError, ShapeError } from "../ir/errors.ts";
import { paddingMask } from "../nn/attention/masks.ts";
import { Dropout } from "../nn/dropout.ts";
import { Embedding } from "../nn/embedding.ts";
import { normal } from "../nn/init.ts";
import { Module } from "../nn/module.ts";
import { showShape } from "../nn/shape.ts";
import { requireLayerOptions } from "../nn/transformer/feed-forward.ts";
import { SinusoidalPositions } from "../nn/transformer/positions.ts";
import { Transformer, type TransformerOptions } from "../nn/transformer/transformer.ts";
import { compile } from "../tensor/compile.ts";
import { tensor } from "../tensor/create.ts";
import { realize } from "../tensor/engine.ts";
import { requireSizes, requireTokens } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of TranslationTransformer. */
export interface TranslationTransformerOptions extends TransformerOptions {
  /** Tokens, of source and target together. Default 37000 */
  vocabulary?: number;
  /** The token that the decoder starts from. Default 1 */
  start?: number;
  /** The token that ends a sequence. Default 2 */
  end?: number;
}

/** Options of translate of TranslationTransformer. */
export interface TransformerTranslateOptions {
  /** Tokens at most, the end included. Default 50 */
  maxLength?: number;
  /** Whether keys and values are kept instead of computed again at each step. Default true */
  cached?: boolean;
}

/**
 * Logits of the next token of the target, given the source.
 *
 * One table embeds source and target and reads the result out; embeddings are multiplied by √width.
 *
 * @param options  vocabulary, width, heads, encoderLayers, decoderLayers, dimFeedforward, dropout, …
 * @source  Vaswani et al. 2017, §3 and table 3 (base); seed 003 §Transformers
 * @example
 * const model = new TranslationTransformer({ vocabulary: 9, width: 8, heads: 2, encoderLayers: 1, decoderLayers: 1 });
 * model.forward(ones([2, 5], { dtype: "i32" }), ones([2, 3], { dtype: "i32" })).shape; // [2, 3, 9]
 */
export class TranslationTransformer extends Module {
  readonly tokens: Embedding;
  readonly positions: SinusoidalPositions;
  readonly dropout: Dropout;
  readonly transformer: Transformer;
  readonly start: number;
  readonly end: number;
  readonly width: number;

  constructor(options: TranslationTransformerOptions = {}) {
    super();
    const { vocabulary = 37_000, start = 1, end = 2, width = 512, ...sizes } = options;
    const { dropout = 0.1, dtype = "f32" } = sizes;
    const { heads = 8, encoderLayers = 6, decoderLayers = 6 } = sizes;
    requireSizes("TranslationTransformer", { vocabulary, encoderLayers, decoderLayers });
    requireLayerOptions("TranslationTransformer", width, heads, sizes);
    requireTokens("TranslationTransformer", { start, end }, vocabulary);
    this.start = start;
    this.end = end;
    this.width = width;
    this.tokens = new Embedding(vocabulary, width, { dtype });
    this.tokens.weight.assign(normal([vocabulary, width], { std: 1 / Math.sqrt(width), dtype }));
    this.positions = new SinusoidalPositions(width);
    this.dropout = new Dropout(dropout);
    this.transformer = new Transformer({ ...sizes, width });
  }

  /**
   * @param source   integers [batch, time]
   * @param before   integers [batch, steps]: the start, then the target without its last token
   * @param options  lengths of the sources. Default: nothing is padding
   * @returns        [batch, steps, vocabulary]
   */
  forward(source: Tensor, before: Tensor, { lengths }: { lengths?: Tensor } = {}): Tensor {
    const sourceKeyMask = this.maskOf(source, lengths);
    const x = this.embed(source);
    return this.readOut(this.transformer.forward(x, this.embed(before), { sourceKeyMask }));
  }

  /**
   * The likeliest token at each step.
   *
   * @param source   integers [batch, time]
   * @param options  maxLength, cached, lengths
   * @returns        token ids, without the end
   * @throws ArgumentError  maxLength is not above 0
   */
  async translate(
    source: Tensor,
    options: TransformerTranslateOptions & { lengths?: Tensor } = {},
  ): Promise<number[][]> {
    const { maxLength = 50, cached = true, lengths } = options;
    if (!(maxLength > 0)) {
      throw new ArgumentError(`TranslationTransformer: maxLength must be > 0, not ${maxLength}`);
    }
    const wasTraining = this.training;
    this.eval();
    try {
      return await this.goOn(source, lengths, maxLength, cached);
    } finally {
      this.train(wasTraining);
    }
  }

  private async goOn(
    source: Tensor,
    lengths: Tensor | undefined,
    maxLength: number,
    cached: boolean,
  ): Promise<number[][]> {
    const { encoder, decoder } = this.transformer;
    const sourceKeyMask = this.maskOf(source, lengths);
    const memory = encoder.forward(this.embed(source), { keyMask: sourceKeyMask });
    const caches = cached ? decoder.remember(memory, maxLength) : memory;
    await realize(
      memory,
      cached ? decoderTensors(caches as ReturnType<typeof decoder.remember>) : [],
    );
    const step = compile((ids: Tensor, position: Tensor) => {
      const y = decoder.forward(this.embed(ids, position), caches, {
        position,
        memoryKeyMask: sourceKeyMask,
      });
      return this.readOut(y.at(":", -1)).argMax({ axis: -1 });
    });
    const rows = Array.from({ length: source.shape[0] as number }, () => [this.start]);
    const ended = rows.map(() => false);
    for (let i = 0; i < maxLength && !ended.every(Boolean); i++) {
      const at = cached ? i : 0;
      const ids = tensor(
        rows.map((row) => row.slice(at)),
        { dtype: "i32" },
      );
      const tokens = step(ids, tensor(at, { dtype: "i32" }));
      for (const [row, token] of (await tokens.data()).entries()) {
        (rows[row] as number[]).push(Number(token));
        if (token === this.end) ended[row] = true;
      }
    }
    return rows.map((row) => {
      const last = row.indexOf(this.end, 1);
      return row.slice(1, last < 0 ? undefined : last);
    });
  }

  private embed(ids: Tensor, position?: Tensor): Tensor {
    if (ids.rank !== 2) {
      throw new ShapeError(
        `TranslationTransformer: token ids must be [batch, time], not ${showShape(ids.shape)}`,
      );
    }
    const x = this.tokens.forward(ids).mul(Math.sqrt(this.width));
    return this.dropout.forward(this.positions.forward(x, { position }));
  }

  private readOut(states: Tensor): Tensor {
    return states.matmul(this.tokens.weight.T);
  }

  private maskOf(source: Tensor, lengths: Tensor | undefined): Tensor | undefined {
    return lengths === undefined ? undefined : paddingMask(lengths, source.shape[1] as number);
  }
}

/** The tensors that a decoder looks at in its source. */
const decoderTensors = (
  caches: readonly { readonly memory: { readonly keys: Tensor; readonly values: Tensor } }[],
): Tensor[] => caches.flatMap(({ memory }) => [memory.keys, memory.values]);

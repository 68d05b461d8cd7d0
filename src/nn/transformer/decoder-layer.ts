// A layer of a transformer's decoder: self-attention that does not look ahead, attention over what
// the encoder made, then the same two-layer network at every place.

import type { Tensor } from "../../tensor/tensor.ts";
import type { KeysAndValues, KeyValueCache } from "../attention/key-value-cache.ts";
import { MultiheadAttention } from "../attention/multihead-attention.ts";
import { Dropout } from "../dropout.ts";
import { Linear } from "../linear.ts";
import { Module } from "../module.ts";
import { LayerNorm } from "../normalization/layer-norm.ts";
import * as stateKeys from "../state-keys.ts";
import {
  activationOf,
  feedForward,
  requireLayerOptions,
  sublayer,
  type TransformerLayerOptions,
} from "./feed-forward.ts";

/** What a layer keeps between the steps of decoding. */
export interface DecoderLayerCache {
  /** Of the places that were decoded. */
  readonly self: KeyValueCache;
  /** Of the encoder's result: multiheadAttention.remember(memory). */
  readonly memory: KeysAndValues;
}

/** What a pass through a decoder layer may be told. */
export interface DecoderLayerOptions {
  /** Whether a place sees only itself and those before. Default true. */
  causal?: boolean;
  /** [time, time], with a batch and heads in front if they differ: true where a place may look. */
  mask?: Tensor;
  /** bool [batch, time]: the places that are no padding. */
  keyMask?: Tensor;
  /** [time, memory], with a batch and heads in front if they differ. */
  memoryMask?: Tensor;
  /** bool [batch, memory]: the places of the encoder that are no padding. */
  memoryKeyMask?: Tensor;
  /** The place of the first row: a number, or i32 [] known at run time. Default 0. */
  position?: number | Tensor;
}

/**
 * y = norm₁(x + attention(x)), z = norm₂(y + attention(y, memory)), then norm₃(z + W₂·φ(W₁·z)).
 *
 * @source Vaswani et al. 2017, Attention Is All You Need, §3.1; seed 003 §Transformers 3–5
 * @example
 * new TransformerDecoderLayer(8, 2).forward(randn([3, 5, 8]), randn([3, 7, 8])).shape; // [3, 5, 8]
 */
export class TransformerDecoderLayer extends Module {
  readonly selfAttention: MultiheadAttention;
  readonly multiheadAttention: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;
  readonly dropout: Dropout;
  readonly activation: (x: Tensor) => Tensor;
  readonly normFirst: boolean;

  constructor(width: number, heads: number, options: TransformerLayerOptions = {}) {
    super();
    requireLayerOptions("TransformerDecoderLayer", width, heads, options);
    const { dimFeedforward = 2048, dropout = 0.1, layerNormEps: eps = 1e-5 } = options;
    const { bias = true, dtype = "f32" } = options;
    this.selfAttention = new MultiheadAttention(width, heads, { dropout, bias, dtype });
    this.multiheadAttention = new MultiheadAttention(width, heads, { dropout, bias, dtype });
    this.linear1 = new Linear(width, dimFeedforward, { bias, dtype });
    this.linear2 = new Linear(dimFeedforward, width, { bias, dtype });
    this.norm1 = new LayerNorm(width, { eps, bias, dtype });
    this.norm2 = new LayerNorm(width, { eps, bias, dtype });
    this.norm3 = new LayerNorm(width, { eps, bias, dtype });
    this.dropout = new Dropout(dropout);
    this.activation = activationOf(options.activation);
    this.normFirst = options.normFirst ?? false;
  }

  override get fieldNames(): stateKeys.FieldNames {
    return stateKeys.transformerLayer;
  }

  /**
   * @param x        [batch, time, width], or without a batch
   * @param memory   the encoder's result [batch, memory, width]; or a cache, where x are new places
   * @param options  causal, mask, keyMask; memoryMask, memoryKeyMask; position
   * @returns        of the shape of x
   */
  forward(
    x: Tensor,
    memory: Tensor | DecoderLayerCache,
    options: DecoderLayerOptions = {},
  ): Tensor {
    const { causal = true, mask, keyMask, memoryMask, memoryKeyMask, position } = options;
    const { selfAttention, multiheadAttention, dropout, normFirst } = this;
    const cached = "self" in memory ? memory : undefined;
    const look = { causal, mask, keyMask, cache: cached?.self, position };
    const across = { mask: memoryMask, keyMask: memoryKeyMask };
    const attend = (z: Tensor): Tensor => dropout.forward(selfAttention.forward(z, z, z, look));
    const attendMemory = (z: Tensor): Tensor =>
      dropout.forward(
        "self" in memory
          ? multiheadAttention.recall(z, memory.memory, across)
          : multiheadAttention.forward(z, memory, memory, across),
      );
    const y = sublayer(x, attend, this.norm1, normFirst);
    const z = sublayer(y, attendMemory, this.norm2, normFirst);
    return sublayer(z, (each) => feedForward(this, each), this.norm3, normFirst);
  }
}

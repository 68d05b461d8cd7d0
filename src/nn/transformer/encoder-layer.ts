// A layer of a transformer's encoder: self-attention, then the same two-layer network at every
// place, each with a residual and a normalisation. With `causal` it is a layer of a language model.

import type { Tensor } from "../../tensor/tensor.ts";
import { type LookOptions, MultiheadAttention } from "../attention/multihead-attention.ts";
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

/**
 * y = norm₁(x + attention(x)), then norm₂(y + W₂·φ(W₁·y)).
 *
 * Numbers trained: 4·width² + 2·width·dimFeedforward, and 9·width + dimFeedforward in biases and
 * normalisations.
 *
 * @source Vaswani et al. 2017, Attention Is All You Need, §3.1; seed 003 §Transformers 4–5
 * @example
 * new TransformerEncoderLayer(8, 2).forward(randn([3, 5, 8])).shape; // [3, 5, 8]
 */
export class TransformerEncoderLayer extends Module {
  readonly selfAttention: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout: Dropout;
  readonly activation: (x: Tensor) => Tensor;
  readonly normFirst: boolean;

  constructor(width: number, heads: number, options: TransformerLayerOptions = {}) {
    super();
    requireLayerOptions("TransformerEncoderLayer", width, heads, options);
    const { dimFeedforward = 2048, dropout = 0.1, layerNormEps: eps = 1e-5 } = options;
    const { bias = true, dtype = "f32" } = options;
    this.selfAttention = new MultiheadAttention(width, heads, { dropout, bias, dtype });
    this.linear1 = new Linear(width, dimFeedforward, { bias, dtype });
    this.linear2 = new Linear(dimFeedforward, width, { bias, dtype });
    this.norm1 = new LayerNorm(width, { eps, bias, dtype });
    this.norm2 = new LayerNorm(width, { eps, bias, dtype });
    this.dropout = new Dropout(dropout);
    this.activation = activationOf(options.activation);
    this.normFirst = options.normFirst ?? false;
  }

  override get fieldNames(): stateKeys.FieldNames {
    return stateKeys.transformerLayer;
  }

  /**
   * @param x        [batch, time, width], or without a batch
   * @param options  mask, keyMask, causal; cache, position
   * @returns        of the shape of x
   */
  forward(x: Tensor, options: LookOptions = {}): Tensor {
    const { selfAttention, dropout, normFirst } = this;
    const attend = (z: Tensor): Tensor => dropout.forward(selfAttention.forward(z, z, z, options));
    const y = sublayer(x, attend, this.norm1, normFirst);
    return sublayer(y, (z) => feedForward(this, z), this.norm2, normFirst);
  }
}

// The transformer: an encoder whose places all see each other, and a decoder whose places see those
// before them and all that the encoder made. Embeddings, positions and the read-out are the model's.

import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { xavierUniform } from "../init.ts";
import { Module } from "../module.ts";
import { LayerNorm } from "../normalization/layer-norm.ts";
import { TransformerDecoderLayer } from "./decoder-layer.ts";
import { TransformerEncoderLayer } from "./encoder-layer.ts";
import { requireLayerOptions, type TransformerLayerOptions } from "./feed-forward.ts";
import { TransformerDecoder, TransformerEncoder } from "./stacks.ts";

/** Options of Transformer. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** Default 512. */
  width?: number;
  /** Default 8. */
  heads?: number;
  /** Default 6. */
  encoderLayers?: number;
  /** Default 6. */
  decoderLayers?: number;
}

/** Where encoder and decoder may look. */
export interface TransformerMasks {
  /** bool [batch, source]: the places of the source that are no padding. */
  sourceKeyMask?: Tensor;
  /** bool [batch, target]: the places of the target that are no padding. */
  targetKeyMask?: Tensor;
  /** [source, source] */
  sourceMask?: Tensor;
  /** [target, target], beside `causal` */
  targetMask?: Tensor;
  /** [target, source] */
  memoryMask?: Tensor;
  /** Whether a place of the target sees only itself and those before. Default true. */
  causal?: boolean;
}

/**
 * decoder(target, encoder(source)).
 *
 * All matrices start Xavier-uniform.
 *
 * @source Vaswani et al. 2017, Attention Is All You Need. arXiv:1706.03762
 * @example
 * const net = new Transformer({ width: 8, heads: 2, encoderLayers: 1, decoderLayers: 1 });
 * net.forward(randn([3, 7, 8]), randn([3, 5, 8])).shape; // [3, 5, 8]
 */
export class Transformer extends Module {
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder;

  constructor(options: TransformerOptions = {}) {
    super();
    const { width = 512, heads = 8, encoderLayers = 6, decoderLayers = 6, ...layer } = options;
    const { layerNormEps: eps = 1e-5, bias = true, dtype = "f32" } = layer;
    requireSizes("Transformer", { encoderLayers, decoderLayers });
    requireLayerOptions("Transformer", width, heads, layer);
    const repeat = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
    const norm = (): LayerNorm => new LayerNorm(width, { eps, bias, dtype });
    this.encoder = new TransformerEncoder(
      repeat(encoderLayers, () => new TransformerEncoderLayer(width, heads, layer)),
      { norm: norm() },
    );
    this.decoder = new TransformerDecoder(
      repeat(decoderLayers, () => new TransformerDecoderLayer(width, heads, layer)),
      { norm: norm() },
    );
    for (const parameter of Object.values(this.parameters())) {
      if (parameter.rank > 1) parameter.assign(xavierUniform(parameter.shape, { dtype }));
    }
  }

  /**
   * @param source  [batch, source, width]
   * @param target  [batch, target, width]
   * @param masks   true where something may be seen
   * @returns       [batch, target, width]
   */
  forward(source: Tensor, target: Tensor, masks: TransformerMasks = {}): Tensor {
    const { sourceKeyMask, targetKeyMask, sourceMask, targetMask, memoryMask, causal } = masks;
    const memory = this.encoder.forward(source, { mask: sourceMask, keyMask: sourceKeyMask });
    return this.decoder.forward(target, memory, {
      causal,
      mask: targetMask,
      keyMask: targetKeyMask,
      memoryMask,
      memoryKeyMask: sourceKeyMask,
    });
  }
}

// Layers of a transformer one after the other: the encoder, and the decoder, which can also go place
// by place with what it has seen kept in caches.

import { ArgumentError, ShapeError } from "../../ir/errors.ts";
import { requireLayers } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { KeyValueCache } from "../attention/key-value-cache.ts";
import type { LookOptions } from "../attention/multihead-attention.ts";
import type { FloatType } from "../init.ts";
import { Module } from "../module.ts";
import type { LayerNorm } from "../normalization/layer-norm.ts";
import { showShape } from "../shape.ts";
import type {
  DecoderLayerCache,
  DecoderLayerOptions,
  TransformerDecoderLayer,
} from "./decoder-layer.ts";
import type { TransformerEncoderLayer } from "./encoder-layer.ts";

/** Options of TransformerEncoder and TransformerDecoder. */
export interface StackOptions {
  /** After the last layer; wanted where layers have normFirst. Default none. */
  norm?: LayerNorm;
}

/**
 * Encoder layers one after the other.
 *
 * @throws ArgumentError  there is no layer
 * @source  Vaswani et al. 2017, Attention Is All You Need, §3.1; seed 003 §Transformers
 * @example
 * const layers = [1, 2].map(() => new TransformerEncoderLayer(8, 2));
 * new TransformerEncoder(layers).forward(randn([3, 5, 8])).shape; // [3, 5, 8]
 */
export class TransformerEncoder extends Module {
  readonly layers: readonly TransformerEncoderLayer[];
  readonly norm: LayerNorm | undefined;

  constructor(layers: readonly TransformerEncoderLayer[], { norm }: StackOptions = {}) {
    super();
    requireStack("TransformerEncoder", layers);
    this.layers = layers;
    this.norm = norm;
  }

  /**
   * @param x        [batch, time, width]
   * @param options  mask, keyMask, causal, for every layer
   */
  forward(x: Tensor, options: Omit<LookOptions, "cache" | "position"> = {}): Tensor {
    let y = x;
    for (const layer of this.layers) y = layer.forward(y, options);
    return this.norm === undefined ? y : this.norm.forward(y);
  }
}

/**
 * Decoder layers one after the other.
 *
 * @throws ArgumentError  there is no layer
 * @source  Vaswani et al. 2017, Attention Is All You Need, §3.1; seed 003 §Transformers
 * @example
 * const layers = [1, 2].map(() => new TransformerDecoderLayer(8, 2));
 * new TransformerDecoder(layers).forward(randn([3, 5, 8]), randn([3, 7, 8])).shape; // [3, 5, 8]
 */
export class TransformerDecoder extends Module {
  readonly layers: readonly TransformerDecoderLayer[];
  readonly norm: LayerNorm | undefined;

  constructor(layers: readonly TransformerDecoderLayer[], { norm }: StackOptions = {}) {
    super();
    requireStack("TransformerDecoder", layers);
    this.layers = layers;
    this.norm = norm;
  }

  /**
   * @param x        [batch, time, width]
   * @param memory   the encoder's result [batch, memory, width]; or what `remember` gave, where x are
   *   new places
   * @param options  causal (default true), masks, position, for every layer
   */
  forward(
    x: Tensor,
    memory: Tensor | readonly DecoderLayerCache[],
    options: DecoderLayerOptions = {},
  ): Tensor {
    let y = x;
    for (const [i, layer] of this.layers.entries()) {
      const seen = Array.isArray(memory) ? (memory[i] as DecoderLayerCache) : (memory as Tensor);
      y = layer.forward(y, seen, options);
    }
    return this.norm === undefined ? y : this.norm.forward(y);
  }

  /**
   * Caches for decoding place by place.
   *
   * @param memory   the encoder's result [batch, memory, width]
   * @param size     places to decode at most
   * @throws ShapeError  the memory is no batch
   */
  remember(memory: Tensor, size: number): DecoderLayerCache[] {
    if (memory.rank !== 3) {
      throw new ShapeError(
        `TransformerDecoder.remember: the memory must be [batch, memory, width], not ${showShape(memory.shape)}`,
      );
    }
    const dtype: FloatType = memory.dtype === "f64" ? "f64" : "f32";
    const [batch, , width] = memory.shape as [number, number, number];
    return this.layers.map(({ selfAttention: { heads }, multiheadAttention }) => ({
      self: new KeyValueCache({ batch, heads, size, width: width / heads, dtype }),
      memory: multiheadAttention.remember(memory),
    }));
  }
}

function requireStack(stack: string, layers: readonly unknown[]): void {
  if (layers.length === 0) throw new ArgumentError(`${stack}: layers must not be empty`);
  requireLayers(stack, Object.fromEntries(layers.map((layer, i) => [`layers[${i}]`, layer])));
}

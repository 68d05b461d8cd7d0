// The vision transformer (ViT), whole: an image as a row of 16 × 16 patches, each a word to a
// transformer's encoder, and a token in front that gathers what the class is. No convolution but the
// one that cuts the patches. State-dict names are those of torchvision.
// Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", §3.1 and table 1. arXiv:2010.11929.

import { ShapeError } from "../ir/errors.ts";
import { MultiheadAttention } from "../nn/attention/multihead-attention.ts";
import { Conv2d } from "../nn/convolution/conv.ts";
import { Dropout } from "../nn/dropout.ts";
import { normal, truncatedNormal, xavierUniform, zeros } from "../nn/init.ts";
import type { Initializer } from "../nn/initialize.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { LayerNorm } from "../nn/normalization/layer-norm.ts";
import { type Sequential, sequential } from "../nn/sequential.ts";
import { showShape } from "../nn/shape.ts";
import type { FieldNames } from "../nn/state-keys.ts";
import { requireLayerOptions } from "../nn/transformer/feed-forward.ts";
import { Parameter } from "../tensor/cell.ts";
import { concat, gelu } from "../tensor/functions.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of VisionTransformer. */
export interface VisionTransformerOptions {
  /** Pixels along each side. Default 224 */
  image?: number;
  /** Pixels along each side of a patch. Default 16, so 14 × 14 patches */
  patch?: number;
  /** Of the images. Default 3 */
  channels?: number;
  /** Numbers that a patch becomes. Default 768: "Base" */
  width?: number;
  /** Layers. Default 12 */
  depth?: number;
  /** Heads of attention. Default 12, of 64 numbers each */
  heads?: number;
  /** Units between the two layers of a perceptron. Default 4 · width */
  hidden?: number;
  /** Default 1000, ImageNet's */
  classes?: number;
  /** Behind embedding, attention and perceptrons; 0.1 where data is little. Default 0 */
  dropout?: number;
}

const none: Initializer = (shape, { dtype }) => zeros(shape, { dtype });
const nearNone: Initializer = (shape, options) => normal(shape, { ...options, std: 1e-6 });

/** x + attention(norm(x)), then x + perceptron(norm(x)). */
class EncoderBlock extends Module {
  readonly norm1: LayerNorm;
  readonly attention: MultiheadAttention;
  readonly dropout: Dropout;
  readonly norm2: LayerNorm;
  readonly perceptron: Sequential;

  constructor(width: number, heads: number, hidden: number, dropped: number) {
    super();
    const dense = { weightInit: xavierUniform, biasInit: nearNone };
    this.norm1 = new LayerNorm(width, { eps: 1e-6 });
    this.attention = new MultiheadAttention(width, heads, { dropout: dropped });
    this.dropout = new Dropout(dropped);
    this.norm2 = new LayerNorm(width, { eps: 1e-6 });
    this.perceptron = sequential(
      ...[new Linear(width, hidden, dense), gelu, new Dropout(dropped)],
      ...[new Linear(hidden, width, dense), new Dropout(dropped)],
    );
  }

  override get fieldNames(): FieldNames {
    return { norm1: "ln_1", attention: "self_attention", norm2: "ln_2", perceptron: "mlp" };
  }

  /** @param x  [batch, patches, width] */
  forward(x: Tensor): Tensor {
    const z = this.norm1.forward(x);
    const seen = x.add(this.dropout.forward(this.attention.forward(z)));
    return seen.add(this.perceptron.forward(this.norm2.forward(seen)));
  }
}

/** Where each patch lies, then the blocks. */
class Encoder extends Module {
  /** [1, patches + 1, width] */
  readonly position: Parameter;
  /** encoder_layer_0, encoder_layer_1, … */
  readonly layers: Readonly<Record<string, EncoderBlock>>;
  readonly norm: LayerNorm;
  readonly dropout: Dropout;

  constructor(places: number, options: Required<VisionTransformerOptions>) {
    super();
    const { width, depth, heads, hidden, dropout } = options;
    this.position = new Parameter(normal([1, places, width], { std: 0.02 }));
    this.dropout = new Dropout(dropout);
    const layers: Record<string, EncoderBlock> = {};
    for (let i = 0; i < depth; i++) {
      layers[`encoder_layer_${i}`] = new EncoderBlock(width, heads, hidden, dropout);
    }
    this.layers = layers;
    this.norm = new LayerNorm(width, { eps: 1e-6 });
  }

  override get fieldNames(): FieldNames {
    return { position: "pos_embedding", norm: "ln" };
  }

  /** @param x  [batch, patches + 1, width] */
  forward(x: Tensor): Tensor {
    let y = this.dropout.forward(x.add(this.position));
    for (const layer of Object.values(this.layers)) y = layer.forward(y);
    return this.norm.forward(y);
  }
}

/**
 * A classifier of images of one size.
 *
 * @param options  image, patch, channels, width, depth, heads, hidden, classes, dropout
 * @throws ShapeError  patches do not tile the image
 * @cost    ViT-B/16: 35 GFLOP an image forwards; 86,567,656 numbers are trained
 * @source  Dosovitskiy et al. 2021, eq. (1)–(4). arXiv:2010.11929
 * @example
 * new VisionTransformer({ image: 8, patch: 4, width: 8, depth: 1, heads: 2 }).forward(zeros([2, 3, 8, 8])).shape; // [2, 1000]
 */
export class VisionTransformer extends Module {
  /** The token in front: [1, 1, width]. */
  readonly token: Parameter;
  readonly patches: Conv2d;
  readonly encoder: Encoder;
  readonly heads: { readonly head: Linear };
  readonly image: number;

  constructor(options: VisionTransformerOptions = {}) {
    super();
    const { image = 224, patch = 16, channels = 3, width = 768, depth = 12 } = options;
    const { heads = 12, hidden = 4 * width, classes = 1000, dropout = 0 } = options;
    requireSizes("VisionTransformer", { image, patch, channels, depth, hidden, classes });
    requireLayerOptions("VisionTransformer", width, heads, { dimFeedforward: hidden, dropout });
    if (image % patch !== 0) {
      throw new ShapeError(
        `VisionTransformer: image ${image} must be a multiple of patch ${patch}, so that patches tile it`,
      );
    }
    this.image = image;
    this.token = new Parameter(zeros([1, 1, width]));
    const fan = channels * patch * patch;
    this.patches = new Conv2d(channels, width, patch, {
      stride: patch,
      weightInit: (shape, drawn) => truncatedNormal(shape, { ...drawn, std: Math.sqrt(1 / fan) }),
      biasInit: none,
    });
    const places = (image / patch) ** 2 + 1;
    const all = { image, patch, channels, width, depth, heads, hidden, classes, dropout };
    this.encoder = new Encoder(places, all);
    this.heads = { head: new Linear(width, classes, { weightInit: none, biasInit: none }) };
  }

  override get fieldNames(): FieldNames {
    return { token: "class_token", patches: "conv_proj" };
  }

  /**
   * @param x  [batch, channels, image, image]
   * @returns  [batch, classes] logits
   * @throws ShapeError  the images are of another size
   */
  forward(x: Tensor): Tensor {
    const { image } = this;
    if (x.rank !== 4 || x.shape[2] !== image || x.shape[3] !== image) {
      throw new ShapeError(
        `VisionTransformer: the input must be [batch, channels, ${image}, ${image}], not ${showShape(x.shape)}`,
      );
    }
    const words = this.patches.forward(x).flatten(2).transpose(); // [batch, patches, width]
    const [batch, , width] = words.shape as [number, number, number];
    const token = this.token.expand([batch, 1, width]);
    const seen = this.encoder.forward(concat([token, words], { axis: 1 }));
    return this.heads.head.forward(seen.at(":", 0)); // [batch, classes]
  }
}

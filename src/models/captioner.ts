// Image captions: a convolutional network turns the picture into a grid of vectors, and a recurrent
// decoder writes words while it looks at places of the grid.
// Vinyals, Toshev, Bengio and Erhan 2015, "Show and Tell"; Xu et al. 2015, "Show, Attend and Tell",
// §3.1, whose decoder this is. arXiv:1502.03044

import { ShapeError } from "../ir/errors.ts";
import { Conv2d } from "../nn/convolution/conv.ts";
import type { FloatType } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { MaxPool2d } from "../nn/pooling/max-pool.ts";
import { AttentionDecoder, type Decoded, type Feed } from "../nn/sequence/attention-decoder.ts";
import { showShape } from "../nn/shape.ts";
import { full } from "../tensor/create.ts";
import { requireOneOf, requireSizes, requireSome, requireTokens } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of Captioner. */
export interface CaptionerOptions {
  /** Words. Default 10000 */
  vocabulary?: number;
  /** Of the images. Default 3 */
  channels?: number;
  /** Maps of the convolutions; after each, the grid is half as large. Default [64, 128, 256, 512] */
  maps?: readonly number[];
  /** Of embeddings. Default 512 */
  width?: number;
  /** Of the state. Default 1800 */
  hidden?: number;
  /** How it looks at the grid; "none" sees the mean of it only. Default "additive" */
  attention?: "additive" | "none";
  /** The token that a caption starts from. Default 1 */
  start?: number;
  /** The token that ends a caption. Default 2 */
  end?: number;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * log p(caption ∣ image), a word at a time.
 *
 * @param options  vocabulary, channels, maps, width, hidden, attention, start, end
 * @source  Xu et al. 2015, §3.1 and §4.3; seed 003 §Encoder-Decoder
 * @example
 * const model = new Captioner({ vocabulary: 9, channels: 1, maps: [4, 8], width: 4, hidden: 6 });
 * model.forward(zeros([2, 1, 16, 16]), ones([2, 3], { dtype: "i32" })).shape; // [2, 3, 9]
 */
export class Captioner extends Module {
  readonly convolutions: readonly Conv2d[];
  readonly pool: MaxPool2d = new MaxPool2d(2);
  /** From the mean of the grid to the decoder's first state. */
  readonly bridge: Linear;
  readonly decoder: AttentionDecoder;
  readonly start: number;
  readonly end: number;

  constructor(options: CaptionerOptions = {}) {
    super();
    const { vocabulary = 10_000, channels = 3, maps = [64, 128, 256, 512] } = options;
    const { width = 512, hidden = 1800, attention = "additive" } = options;
    const { start = 1, end = 2, dtype = "f32" } = options;
    requireSizes("Captioner", { vocabulary, channels, maps, width, hidden });
    requireTokens("Captioner", { start, end }, vocabulary);
    requireSome("Captioner", { maps });
    requireOneOf("Captioner", { attention }, ["additive", "none"]);
    this.start = start;
    this.end = end;
    this.convolutions = maps.map(
      (out, i) =>
        new Conv2d(i === 0 ? channels : (maps[i - 1] as number), out, 3, { padding: 1, dtype }),
    );
    const memorySize = maps.at(-1) ?? channels;
    this.bridge = new Linear(memorySize, hidden, { dtype });
    this.decoder = new AttentionDecoder({
      vocabulary,
      width,
      hidden,
      memorySize,
      attention,
      dtype,
    });
  }

  /**
   * The grid of vectors.
   *
   * @param images  [batch, channels, height, width]
   * @returns       [batch, places, maps]
   * @throws ShapeError  the rank differs
   */
  encode(images: Tensor): Tensor {
    if (images.rank !== 4) {
      throw new ShapeError(
        `Captioner: images must be [batch, channels, height, width], not ${showShape(images.shape)}`,
      );
    }
    let x = images;
    for (const convolution of this.convolutions) {
      x = this.pool.forward(convolution.forward(x).relu());
    }
    return x.flatten(2).swapAxes(1, 2);
  }

  /**
   * @param images    [batch, channels, height, width]
   * @param captions  integers [batch, steps], the end included
   * @param options   feed: what the decoder is told came before. Default the caption
   * @returns         [batch, steps, vocabulary] logits of the caption's tokens
   */
  forward(images: Tensor, captions: Tensor, { feed = "target" }: { feed?: Feed } = {}): Tensor {
    const first = full([captions.shape[0] as number, 1], this.start, { dtype: "i32" });
    const before = first.concat([captions.cast("i32").at(":", ":-1")], { axis: 1 });
    return this.write(this.encode(images), before, feed).logits;
  }

  /**
   * Captions, the likeliest word at each step.
   *
   * @param images     [batch, channels, height, width]
   * @param maxLength  words at most
   * @returns          token ids, without the end
   */
  async caption(images: Tensor, maxLength = 20): Promise<number[][]> {
    const first = full([images.shape[0] as number, maxLength], this.start, { dtype: "i32" });
    const { tokens } = this.write(this.encode(images), first, "greedy");
    const rows = (await tokens.array()) as number[][];
    return rows.map((row) => {
      const last = row.indexOf(this.end);
      return last < 0 ? row : row.slice(0, last);
    });
  }

  private write(grid: Tensor, before: Tensor, feed: Feed): Decoded {
    const state = [this.bridge.forward(grid.mean({ axis: 1 })).tanh()];
    return this.decoder.decode(before, grid, { state, feed });
  }
}

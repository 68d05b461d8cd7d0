// A small decoder-only transformer over characters, made of the library's layers.

import { Parameter, randn, type Tensor, zeros } from "../../src/index.ts";
import { Embedding, LayerNorm, Linear, Module } from "../../src/nn/index.ts";

export interface GptSize {
  readonly vocabulary: number;
  readonly context: number;
  readonly width: number;
  readonly heads: number;
  readonly blocks: number;
}

class Block extends Module {
  readonly heads: number;
  readonly norm1: LayerNorm;
  readonly qkv: Linear;
  readonly projection: Linear;
  readonly norm2: LayerNorm;
  readonly up: Linear;
  readonly down: Linear;

  constructor({ width, heads }: GptSize) {
    super();
    this.heads = heads;
    this.norm1 = new LayerNorm(width);
    this.qkv = new Linear(width, 3 * width);
    this.projection = new Linear(width, width);
    this.norm2 = new LayerNorm(width);
    this.up = new Linear(width, 4 * width);
    this.down = new Linear(4 * width, width);
  }

  /** @param x  [batch, time, width] @param later  [time, time], true where a query may not look */
  forward(x: Tensor, later: Tensor): Tensor {
    const [batch, time, width] = x.shape as [number, number, number];
    const size = width / this.heads;
    const split = (z: Tensor): Tensor =>
      z.reshape([batch, time, this.heads, size]).permute([0, 2, 1, 3]);
    const parts = this.qkv.forward(this.norm1.forward(x)).chunk(3, { axis: -1 }).map(split);
    const [q, k, v] = parts as [Tensor, Tensor, Tensor]; // [batch, head, time, size]
    const weights = q
      .matmul(k.mT)
      .mul(size ** -0.5)
      .maskedFill(later, -1e9)
      .softmax();
    const mixed = weights.matmul(v).permute([0, 2, 1, 3]).reshape([batch, time, width]);
    const y = x.add(this.projection.forward(mixed));
    return y.add(this.down.forward(this.up.forward(this.norm2.forward(y)).gelu()));
  }
}

export class SmallGpt extends Module {
  readonly tokens: Embedding;
  readonly places: Parameter;
  readonly blocks: readonly Block[];
  readonly norm: LayerNorm;
  readonly head: Linear;

  constructor(size: GptSize) {
    super();
    this.tokens = new Embedding(size.vocabulary, size.width);
    this.places = new Parameter(randn([size.context, size.width]).mul(0.02));
    this.blocks = Array.from({ length: size.blocks }, () => new Block(size));
    this.norm = new LayerNorm(size.width);
    this.head = new Linear(size.width, size.vocabulary, { bias: false });
  }

  /** @param ids  [batch, time] @returns [batch, time, vocabulary] logits */
  forward(ids: Tensor): Tensor {
    const time = ids.shape[1] as number;
    const later = zeros([time, time]).add(1).triu({ offset: 1 }).cast("bool");
    let x = this.tokens.forward(ids).add(this.places.at(`:${time}`)); // [batch, time, width]
    for (const block of this.blocks) x = block.forward(x, later);
    return this.head.forward(this.norm.forward(x));
  }
}

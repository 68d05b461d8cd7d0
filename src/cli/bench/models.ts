// The networks of the reference workloads, in the sizes asked for.

import { Parameter, scan, type Tensor, zeros } from "../../index.ts";
import * as nn from "../../nn/index.ts";
import type { Perceptron, RecurrentNetwork, Transformer } from "./definition.ts";

/** What a training step needs of a network. */
export interface Network extends nn.Module {
  forward(x: Tensor): Tensor;
}

export function perceptron({ widths, activation }: Perceptron): Network {
  const last = widths.length - 2;
  const between = activation === "relu" ? nn.relu : nn.tanh;
  return nn.sequential(
    ...widths.slice(1).flatMap((width, i) => {
      const layer = new nn.Linear(widths[i] as number, width);
      return i < last ? [layer, between] : [layer];
    }),
  );
}

export function convolutional(): Network {
  return nn.sequential(
    ...[new nn.Conv2d(1, 32, 3, { padding: 1 }), nn.relu, new nn.MaxPool2d(2)],
    ...[new nn.Conv2d(32, 64, 3, { padding: 1 }), nn.relu, new nn.MaxPool2d(2)],
    ...[nn.flatten, new nn.Linear(3136, 128), nn.relu, new nn.Linear(128, 10)],
  );
}

/** An LSTM over time and a linear read-out at every step; PyTorch's layout, gates i f g o. */
export class Lstm extends nn.Module {
  readonly hidden: number;
  readonly input: nn.Linear;
  readonly recurrent: nn.Linear;
  readonly head: nn.Linear;

  constructor({ features, hidden, classes }: RecurrentNetwork) {
    super();
    this.hidden = hidden;
    this.input = new nn.Linear(features, 4 * hidden);
    this.recurrent = new nn.Linear(hidden, 4 * hidden);
    this.head = new nn.Linear(hidden, classes);
  }

  /** @param x  [batch, time, features] @returns [batch, time, classes] */
  forward(x: Tensor): Tensor {
    const start = zeros([x.shape[0] as number, this.hidden]);
    // The part that does not depend on the state is one product for all times.
    const inputs = this.input.forward(x); // [batch, time, 4 hidden]
    const [, states] = scan(
      ([h, c]: readonly [Tensor, Tensor], part: Tensor) => {
        const gates = part.add(this.recurrent.forward(h)).chunk(4, { axis: 1 });
        const [i, f, g, o] = gates as [Tensor, Tensor, Tensor, Tensor];
        const cell = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
        const next = o.sigmoid().mul(cell.tanh());
        return [[next, cell] as const, next] as const;
      },
      [start, start] as const,
      inputs,
      { axis: 1 },
    );
    return this.head.forward(states as Tensor);
  }
}

/** A pre-norm decoder block. */
class Block extends nn.Module {
  readonly heads: number;
  readonly norm1: nn.LayerNorm;
  readonly qkv: nn.Linear;
  readonly projection: nn.Linear;
  readonly norm2: nn.LayerNorm;
  readonly up: nn.Linear;
  readonly down: nn.Linear;

  constructor(width: number, heads: number) {
    super();
    this.heads = heads;
    this.norm1 = new nn.LayerNorm(width);
    this.qkv = new nn.Linear(width, 3 * width);
    this.projection = new nn.Linear(width, width);
    this.norm2 = new nn.LayerNorm(width);
    this.up = new nn.Linear(width, 4 * width);
    this.down = new nn.Linear(4 * width, width);
  }

  /** @param x  [batch, time, width] @param later  [time, time], true where a query may not look */
  forward(x: Tensor, later?: Tensor): Tensor {
    const [batch, time, width] = x.shape as [number, number, number];
    const split = (z: Tensor): Tensor =>
      z.reshape([batch, time, this.heads, width / this.heads]).permute([0, 2, 1, 3]);
    const parts = this.qkv.forward(this.norm1.forward(x)).chunk(3, { axis: -1 }).map(split);
    const [q, k, v] = parts as [Tensor, Tensor, Tensor]; // [batch, head, time, channel]
    const scores = q.matmul(k.mT).mul(1 / Math.sqrt(width / this.heads)); // [batch, head, time, time]
    const hidden = later === undefined ? scores : scores.maskedFill(later, -1e9);
    const mixed = hidden.softmax().matmul(v).permute([0, 2, 1, 3]).reshape([batch, time, width]);
    const y = x.add(this.projection.forward(mixed));
    return y.add(this.down.forward(this.up.forward(this.norm2.forward(y)).gelu()));
  }
}

/** A decoder-only transformer over characters, with a head of its own. */
export class Gpt extends nn.Module {
  readonly tokens: nn.Embedding;
  readonly places: Parameter;
  readonly blocks: readonly Block[];
  readonly norm: nn.LayerNorm;
  readonly head: nn.Linear;

  constructor({ vocabulary, context, width, heads, blocks }: Transformer) {
    super();
    this.tokens = new nn.Embedding(vocabulary, width);
    this.places = new Parameter(zeros([context, width]));
    this.blocks = Array.from({ length: blocks }, () => new Block(width, heads));
    this.norm = new nn.LayerNorm(width);
    this.head = new nn.Linear(width, vocabulary, { bias: false });
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

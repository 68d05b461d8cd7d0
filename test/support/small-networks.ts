// Small networks of each kind with Adam, and functions without a product, compiled, for tests that
// run them on batches of any size.

import type { ExplainedProgram } from "../../src/engine/profile.ts";
import {
  BatchNorm2d,
  binaryCrossEntropyWithLogits,
  Conv2d,
  crossEntropy,
  Embedding,
  Flatten,
  GELU,
  LayerNorm,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  sequential,
} from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { zeros } from "../../src/tensor/create.ts";
import { grad } from "../../src/tensor/derivatives.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { avgPool2d, maxPool2d } from "../../src/tensor/pooling.ts";
import { rand, randint, randn } from "../../src/tensor/random.ts";
import { scan } from "../../src/tensor/scan.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** A pre-norm block over characters: attention without a mask, two layers of GELU. */
class Transformer extends Module {
  readonly tokens: Embedding = new Embedding(11, 16);
  readonly norm1: LayerNorm = new LayerNorm(16);
  readonly qkv: Linear = new Linear(16, 48);
  readonly projection: Linear = new Linear(16, 16);
  readonly norm2: LayerNorm = new LayerNorm(16);
  readonly mlp = sequential(new Linear(16, 64), new GELU(), new Linear(64, 16));
  readonly head: Linear = new Linear(16, 11);

  /** @param ids  [batch, time] @returns [batch · time, 11] */
  forward(ids: Tensor): Tensor {
    const [batch, time] = ids.shape as [number, number];
    const x = this.tokens.forward(ids);
    const heads = (z: Tensor): Tensor => z.reshape([batch, time, 2, 8]).permute([0, 2, 1, 3]);
    const parts = this.qkv.forward(this.norm1.forward(x)).chunk(3, { axis: -1 }).map(heads);
    const [q, k, v] = parts as [Tensor, Tensor, Tensor];
    const mixed = q.matmul(k.mT).mul(0.35).softmax().matmul(v);
    const y = x.add(
      this.projection.forward(mixed.permute([0, 2, 1, 3]).reshape([batch, time, 16])),
    );
    return this.head.forward(y.add(this.mlp.forward(this.norm2.forward(y)))).reshape([-1, 11]);
  }
}

/** Gates i f g o over a few steps, a class from the last state. */
class Lstm extends Module {
  readonly input: Linear = new Linear(5, 48);
  readonly recurrent: Linear = new Linear(12, 48);
  readonly head: Linear = new Linear(12, 3);

  /** @param x  [batch, time, 5] */
  forward(x: Tensor): Tensor {
    const start = zeros([x.shape[0] as number, 12]);
    const [state] = scan(
      ([h, c]: readonly [Tensor, Tensor], part: Tensor) => {
        const gates = part.add(this.recurrent.forward(h)).chunk(4, { axis: 1 });
        const [i, f, g, o] = gates as [Tensor, Tensor, Tensor, Tensor];
        const cell = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
        return [[o.sigmoid().mul(cell.tanh()), cell] as const, undefined] as const;
      },
      [start, start] as const,
      this.input.forward(x),
      { axis: 1 },
    );
    return this.head.forward(state[0]);
  }
}

interface Network extends Module {
  forward(x: Tensor): Tensor;
}

/** Something compiled, on data of any batch size. */
export interface Step {
  run(batch: number): Tensor;
  explain(): ExplainedProgram | undefined;
}

/** A step of Adam on cross-entropy. */
function training(
  model: Network,
  inputs: (batch: number) => Tensor,
  labels: (batch: number) => Tensor,
): Step {
  const optimizer = new Adam(model);
  const step = compile((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(model.forward(x), y);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  return { run: (batch) => step(inputs(batch), labels(batch)), explain: () => step.explain() };
}

const classes = (high: number) => (batch: number) => randint([batch], { high });

export const networks: Readonly<Record<string, () => Step>> = {
  "a perceptron": () =>
    training(
      sequential(new Linear(50, 32), new ReLU(), new Linear(32, 10)),
      (batch) => randn([batch, 50]),
      classes(10),
    ),
  "a convolutional network": () =>
    training(
      sequential(
        new Conv2d(1, 6, 3, { padding: 1 }),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(6 * 7 * 7, 10),
      ),
      (batch) => rand([batch, 1, 14, 14]),
      classes(10),
    ),
  "a transformer": () =>
    training(
      new Transformer(),
      (batch) => randint([batch, 6], { high: 11 }),
      (batch) => randint([batch * 6], { high: 11 }),
    ),
  "an LSTM": () => training(new Lstm(), (batch) => randn([batch, 7, 5]), classes(3)),
};

/** A function of a batch and its gradient with respect to it. */
function sloped(f: (x: Tensor) => Tensor, ...shape: readonly number[]): Step {
  const slope = grad((x: Tensor) => f(x).square().mean());
  const both = compile((x: Tensor) => f(x).sum().add(slope(x).sum()));
  return { run: (batch) => both(rand([batch, ...shape])), explain: () => both.explain() };
}

export const functions: Readonly<Record<string, () => Step>> = {
  "softmax over rows": () => sloped((x) => x.softmax(), 33),
  "softmax over columns": () => sloped((x) => x.softmax({ axis: 0 }), 10),
  "layer norm": () => {
    const norm = new LayerNorm(24);
    return sloped((x) => norm.forward(x), 5, 24);
  },
  "batch norm": () => {
    const norm = new BatchNorm2d(3);
    return sloped((x) => norm.forward(x), 3, 6, 6);
  },
  "max pooling": () => sloped((x) => maxPool2d(x, 3, { stride: 2, padding: 1 }), 2, 9, 9),
  "average pooling": () => sloped((x) => avgPool2d(x, 2), 2, 10, 10),
  "a mean of squares": () => sloped((x) => x.sub(0.25).square(), 300),
  "cross-entropy of pictures": () =>
    sloped((x) => binaryCrossEntropyWithLogits(x, x.less(0.5).cast("f32")), 28, 28),
  "sums of channels": () => sloped((x) => x.exp().sum({ axis: [0, 2, 3] }), 4, 12, 12),
  "sums of columns": () => sloped((x) => x.exp().sum({ axis: 0 }), 70),
  "running sums": () => sloped((x) => x.cumSum({ axis: 1 }).add(x.cumSum({ axis: 0 })), 12),
  "the largest": () => sloped((x) => x.max({ axis: 1 }).mul(x.argMax({ axis: 1 })), 14),
  "rows of a table": () => {
    const table = new Parameter(rand([9, 6]));
    return sloped((x) => table.take(x.mul(9).cast("i32"), { axis: 0 }).mul(x.unsqueeze(-1)), 3);
  },
};

// The reference workloads, as bench/WORKLOADS.md defines them and the peers run them: one compiled
// step each, with the loss read back where there is one.

import {
  bernoulli,
  type Compiled,
  compile,
  conv2d,
  type ExplainedProgram,
  gradients,
  Parameter,
  rand,
  randint,
  randn,
  realize,
  State,
  scan,
  seed,
  type Tensor,
  uniform,
  zeros,
} from "../index.ts";
import * as nn from "../nn/index.ts";
import { Adam, AdamW, SGD } from "../optim/index.ts";

export interface Workload {
  step(): Promise<unknown>;
  /** The program of the step that ran last. */
  explain(): ExplainedProgram | undefined;
}

/** Each makes its data and weights anew, from one seed. */
export const workloads: Readonly<Record<string, () => Workload>> = {
  matmul: seeded(() => operation((a, b) => a.matmul(b), randn([1024, 1024]), randn([1024, 1024]))),
  conv: seeded(() =>
    operation(
      (x, w) => conv2d(x, w, { padding: 1 }),
      randn([32, 64, 28, 28]),
      randn([64, 64, 3, 3]),
    ),
  ),
  softmax: seeded(() => operation((x) => x.softmax(), randn([4096, 1024]))),
  layernorm: seeded(() => {
    const norm = new nn.LayerNorm(1024);
    return operation((x) => norm.forward(x), randn([4096, 1024]));
  }),
  elementwise: seeded(() => operation((x) => x.mul(1.5).add(0.5).gelu(), randn([2 ** 24]))),
  reduce: seeded(() => {
    const x = randn([2 ** 24]);
    const sum = compile((v: Tensor) => v.square().sum());
    return compiledStep(sum, () => sum(x).item());
  }),
  tiny: seeded(() => {
    const model = nn.sequential(new nn.Linear(2, 8), nn.tanh, new nn.Linear(8, 2));
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    return training(model, optimizer, randn([4, 2]), randint([4], { high: 2 }));
  }),
  mlp: seeded(() => {
    const model = nn.sequential(
      ...[new nn.Linear(784, 512), nn.relu, new nn.Linear(512, 256), nn.relu],
      new nn.Linear(256, 10),
    );
    return training(model, adam(model), randn([128, 784]), randint([128], { high: 10 }));
  }),
  cnn: seeded(() => {
    const model = nn.sequential(
      ...[new nn.Conv2d(1, 32, 3, { padding: 1 }), nn.relu, new nn.MaxPool2d(2)],
      ...[new nn.Conv2d(32, 64, 3, { padding: 1 }), nn.relu, new nn.MaxPool2d(2)],
      ...[nn.flatten, new nn.Linear(3136, 128), nn.relu, new nn.Linear(128, 10)],
    );
    return training(model, adam(model), randn([64, 1, 28, 28]), randint([64], { high: 10 }));
  }),
  lstm: seeded(() => {
    const model = new Lstm(64, 256, 65);
    return training(model, adam(model), randn([32, 64, 64]), randint([32, 64], { high: 65 }));
  }),
  gpt: seeded(() => {
    const model = new Gpt();
    const optimizer = new AdamW(model.parameters(), { lr: 3e-4 });
    return training(
      model,
      optimizer,
      randint([16, 64], { high: 65 }),
      randint([16, 64], { high: 65 }),
    );
  }),
  rbm: seeded(contrastiveDivergence),
};

function seeded(make: () => Workload): () => Workload {
  return () => {
    seed(0);
    return make();
  };
}

const adam = (model: nn.Module): Adam => new Adam(model.parameters(), { lr: 1e-3 });

const compiledStep = (
  program: { explain(): ExplainedProgram | undefined },
  step: () => Promise<unknown>,
): Workload => ({ step, explain: () => program.explain() });

/** A function of tensors; its result stays where it was computed. */
function operation(f: (...args: Tensor[]) => Tensor, ...args: Tensor[]): Workload {
  const program = compile(f) as unknown as Compiled<Tensor[], Tensor>;
  return compiledStep(program, () => realize((program as (...a: Tensor[]) => Tensor)(...args)));
}

interface Network extends nn.Module {
  forward(x: Tensor): Tensor;
}

/** Forward, loss, gradients, update; the loss is read. */
function training(
  model: Network,
  optimizer: { step(gradients: unknown): void },
  x: Tensor,
  y: Tensor,
): Workload {
  const step = compile((input: Tensor, target: Tensor) => {
    const output = model.forward(input);
    const logits = output.reshape([-1, output.shape.at(-1) as number]);
    const loss = nn.crossEntropy(logits, target.reshape([-1]));
    optimizer.step(gradients(loss, model));
    return loss;
  });
  return compiledStep(step, () => step(x, y).item());
}

/** An LSTM over time and a linear read-out at every step; PyTorch's layout, gates i f g o. */
class Lstm extends nn.Module {
  readonly hidden: number;
  readonly input: nn.Linear;
  readonly recurrent: nn.Linear;
  readonly head: nn.Linear;

  constructor(features: number, hidden: number, classes: number) {
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
    const scores = q.matmul(k.mT).mul((width / this.heads) ** -0.5); // [batch, head, time, time]
    const hidden = later === undefined ? scores : scores.maskedFill(later, -1e9);
    const mixed = hidden.softmax().matmul(v).permute([0, 2, 1, 3]).reshape([batch, time, width]);
    const y = x.add(this.projection.forward(mixed));
    return y.add(this.down.forward(this.up.forward(this.norm2.forward(y)).gelu()));
  }
}

/** A decoder-only transformer over characters, with a head of its own. */
class Gpt extends nn.Module {
  readonly tokens: nn.Embedding = new nn.Embedding(65, 128);
  readonly places: Parameter = new Parameter(zeros([64, 128]));
  readonly blocks: readonly Block[] = Array.from({ length: 4 }, () => new Block(128, 4));
  readonly norm: nn.LayerNorm = new nn.LayerNorm(128);
  readonly head: nn.Linear = new nn.Linear(128, 65, { bias: false });

  /** @param ids  [batch, time] @returns [batch, time, 65] logits */
  forward(ids: Tensor): Tensor {
    const time = ids.shape[1] as number;
    const later = zeros([time, time]).add(1).triu({ offset: 1 }).cast("bool");
    let x = this.tokens.forward(ids).add(this.places.at(`:${time}`)); // [batch, time, width]
    for (const block of this.blocks) x = block.forward(x, later);
    return this.head.forward(this.norm.forward(x));
  }
}

/** One CD-1 update of a 784-512 binary RBM. */
function contrastiveDivergence(): Workload {
  const w = new State(uniform([784, 512], { low: -0.02, high: 0.02 }));
  const b = new State(zeros([784]));
  const c = new State(zeros([512]));
  const v0 = rand([128, 784]).less(0.2).cast("f32");
  const step = compile((data: Tensor) => {
    const hidden0 = data.matmul(w).add(c).sigmoid(); // [batch, hidden]
    const sample = (p: Tensor): Tensor => bernoulli(p).cast("f32");
    const v1 = sample(sample(hidden0).matmul(w.T).add(b).sigmoid()); // [batch, visible]
    const hidden1 = v1.matmul(w).add(c).sigmoid();
    const slope = data.T.matmul(hidden0).sub(v1.T.matmul(hidden1));
    const error = data.sub(v1);
    b.assign(b.add(error.mean({ axis: 0 }).mul(0.01)));
    c.assign(c.add(hidden0.sub(hidden1).mean({ axis: 0 }).mul(0.01)));
    w.assign(w.add(slope.mul(0.01 / 128)));
    return error.square().mean();
  });
  return compiledStep(step, () => step(v0).item());
}

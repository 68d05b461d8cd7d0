// A definition as something that runs: one step of it on the default device.

import {
  bernoulli,
  type Compiled,
  compile,
  conv2d,
  type ExplainedProgram,
  gradients,
  rand,
  randint,
  randn,
  realize,
  realizeSync,
  State,
  seed,
  type Tensor,
  uniform,
  zeros,
} from "../../index.ts";
import * as nn from "../../nn/index.ts";
import { Adam, AdamW, SGD } from "../../optim/index.ts";
import type {
  BoltzmannMachine,
  Convolution,
  Definition,
  MatrixProduct,
  Perceptron,
  Task,
} from "./definition.ts";
import { convolutional, Gpt, Lstm, type Network, perceptron } from "./models.ts";

export interface Workload {
  /** One step; what it gives is read back, or if it is large computed where it is and then let go. */
  step(): Promise<unknown>;
  /** The program of the step that ran last; undefined before the first, and without `compile`. */
  explain(): ExplainedProgram | undefined;
}

/** Data and weights anew, always from one seed. */
export function makeWorkload({ task, eager = false }: Definition): Workload {
  seed(0);
  return make(task, eager ? plain : compiled);
}

type Wrap = <R>(fn: (...args: Tensor[]) => R) => (...args: Tensor[]) => R;

const plain: Wrap = (fn) => fn;
const compiled: Wrap = <R>(fn: (...args: Tensor[]) => R) =>
  compile(fn) as unknown as (...args: Tensor[]) => R;

function make(task: Task, wrap: Wrap): Workload {
  switch (task.kind) {
    case "matmul":
      return product(task, wrap);
    case "conv":
      return convolution(task, wrap);
    case "softmax":
      return operation(wrap, (x) => x.softmax(), randn([task.rows, task.columns]));
    case "layernorm": {
      const norm = new nn.LayerNorm(task.columns);
      return operation(wrap, (x) => norm.forward(x), randn([task.rows, task.columns]));
    }
    case "elementwise":
      return operation(wrap, (x) => x.mul(1.5).add(0.5).gelu(), randn([task.size]));
    case "reduce": {
      const x = randn([task.size]);
      const sum = wrap((v) => v.square().sum());
      return workload(sum, () => sum(x).item());
    }
    case "mlp": {
      const [inputs, outputs] = [task.widths[0], task.widths.at(-1)] as [number, number];
      const model = perceptron(task);
      const [x, y] = classified([task.batch, inputs], outputs);
      return training(wrap, model, optimizerOf(task, model), x, y);
    }
    case "cnn": {
      const model = convolutional();
      const [x, y] = classified([task.batch, 1, 28, 28], 10);
      return training(wrap, model, adam(model), x, y);
    }
    case "lstm": {
      const { batch, steps, features, classes } = task;
      const model = new Lstm(task);
      const labels = randint([batch, steps], { high: classes });
      return training(wrap, model, adam(model), randn([batch, steps, features]), labels);
    }
    case "gpt": {
      const model = new Gpt(task);
      const optimizer = new AdamW(model.parameters(), { lr: 3e-4 });
      const ids = (): Tensor => randint([task.batch, task.context], { high: task.vocabulary });
      return training(wrap, model, optimizer, ids(), ids());
    }
    case "rbm":
      return contrastiveDivergence(wrap, task);
  }
}

/** Operands that are transposed in memory are views of what is stored. */
function product({ m, k, n, transposed }: MatrixProduct, wrap: Wrap): Workload {
  const multiply = (a: Tensor, b: Tensor): Tensor =>
    (transposed === "a" ? a.T : a).matmul(transposed === "b" ? b.T : b);
  const a = randn(transposed === "a" ? [k, m] : [m, k]);
  const b = randn(transposed === "b" ? [n, k] : [k, n]);
  return operation(wrap, multiply, a, b);
}

function convolution(task: Convolution, wrap: Wrap): Workload {
  const { batch, from, to, size, window, stride, padding, groups } = task;
  return operation(
    wrap,
    (x, w) => conv2d(x, w, { stride, padding, groups }),
    randn([batch, from, size, size]),
    randn([to, from / groups, window, window]),
  );
}

const adam = (model: nn.Module): Adam => new Adam(model.parameters(), { lr: 1e-3 });

const optimizerOf = ({ optimizer }: Perceptron, model: nn.Module): Adam | SGD =>
  optimizer === "adam" ? adam(model) : new SGD(model.parameters(), { lr: 0.1 });

/** Examples and their labels. */
const classified = (shape: readonly number[], classes: number): [Tensor, Tensor] => [
  randn(shape),
  randint(shape.slice(0, 1), { high: classes }),
];

const workload = (program: unknown, step: () => Promise<unknown>): Workload => ({
  step,
  explain: () => (program as Partial<Compiled<Tensor[], unknown>>).explain?.(),
});

/** A function of tensors; its result stays where it was computed, until the end of the step. */
function operation(wrap: Wrap, f: (...args: Tensor[]) => Tensor, ...args: Tensor[]): Workload {
  const program = wrap(f);
  return workload(program, async () => {
    using result = program(...args);
    await realize(result);
  });
}

/** Forward, loss, gradients, update; the loss is read. The data is there before. */
function training(
  wrap: Wrap,
  model: Network,
  optimizer: { step(gradients: unknown): void },
  x: Tensor,
  y: Tensor,
): Workload {
  realizeSync(x, y);
  const step = wrap((input, target) => {
    const output = model.forward(input);
    const logits = output.reshape([-1, output.shape.at(-1) as number]);
    const loss = nn.crossEntropy(logits, target.reshape([-1]));
    optimizer.step(gradients(loss, model));
    return loss;
  });
  return workload(step, () => step(x, y).item());
}

/** One CD-1 update; the error of the reconstruction is read. */
function contrastiveDivergence(wrap: Wrap, task: BoltzmannMachine): Workload {
  const { batch, visible, hidden } = task;
  const w = new State(uniform([visible, hidden], { low: -0.02, high: 0.02 }));
  const b = new State(zeros([visible]));
  const c = new State(zeros([hidden]));
  const v0 = rand([batch, visible]).less(0.2).cast("f32");
  const step = wrap((data) => {
    const hidden0 = data.matmul(w).add(c).sigmoid(); // [batch, hidden]
    const sample = (p: Tensor): Tensor => bernoulli(p).cast("f32");
    const v1 = sample(sample(hidden0).matmul(w.T).add(b).sigmoid()); // [batch, visible]
    const hidden1 = v1.matmul(w).add(c).sigmoid();
    const slope = data.T.matmul(hidden0).sub(v1.T.matmul(hidden1));
    const error = data.sub(v1);
    b.assign(b.add(error.mean({ axis: 0 }).mul(0.01)));
    c.assign(c.add(hidden0.sub(hidden1).mean({ axis: 0 }).mul(0.01)));
    w.assign(w.add(slope.mul(0.01 / batch)));
    return error.square().mean();
  });
  return workload(step, () => step(v0).item());
}

// The workloads by name: the reference ones of bench/WORKLOADS.md, further shapes, and the rows along
// which it is seen how cost grows.

import type { Convolution, Definition, MatrixProduct, Task, Transformer } from "./definition.ts";

const mlp = (batch: number, widths: readonly number[]): Task => ({
  kind: "mlp",
  batch,
  widths,
  activation: "relu",
  optimizer: "adam",
});

const product = (m: number, k = m, n = m): MatrixProduct => ({ kind: "matmul", m, k, n });

const gpt: Transformer = {
  kind: "gpt",
  batch: 16,
  context: 64,
  width: 128,
  heads: 4,
  blocks: 4,
  vocabulary: 65,
};

const convolution = (
  sizes: Pick<Convolution, "from" | "to" | "size" | "window"> & Partial<Convolution>,
): Convolution => ({ kind: "conv", batch: 32, stride: 1, groups: 1, padding: 0, ...sizes });

/** The reference workloads. */
const base: readonly Definition[] = named({
  matmul: product(1024),
  conv: convolution({ from: 64, to: 64, size: 28, window: 3, padding: 1 }),
  softmax: { kind: "softmax", rows: 4096, columns: 1024 },
  layernorm: { kind: "layernorm", rows: 4096, columns: 1024 },
  elementwise: { kind: "elementwise", size: 2 ** 24 },
  reduce: { kind: "reduce", size: 2 ** 24 },
  tiny: { kind: "mlp", batch: 4, widths: [2, 8, 2], activation: "tanh", optimizer: "sgd" },
  mlp: mlp(128, [784, 512, 256, 10]),
  cnn: { kind: "cnn", batch: 64 },
  lstm: { kind: "lstm", batch: 32, steps: 64, features: 64, hidden: 256, classes: 65 },
  gpt,
  rbm: { kind: "rbm", batch: 128, visible: 784, hidden: 512 },
});

const products: Readonly<Record<string, MatrixProduct>> = {
  "matmul-256": product(256),
  "matmul-512": product(512),
  "matmul-1024": product(1024),
  "matmul-2048": product(2048),
  "matmul-1000": product(1000),
  "matmul-128x784x512": product(128, 784, 512),
  "matmul-1x1024x1024": product(1, 1024, 1024),
};

/** Every product also with its first and with its second operand transposed in memory (-ta, -tb). */
const shapes: readonly Definition[] = [
  ...named(products).filter(({ name }) => name !== "matmul-1024"),
  ...Object.entries(products).flatMap(([name, task]) => [
    { name: `${name}-ta`, task: { ...task, transposed: "a" as const } },
    { name: `${name}-tb`, task: { ...task, transposed: "b" as const } },
  ]),
  ...named({
    "conv-1x1": convolution({ from: 64, to: 64, size: 28, window: 1 }),
    "conv-5x5": convolution({ from: 32, to: 32, size: 28, window: 5, padding: 2 }),
    "conv-strided": convolution({
      ...{ from: 64, to: 128, size: 56 },
      ...{ window: 3, stride: 2, padding: 1 },
    }),
    "conv-depthwise": convolution({
      ...{ from: 128, to: 128, groups: 128, size: 28 },
      ...{ window: 3, padding: 1 },
    }),
    "conv-stem": convolution({
      ...{ batch: 8, from: 3, to: 64, size: 224 },
      ...{ window: 7, stride: 2, padding: 3 },
    }),
  }),
];

const eager: readonly Definition[] = base
  .filter(({ name }) => ["mlp", "gpt", "tiny"].includes(name))
  .map(({ name, task }) => ({ name: `${name}-eager`, task, eager: true }));

/** A row of workloads that differ in one size. */
export interface Growth {
  /** "mlp step against batch". */
  readonly title: string;
  readonly along: string;
  readonly points: readonly { readonly size: number; readonly definition: Definition }[];
}

/** Along which sizes it is looked at how cost grows. */
export const growths: readonly Growth[] = [
  growth("mlp", "batch", [8, 16, 32, 64, 128, 256, 512], (n) => mlp(n, [784, 512, 256, 10])),
  growth("mlp", "width", [64, 128, 256, 512, 1024], (n) => mlp(128, [784, n, n, 10])),
  growth("mlp", "depth", [1, 2, 4, 8, 16], (n) =>
    mlp(128, [784, ...Array.from({ length: n }, () => 256), 10]),
  ),
  growth("gpt", "batch", [8, 16, 32, 64], (n) => ({ ...gpt, batch: n })),
  growth("gpt", "width", [64, 128, 256, 512], (n) => ({ ...gpt, batch: 4, width: n })),
  growth("gpt", "sequence", [16, 32, 64, 128, 256, 512, 1024], (n) => ({
    ...gpt,
    batch: 2,
    context: n,
  })),
  growth("gpt", "depth", [1, 2, 4, 8], (n) => ({ ...gpt, batch: 4, blocks: n })),
];

function growth(
  model: string,
  along: string,
  sizes: readonly number[],
  taskAt: (size: number) => Task,
): Growth {
  return {
    title: `${model} step against ${along}`,
    along,
    points: sizes.map((size) => ({
      size,
      definition: { name: `${model}-${along}-${size}`, task: taskAt(size) },
    })),
  };
}

/** Workloads that are measured together. */
export const workloadSets: Readonly<Record<string, readonly Definition[]>> = {
  base,
  shapes,
  eager,
  growth: growths.flatMap(({ points }) => points.map(({ definition }) => definition)),
};

/** Every workload by its name. */
export const workloads: ReadonlyMap<string, Definition> = new Map(
  Object.values(workloadSets)
    .flat()
    .map((definition) => [definition.name, definition]),
);

function named(tasks: Readonly<Record<string, Task>>): Definition[] {
  return Object.entries(tasks).map(([name, task]) => ({ name, task }));
}

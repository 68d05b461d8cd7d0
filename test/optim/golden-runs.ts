// PyTorch's runs, and ours beside them: ten updates from given gradients, and a hundred.

import { expect } from "vitest";
import {
  Adadelta,
  Adafactor,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  ASGD,
  Muon,
  NAdam,
  type Optimizer,
  RAdam,
  RMSprop,
  Rprop,
  SGD,
  SparseAdam,
} from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectTensor, type Float, golden, type Row, tensorOf } from "../nn/golden.ts";

export type Rows = Record<"a" | "b", Row>;

export interface Options {
  readonly lr?: number;
  readonly [name: string]: unknown;
}

export interface Run {
  readonly kind: keyof typeof methods;
  readonly options: Options;
  readonly group: Options | null;
  readonly path: Rows[];
}

export interface Network {
  readonly kind: keyof typeof methods;
  readonly options: Options;
  readonly losses: number[];
  readonly last: Record<string, Row>;
}

export const methods = {
  ...{ Adadelta, Adafactor, Adagrad, Adam, Adamax, AdamW, ASGD, Muon, NAdam, RAdam, RMSprop },
  ...{ Rprop, SGD, SparseAdam },
};

export const values = golden<{
  start: Rows;
  gradients: Rows[];
  runs: Run[];
  muon: Run[];
  hundred: { kind: keyof typeof methods; options: Options; last: Rows }[];
  someRows: { gradient: Row; after: Row }[];
  inputs: Row;
  labels: number[];
  first: Record<string, Row>;
  networks: Network[];
  clipped: { limit: number; order: string; norm: number; gradients: Rows }[];
}>("optim/optimizers.json");

const names: Readonly<Record<string, string>> = {
  weight_decay: "weightDecay",
  lr_decay: "lrDecay",
  initial_accumulator_value: "initialAccumulator",
  momentum_decay: "momentumDecay",
  beta2_decay: "beta2Decay",
  step_sizes: "stepSizes",
  t0: "from",
};

/** PyTorch's names as ours. */
export const renamed = (kind: string, options: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).map(([k, v]) => [
      kind === "ASGD" && k === "alpha" ? "power" : (names[k] ?? k),
      v,
    ]),
  );

export function make({ kind, options, group }: Omit<Run, "path">, dtype: Float) {
  const a = new Parameter(tensorOf(values.start.a, dtype));
  const b = new Parameter(tensorOf(values.start.b, dtype));
  const groups = group === null ? [] : [{ parameters: [b], ...renamed(kind, group) }];
  const optimizer: Optimizer<unknown> = new methods[kind](
    { a, b },
    { ...renamed(kind, options), groups },
  ) as never;
  return { a, b, optimizer };
}

const tolerances = { f64: 1e-12, f32: 1e-6 } as const;

/** Ten updates are PyTorch's, eager too unless that is left out. */
export function expectRun(run: Run, dtype: Float, { eager: both = true } = {}): void {
  const eager = make(run, dtype);
  const traced = make(run, dtype);
  const step = compile((a: Tensor, b: Tensor) => traced.optimizer.step({ a, b }));
  for (const [i, given] of values.gradients.entries()) {
    const a = tensorOf(given.a, dtype);
    const b = tensorOf(given.b, dtype);
    if (both) eager.optimizer.step({ a, b });
    step(a, b);
    for (const name of ["a", "b"] as const) {
      const expected = run.path[i]![name];
      if (both) expectTensor(eager[name], expected, tolerances[dtype], `step ${i}, ${name}, eager`);
      expectTensor(traced[name], expected, tolerances[dtype], `step ${i}, ${name}, compiled`);
    }
  }
  expect(step.traceCount).toBe(1);
  expect(traced.optimizer.stepCount.itemSync()).toBe(10);
}

/** All runs of PyTorch with a method, or those with an option, are ours too in f64. */
export function expectParity(kind: keyof typeof methods, option?: string): void {
  const chosen = values.runs.filter(
    (run) => run.kind === kind && (option === undefined || run.options[option] !== undefined),
  );
  expect(chosen.length).toBeGreaterThan(0);
  for (const run of chosen) expectRun(run, "f64", { eager: false });
}

/** A hundred updates in f64, of which the last is PyTorch's. */
export function expectHundred(kind: keyof typeof methods): void {
  const chosen = values.hundred.filter((run) => run.kind === kind);
  expect(chosen.length).toBeGreaterThan(0);
  for (const { options, last } of chosen) {
    const { a, b, optimizer } = make({ kind, options, group: null }, "f64");
    const step = compile((ga: Tensor, gb: Tensor) => optimizer.step({ a: ga, b: gb }));
    const given = values.gradients.map(
      (g) => [tensorOf(g.a, "f64"), tensorOf(g.b, "f64")] as const,
    );
    for (let i = 0; i < 100; i++) step(...given[i % given.length]!);
    expectTensor(a, last.a, tolerances.f64, `${kind}, a`);
    expectTensor(b, last.b, tolerances.f64, `${kind}, b`);
  }
}

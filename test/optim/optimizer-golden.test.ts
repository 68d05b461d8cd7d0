// Ten updates of every method against PyTorch, eager and compiled; ten steps of a network; clipping.

import { beforeEach, describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  ASGD,
  clipByNorm,
  globalNorm,
  NAdam,
  type Optimizer,
  RAdam,
  RMSprop,
  Rprop,
  SGD,
} from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor } from "../../src/tensor/create.ts";
import { gradients as slopes } from "../../src/tensor/gradients.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose, expectTensor, type Float, golden, type Row, tensorOf } from "../nn/golden.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

type Rows = Record<"a" | "b", Row>;

interface Options {
  readonly lr?: number;
  readonly [name: string]: unknown;
}

interface Run {
  readonly kind: keyof typeof methods;
  readonly options: Options;
  readonly group: Options | null;
  readonly path: Rows[];
}

interface Network {
  readonly kind: keyof typeof methods;
  readonly options: Options;
  readonly losses: number[];
  readonly last: Record<string, Row>;
}

const methods = {
  ...{ Adadelta, Adagrad, Adam, Adamax, AdamW, ASGD, NAdam, RAdam, RMSprop, Rprop, SGD },
};

const { start, gradients, runs, clipped, inputs, labels, first, networks } = golden<{
  start: Rows;
  gradients: Rows[];
  runs: Run[];
  inputs: Row;
  labels: number[];
  first: Record<string, Row>;
  networks: Network[];
  clipped: { limit: number; norm: number; gradients: Rows }[];
}>("optim/optimizers.json");

const names: Readonly<Record<string, string>> = {
  weight_decay: "weightDecay",
  lr_decay: "lrDecay",
  initial_accumulator_value: "initialAccumulator",
  momentum_decay: "momentumDecay",
  step_sizes: "stepSizes",
  t0: "from",
};

/** PyTorch's names as ours. */
const renamed = (kind: string, options: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).map(([k, v]) => [
      kind === "ASGD" && k === "alpha" ? "power" : (names[k] ?? k),
      v,
    ]),
  );

function make({ kind, options, group }: Run, dtype: Float) {
  const a = new Parameter(tensorOf(start.a, dtype));
  const b = new Parameter(tensorOf(start.b, dtype));
  const groups = group === null ? [] : [{ parameters: [b], ...renamed(kind, group) }];
  const optimizer: Optimizer<unknown> = new methods[kind](
    { a, b },
    { ...renamed(kind, options), groups },
  ) as never;
  return { a, b, optimizer };
}

const tolerances = { f64: 1e-12, f32: 1e-6 } as const;

describe.each(devicesHere)("optimisers on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  test.each(
    runs.flatMap((run) =>
      (["f64", "f32"] as const).map(
        (dtype) =>
          [`${run.kind} ${JSON.stringify([run.options, run.group])} ${dtype}`, run, dtype] as const,
      ),
    ),
  )("%s", (_, run, dtype) => {
    const eager = make(run, dtype);
    const traced = make(run, dtype);
    const step = compile((a: Tensor, b: Tensor) => traced.optimizer.step({ a, b }));
    for (const [i, given] of gradients.entries()) {
      const a = tensorOf(given.a, dtype);
      const b = tensorOf(given.b, dtype);
      eager.optimizer.step({ a, b });
      step(a, b);
      for (const name of ["a", "b"] as const) {
        const expected = run.path[i]![name];
        expectTensor(eager[name], expected, tolerances[dtype], `step ${i}, ${name}, eager`);
        expectTensor(traced[name], expected, tolerances[dtype], `step ${i}, ${name}, compiled`);
      }
    }
    expect(step.traceCount).toBe(1);
    expect(traced.optimizer.stepCount.itemSync()).toBe(10);
  });

  test("ten steps of a network by each", () => {
    const x = tensorOf(inputs, "f64");
    const y = tensor(labels, { dtype: "i32" });
    for (const { kind, options, losses, last } of networks) {
      const model = nn.sequential(
        new nn.Linear(4, 5, { dtype: "f64" }),
        nn.tanh,
        new nn.Linear(5, 3, { dtype: "f64" }),
      );
      const weights = Object.entries(first).map(([k, r]) => [k, tensorOf(r, "f64")] as const);
      model.loadStateDict(Object.fromEntries(weights));
      const optimizer: Optimizer<unknown> = new methods[kind](
        model,
        renamed(kind, options),
      ) as never;
      const step = compile(() => {
        const loss = nn.crossEntropy(model.forward(x), y);
        optimizer.step(slopes(loss, model));
        return loss;
      });
      const found = losses.map(() => step().itemSync());
      const what = `${kind} ${JSON.stringify(options)}`;
      expectClose(found, losses, 1e-9, what);
      for (const [name, value] of Object.entries(model.stateDict())) {
        expectTensor(value, last[name]!, 1e-9, `${what}, ${name}`);
      }
    }
  });

  test.each(["f64", "f32"] as const)("clipByNorm in %s", (dtype) => {
    for (const { limit, norm, gradients: expected } of clipped) {
      const tree = {
        a: tensorOf(gradients[0]!.a, dtype),
        b: tensorOf(gradients[0]!.b, dtype),
      };
      expect(globalNorm(tree).itemSync()).toBeCloseTo(norm, dtype === "f64" ? 12 : 5);
      const made = clipByNorm(tree, limit);
      expectTensor(made.a, expected.a, tolerances[dtype]);
      expectTensor(made.b, expected.b, tolerances[dtype]);
    }
  });
});

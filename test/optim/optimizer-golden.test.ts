// Ten updates of every method against PyTorch, eager and compiled; and clipping.

import { beforeEach, describe, expect, test } from "vitest";
import { Adam, AdamW, clipByNorm, globalNorm, type Optimizer, SGD } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectTensor, type Float, golden, type Row, tensorOf } from "../nn/golden.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

type Rows = Record<"a" | "b", Row>;

interface Options {
  readonly lr: number;
  readonly [name: string]: unknown;
}

interface Run {
  readonly kind: "SGD" | "Adam" | "AdamW";
  readonly options: Options;
  readonly group: Options | null;
  readonly path: Rows[];
}

const { start, gradients, runs, clipped } = golden<{
  start: Rows;
  gradients: Rows[];
  runs: Run[];
  clipped: { limit: number; norm: number; gradients: Rows }[];
}>("optim/optimizers.json");

const methods = { SGD, Adam, AdamW };

/** PyTorch's names as ours. */
const renamed = (options: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).map(([k, v]) => [k === "weight_decay" ? "weightDecay" : k, v]),
  );

function make({ kind, options, group }: Run, dtype: Float) {
  const a = new Parameter(tensorOf(start.a, dtype));
  const b = new Parameter(tensorOf(start.b, dtype));
  const groups = group === null ? [] : [{ parameters: [b], ...renamed(group) }];
  const optimizer: Optimizer<unknown> = new methods[kind](
    { a, b },
    { ...renamed(options), groups },
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

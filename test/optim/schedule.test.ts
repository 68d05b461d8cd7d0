// Schedules against PyTorch's schedulers, at their ends, and inside a compiled step.

import { expect, test } from "vitest";
import {
  constant,
  cosineAnnealing,
  cosineRestarts,
  exponential,
  inSequence,
  linear,
  oneCycle,
  piecewise,
  polynomial,
  product,
  type Schedule,
  SGD,
  stepDecay,
  triangular,
  warmUp,
} from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { arange, ones, tensor, zeros } from "../../src/tensor/create.ts";
import { add, sub } from "../../src/tensor/functions.ts";
import { expectClose, golden } from "../nn/golden.ts";

const { schedules } = golden<{
  schedules: { name: string; options: Record<string, never>; rates: number[] }[];
}>("optim/optimizers.json");

const rate = 0.3;
const make: Record<string, (options: never) => Schedule> = {
  StepLR: ({ step_size, gamma }: { step_size: number; gamma: number }) =>
    stepDecay(rate, { every: step_size, factor: gamma }),
  MultiStepLR: ({ milestones, gamma }: { milestones: number[]; gamma: number }) =>
    piecewise([rate, ...milestones.map((_, i) => rate * gamma ** (i + 1))], { at: milestones }),
  ExponentialLR: ({ gamma }: { gamma: number }) => exponential(rate, { factor: gamma }),
  CosineAnnealingLR: ({ T_max, eta_min }: { T_max: number; eta_min?: number }) =>
    cosineAnnealing(rate, { steps: T_max, minimum: eta_min }),
  LinearLR: (o: { start_factor: number; end_factor: number; total_iters: number }) =>
    linear(rate * o.start_factor, { steps: o.total_iters, end: rate * o.end_factor }),
  ConstantLR: ({ factor, total_iters }: { factor: number; total_iters: number }) =>
    piecewise([rate * factor, rate], { at: [total_iters] }),
  PolynomialLR: ({ total_iters, power }: { total_iters: number; power: number }) =>
    polynomial(rate, { steps: total_iters, power }),
  CosineAnnealingWarmRestarts: (o: { T_0: number; T_mult?: number; eta_min?: number }) =>
    cosineRestarts(rate, { steps: o.T_0, growth: o.T_mult, minimum: o.eta_min }),
  CyclicLR: (o: CyclicOptions) =>
    triangular(o.base_lr, o.max_lr, {
      rise: o.step_size_up,
      fall: o.step_size_down,
      shrink: o.mode === "triangular2" ? 0.5 : 1,
      factor: o.mode === "exp_range" ? o.gamma : 1,
    }),
  OneCycleLR: (o: OneCycle) =>
    oneCycle(o.max_lr, {
      steps: o.total_steps,
      rising: o.pct_start,
      initial: o.div_factor,
      final: o.final_div_factor,
      along: o.anneal_strategy === "linear" ? "line" : "cosine",
      threePhase: o.three_phase,
    }),
  ChainedScheduler: ({ parts: [up, fall] }: Parts) =>
    product([
      piecewise([rate * up!.factor!, rate], { at: [up!.total_iters!] }),
      exponential(1, { factor: fall!.gamma! }),
    ]),
  SequentialLR: ({ parts: [up, fall] }: Parts) =>
    inSequence(
      [
        linear(rate * up!.start_factor!, { steps: up!.total_iters!, end: rate }),
        exponential(rate, { factor: fall!.gamma! }),
      ],
      { at: [5] },
    ),
  LambdaLR: () => (step) => tensor(rate, { dtype: "f64" }).div(add(step, 1)),
  // Half as much with each step after the third.
  MultiplicativeLR: () =>
    product([constant(rate), (step) => exponential(1, { factor: 0.5 })(sub(step, 3).maximum(0))]),
};

interface Parts {
  readonly parts: readonly Readonly<Record<string, number>>[];
}

interface CyclicOptions {
  readonly base_lr: number;
  readonly max_lr: number;
  readonly step_size_up: number;
  readonly step_size_down?: number;
  readonly mode?: string;
  readonly gamma?: number;
}

interface OneCycle {
  readonly max_lr: number;
  readonly total_steps: number;
  readonly pct_start?: number;
  readonly div_factor?: number;
  readonly final_div_factor?: number;
  readonly anneal_strategy?: string;
  readonly three_phase?: boolean;
}

const values = (schedule: Schedule, count: number): Float64Array =>
  schedule(arange(count, undefined, { dtype: "f64" })).dataSync("f64");

test.each(schedules.map((s) => [`${s.name} ${JSON.stringify(s.options)}`, s] as const))(
  "%s",
  (_, { name, options, rates }) => {
    expectClose(values(make[name]!(options as never), rates.length), rates, 1e-12);
  },
);

test("cosine annealing rises, falls, and stays at its minimum", () => {
  const schedule = cosineAnnealing(0.4, { steps: 14, warmUp: 4, minimum: 0.1 });
  const at = values(schedule, 20);
  expectClose(at.slice(0, 5), [0.1, 0.2, 0.3, 0.4, 0.4], 1e-12);
  expect(at[9]).toBeCloseTo(0.25, 12);
  expectClose(at.slice(14), [0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 1e-12);
  for (let i = 4; i < 13; i++) expect(at[i + 1]).toBeLessThan(at[i]!);
});

test("warmUp of a number, and of a schedule that begins after it", () => {
  expectClose(values(warmUp(0.2, { steps: 2 }), 4), [0.1, 0.2, 0.2, 0.2], 1e-12);
  const late = warmUp(stepDecay(1, { every: 2 }), { steps: 2 });
  expectClose(values(late, 7), [0.5, 1, 1, 1, 0.1, 0.1, 0.01], 1e-12);
});

test("a number gives a tensor", () => {
  expect(constant(0.25)(7).itemSync()).toBe(0.25);
  expect(cosineAnnealing(1, { steps: 2 })(1).itemSync()).toBeCloseTo(0.5, 6);
});

test("settings without sense are refused", () => {
  expect(() => stepDecay(1, { every: 0 })).toThrow(RangeError);
  expect(() => cosineAnnealing(1, { steps: 5, warmUp: 5 })).toThrow(RangeError);
  expect(() => piecewise([1, 2], { at: [3, 2] })).toThrow(RangeError);
  expect(() => exponential(1, { factor: 0 })(1)).toThrow(RangeError);
});

test("runs inside one trace: the step count is a cell", () => {
  const p = new Parameter(zeros([]));
  const optimizer = new SGD([p], { lr: linear(1, { steps: 4 }) });
  const step = compile(() => {
    optimizer.step([ones([])]);
    return p;
  });
  const path: number[] = [];
  for (let i = 0; i < 6; i++) path.push(step().itemSync());
  expect(path).toEqual([-1, -1.75, -2.25, -2.5, -2.5, -2.5]);
  expect(step.traceCount).toBe(1);
  expect(optimizer.lr.itemSync()).toBe(0);
  optimizer.lr = (t) => t.mul(0).add(2);
  expect(step().itemSync()).toBe(-4.5);
  expect(step.traceCount).toBe(2);
});

test("a schedule of one's own may be a plain number or any tensor expression", () => {
  const p = new Parameter(tensor(0));
  const optimizer = new SGD([p], { lr: (t) => t.add(1).mul(0.5) });
  optimizer.step([ones([])]);
  optimizer.step([ones([])]);
  expect(p.itemSync()).toBe(-1.5);
  optimizer.lr = () => 0.25;
  optimizer.step([ones([])]);
  expect(p.itemSync()).toBe(-1.75);
});

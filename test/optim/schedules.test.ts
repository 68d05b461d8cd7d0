// The rows of Schedules: SC-01, SC-03 to SC-06 and SC-08 to SC-12.

import { beforeEach, describe, expect, test } from "vitest";
import * as optim from "../../src/optim/index.ts";
import {
  cosineRestarts,
  exponential,
  inSequence,
  inverseTime,
  lineSearch,
  oneCycle,
  polynomial,
  type Schedule,
  SGD,
  stepDecay,
  sutskeverMomentum,
  triangular,
  warmUp,
} from "../../src/optim/index.ts";
import { sc } from "../../src/registry/areas/sc.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { arange, tensor } from "../../src/tensor/create.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { descentPath } from "../../src/theory/index.ts";
import * as training from "../../src/train/index.ts";
import { expectClose } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";

const dtype = "f64";

beforeEach(() => {
  setDefaultDevice("reference");
});

const at = (schedule: Schedule, ...steps: number[]): number[] => [
  ...schedule(tensor(steps, { dtype })).dataSync("f64"),
];

test("SC-01 step decay halves the rate every five epochs", () => {
  const eta = stepDecay(0.8, { every: 5, factor: 0.5 });
  expectClose(at(eta, 0, 1, 2, 3, 4), [0.8, 0.8, 0.8, 0.8, 0.8], 1e-15);
  expectClose(at(eta, 5, 9, 10), [0.4, 0.4, 0.2], 1e-14);
});

test("SC-03 exponential decay: the logarithm falls in a straight line", () => {
  const k = 0.03;
  const eta = exponential(0.5, { factor: Math.exp(-k) });
  const logs = at(eta, 0, 10, 20, 300).map(Math.log);
  for (const [i, t] of [0, 10, 20, 300].entries()) {
    expect(logs[i]).toBeCloseTo(Math.log(0.5) - k * t, 12);
  }
});

test("SC-04 1/t decay: half the rate at 1/k", () => {
  const [rate, k] = [0.6, 0.125];
  expectClose(at(inverseTime(rate, { decay: k }), 0, 1 / k, 3 / k), [0.6, 0.3, 0.15], 1e-15);
});

test("SC-05 Sutskever's momentum: ½, ¾, … in steps of 250, up to the largest", () => {
  const beta = sutskeverMomentum(0.999);
  expectClose(
    at(beta, 0, 249, 250, 499, 500, 1000, 2500),
    [0.5, 0.5, 0.75, 0.75, 1 - 1 / 6, 0.9, 1 - 1 / 22],
    1e-14,
  );
  for (const t of [0, 777, 5000]) {
    const formula = 1 - 2 ** (-1 - Math.log2(Math.floor(t / 250) + 1));
    expect(at(beta, t)[0]).toBeCloseTo(formula, 13);
  }
  expect(at(beta, 1e9)[0]).toBe(0.999);
  expect(at(sutskeverMomentum(0.9), 5000)[0]).toBe(0.9);
  expect(at(sutskeverMomentum(0), 0, 5000)).toEqual([0, 0]);
  // In an optimiser, inside one trace.
  const w = new Parameter(tensor([0], { dtype }));
  const optimizer = new SGD([w], { lr: 1, momentum: sutskeverMomentum(0.99, { every: 2 }) });
  const step = compile(() => optimizer.step([tensor([1], { dtype })]));
  let [b, x] = [0, 0];
  for (const momentum of [0.5, 0.5, 0.75, 0.75, 5 / 6]) {
    step();
    b = momentum * b + 1;
    x -= b;
    expect(w.itemSync()).toBeCloseTo(x, 12);
  }
  expect(step.traceCount).toBe(1);
  expect(() => sutskeverMomentum(1)).toThrow(RangeError);
});

test("SC-06 line search keeps the lowest of several rates: on a quadratic the best one, and no step rises", () => {
  const scale = tensor([1, 7], { dtype });
  const f = ([w]: [Tensor]): Tensor => w.square().mul(scale).sum().div(2);
  const w = tensor([1, -2], { dtype });
  const g = w.mul(scale);
  const best = g.square().sum().div(g.square().mul(scale).sum()).itemSync();
  const rates = Array.from({ length: 401 }, (_, i) => i / 1000);
  const found = lineSearch(f, [w], [g], { rates });
  expect(Math.abs(found.rate.itemSync() - best)).toBeLessThan(0.0006);
  expectClose([found.loss.itemSync()], [f([w.sub(g.mul(found.rate))]).itemSync()], 1e-14);
  // A function with many valleys, in a compiled step whose rate is searched anew each time.
  const bumpy = (x: Tensor): Tensor => x.square().sum().add(x.mul(9).sin().sum());
  const x = new Parameter(tensor([2.2, -1.7], { dtype }));
  const optimizer = new SGD([x]);
  const step = compile(() => {
    const loss = bumpy(x);
    const slopes = gradients(loss, [x]);
    optimizer.lr = lineSearch(
      ([p]: [Tensor]) => bumpy(p),
      [x] as [Tensor],
      slopes as [Tensor],
    ).rate;
    optimizer.step(slopes);
    return loss;
  });
  const losses = Array.from({ length: 25 }, () => step().itemSync());
  for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThanOrEqual(losses[i - 1]!);
  expect(losses.at(-1)!).toBeLessThan(losses[0]! - 1);
  // What is not a number is never chosen.
  const cliff = ([p]: [Tensor]): Tensor => p.sum().log();
  const one = tensor([1], { dtype });
  expect(lineSearch(cliff, [one], [one], { rates: [2, 0.5, 0] }).rate.itemSync()).toBe(0.5);
  expect(() => lineSearch(cliff, [one], [one], { rates: [] })).toThrow(RangeError);
});

test("SC-08 the triangle: lowest, middle, highest, and back", () => {
  const eta = triangular(0.1, 0.5);
  expectClose(at(eta, 0, 10, 20, 30, 40, 50), [0.1, 0.3, 0.5, 0.3, 0.1, 0.3], 1e-14);
  const mu = 20;
  for (const t of [3, 17, 25, 61, 99]) {
    const formula = Math.max(0, 1 - Math.abs(t / mu - (2 * Math.floor(1 + t / (2 * mu)) - 1)));
    expect(at(eta, t)[0]).toBeCloseTo(0.1 + 0.4 * formula, 13);
  }
});

test("SC-09 cosine annealing with warm restarts, with the lowest rate reached or not", () => {
  const [low, high, T] = [0.1, 0.7, 10];
  const reached = cosineRestarts(high, { steps: T, minimum: low, inclusive: true });
  expectClose(at(reached, 0, 5, 10, 11, 21, 22), [high, 0.4, low, high, low, high], 1e-14);
  const torch = cosineRestarts(high, { steps: T, minimum: low });
  expectClose(at(torch, 0, 5, 10, 15, 20), [high, 0.4, high, 0.4, high], 1e-14);
  const grown = cosineRestarts(high, { steps: 2, growth: 2, minimum: low, inclusive: true });
  // 0 1 2 | 3 … 7 | 8 … 16
  expectClose(
    at(grown, 0, 2, 3, 5, 7, 8, 12, 16, 17),
    [high, low, high, 0.4, low, high, 0.4, low, high],
    1e-13,
  );
});

test("SC-10 warm-up, then exponential decay: the peak at its end, and no jump", () => {
  const [peak, rise] = [0.4, 8];
  const eta = warmUp(exponential(peak, { factor: 0.95 }), { steps: rise });
  const rates = [...eta(arange(0, 40, { step: 0.125, dtype })).dataSync("f64")];
  const highest = rates.indexOf(Math.max(...rates));
  expect(rates[highest]).toBeCloseTo(peak, 14);
  expect(Math.abs(highest / 8 - rise)).toBeLessThanOrEqual(1);
  expectClose(at(eta, 0, 3, rise - 1, rise), [peak / rise, peak / 2, peak, peak], 1e-14);
  for (let i = 1; i < rates.length; i++) {
    expect(Math.abs(rates[i]! - rates[i - 1]!)).toBeLessThanOrEqual(peak / rise / 8 + 1e-12);
    if (i < 8 * (rise - 1)) expect(rates[i]).toBeGreaterThan(rates[i - 1]!);
    if (i > 8 * rise) expect(rates[i]).toBeLessThan(rates[i - 1]!);
  }
  expectClose([at(eta, rise + 10)[0]!], [peak * 0.95 ** 10], 1e-13);
});

test("SC-11 at a saddle a cyclical rate leaves first, where a falling one stays", async () => {
  // x² − y², with walls: y⁴/4 makes minima at y = ±√2.
  const saddle = (p: Tensor): Tensor => {
    const [x, y] = [p.at(0).square(), p.at(1).square()];
    return x.sub(y).add(y.square().div(4));
  };
  const leaves = async (lr: Schedule): Promise<number> => {
    const { points } = await descentPath(saddle, [1, 1e-3], (x) => new SGD([x], { lr }), {
      steps: 400,
    });
    const found = points.findIndex(([, y]) => Math.abs(y!) > 0.5);
    return found < 0 ? Infinity : found;
  };
  const falling = exponential(0.2, { factor: 0.9 });
  const cyclical = triangular(0.001, 0.2, { rise: 20 });
  expect(await leaves(cyclical)).toBeLessThan(100);
  expect(await leaves(falling)).toBe(Infinity);
});

describe("SC-12", () => {
  const table = {
    epochs: ["stepDecay", "exponential", "triangular", "cosineRestarts"],
    validation: ["lineSearch", "rateSearch"],
    gradients: [
      ...["Adagrad", "RMSprop", "Adadelta", "Adam", "Adamax", "NAdam", "AdamW"], // AMSGrad: an option
    ],
  };
  const entry = sc.systems.find(({ id }) => id === "SC-12")!;
  const symbols = new Set(entry.symbols.map((symbol) => symbol.split("#")[1]));

  test("the registry names every scheme of the table, and each is there", () => {
    for (const name of Object.values(table).flat()) {
      expect(symbols, name).toContain(name);
      expect({ ...optim, ...training }, name).toHaveProperty(name);
    }
  });

  test("every gradient-based one takes a quadratic down, AMSGrad too", async () => {
    const f = (x: Tensor): Tensor => x.square().sum();
    const made = optim as unknown as Record<string, new (p: unknown, o: object) => optim.Adam>;
    const kinds = [
      ...table.gradients.map((kind) => [kind, {}] as const),
      ["Adam", { amsgrad: true }] as const,
    ];
    for (const [kind, options] of kinds) {
      const lr = kind === "Adadelta" ? 30 : 0.1;
      const { values } = await descentPath(
        f,
        [1, -1],
        (x) => new made[kind]!([x], { lr, ...options }),
        { steps: 60 },
      );
      expect(values.at(-1)!, kind).toBeLessThan(values[0]! / 4);
    }
  });
});

test("more schedules at their ends, and settings without sense", () => {
  expectClose(
    at(polynomial(2, { steps: 10, power: 2, end: 1 }), 0, 5, 10, 99),
    [2, 1.25, 1, 1],
    1e-14,
  );
  const both = inSequence([stepDecay(1, { every: 2, factor: 0.5 }), inverseTime(0.3)], { at: [4] });
  expectClose(at(both, 0, 2, 3, 4, 5), [1, 0.5, 0.5, 0.3, 0.15], 1e-14);
  for (const make of [
    () => triangular(0, 1, { rise: 0 }),
    () => triangular(0, 1, { shrink: 0 }),
    () => cosineRestarts(1, { steps: 0 }),
    () => cosineRestarts(1, { steps: 3, growth: 1.5 }),
    () => oneCycle(1, { steps: 2 }),
    () => polynomial(1, { steps: 0 }),
    () => inverseTime(1, { decay: -1 }),
    () => inSequence([stepDecay(1, { every: 2 })], { at: [3] }),
  ]) {
    expect(make).toThrow(RangeError);
  }
});

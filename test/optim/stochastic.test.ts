// Methods for noisy gradients, and steps looked at before they are made: the rows OP-23 to OP-33.

import { beforeEach, expect, test } from "vitest";
import { DataError, ShapeError } from "../../src/ir/errors.ts";
import {
  ASGD,
  clipByNorm,
  globalNorm,
  inverseTime,
  newtonStep,
  PolyakAverage,
  ProjectedSGD,
  projectToBall,
  SGD,
  SVRG,
} from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { arange, eye, full, tensor, zeros } from "../../src/tensor/create.ts";
import { grad } from "../../src/tensor/derivatives.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { where } from "../../src/tensor/functions.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randint, randn } from "../../src/tensor/random.ts";
import { scan } from "../../src/tensor/scan.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import {
  convexityGap,
  curvatureBounds,
  descentPath,
  firstOrderGap,
  gradientFlow,
  gradientVariance,
  isStationary,
  perExampleGradients,
  polyakLojasiewicz,
  sgdConvergence,
  smoothness,
  stepForecast,
  strongConvexity,
} from "../../src/theory/index.ts";
import { expectClose } from "../nn/golden.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

const dtype = "f64";
const quickest = devicesHere.includes("native") ? "native" : "wasm";
const row = (...values: number[]): Tensor => tensor(values, { dtype });

beforeEach(() => {
  setDefaultDevice("reference");
  seed(1);
});

/** Least squares over six examples of two features. */
function regression() {
  const [x, y] = [randn([6, 2], { dtype }), randn([6], { dtype })];
  const one = (w: Tensor, i: Tensor): Tensor =>
    x
      .take(i, { axis: 0 })
      .mul(w)
      .sum()
      .sub(y.take(i, { axis: 0 }))
      .square();
  const all = (w: Tensor): Tensor => x.matmul(w).sub(y).square().mean();
  return { x, y, one, all, best: newtonStep(all, zeros([2], { dtype })) };
}

test("OP-23 SVRG: unbiased, without noise at its snapshot, and down to the minimum at a steady rate", () => {
  const { one, all, best } = regression();
  const start = row(2, -1);
  const w = new Parameter(start);
  const optimizer = new SVRG([w], { lr: 0.05 });
  expect(() => optimizer.step([row(0, 0)])).toThrow(DataError);
  optimizer.refresh(gradients(all(w), [w]));
  expect(() => optimizer.step([row(0, 0)])).toThrow(/snapshot\(\)/);
  const anchor = optimizer.snapshot();
  /** The direction of an example from a point. */
  const direction = (from: Tensor, i: number): number[] => {
    w.assign(from);
    const example = tensor(i, { dtype: "i32" });
    const at = gradients(one(anchor["0"]!, example), anchor);
    optimizer.step(gradients(one(w, example), [w]), { at });
    return [...from.sub(w).div(0.05).dataSync()].map(Number);
  };
  const full = (from: Tensor): number[] => [...grad(all)(from).dataSync()].map(Number);
  const indices = [0, 1, 2, 3, 4, 5];
  for (const i of indices) expectClose(direction(start, i), full(start), 1e-12);
  const away = row(1, 1);
  const directions = indices.map((i) => direction(away, i));
  const mean = [0, 1].map((j) => directions.reduce((sum, d) => sum + d[j]! / 6, 0));
  expectClose(mean, full(away), 1e-12);
  expect(Math.abs(directions[0]![0]! - directions[1]![0]!)).toBeGreaterThan(0.01);

  // Held back, a step changes nothing; and what a state dict brings along is a snapshot too.
  const resumed = new SVRG([w], { lr: 0.05 });
  resumed.loadStateDict(optimizer.stateDict());
  const none = { at: [row(0, 0)], when: tensor(false) };
  const before = w.dataSync();
  resumed.step([row(5, 5)], none);
  expect(w.dataSync()).toEqual(before);
  resumed.step([row(0, 0)], { at: [row(0, 0)] });
  expectClose(w.dataSync(), tensor(before).sub(grad(all)(start).mul(0.05)).dataSync(), 1e-14);

  // 25 snapshots, 12 steps each; SGD with the same rate and as many steps stays on its plateau.
  w.assign(start);
  const plain = new Parameter(start);
  const sgd = new SGD([plain], { lr: 0.05 });
  const refresh = compile(() => optimizer.refresh(gradients(all(w), [w])));
  const step = compile((i: Tensor) => {
    const there = optimizer.snapshot();
    optimizer.step(gradients(one(w, i), [w]), { at: gradients(one(there["0"]!, i), there) });
    sgd.step(gradients(one(plain, i), [plain]));
  });
  const distance = (p: Tensor): number => p.sub(best).norm().itemSync();
  const checkpoints: number[] = [];
  for (let round = 0; round < 25; round++) {
    refresh();
    for (const i of randint([12], { high: 6 }).dataSync()) step(tensor(i, { dtype: "i32" }));
    checkpoints.push(distance(w));
  }
  expect(checkpoints.at(-1)!).toBeLessThan(1e-3 * checkpoints[4]!);
  expect(distance(plain)).toBeGreaterThan(1e3 * checkpoints.at(-1)!);
});

test("OP-24 Polyak's average is the arithmetic mean, and lies lower than the last iterate", () => {
  const w = new Parameter(row(0, 0));
  const average = new PolyakAverage([w]);
  const given = randn([9, 2], { dtype });
  for (let k = 0; k < 9; k++) {
    w.assign(given.at(k));
    average.add();
    expectClose(
      average.values()["0"]!.dataSync(),
      given
        .at(`:${k + 1}`)
        .mean({ axis: 0 })
        .dataSync(),
      1e-14,
    );
  }
  // A noisy quadratic in 60 dimensions, averaged from half way on.
  const n = 60;
  const x = new Parameter(full([n], 1, { dtype }));
  const optimizer = new SGD([x], { lr: 0.2 });
  const mean = new PolyakAverage({ x });
  const step = compile(() => optimizer.step([x.add(randn([n], { dtype }))]));
  const collect = compile(() => mean.add());
  for (let t = 0; t < 120; t++) {
    step();
    if (t >= 60) collect();
  }
  const floor = (p: Tensor): number => p.square().mean().itemSync();
  expect(floor(mean.values().x!)).toBeLessThan(floor(x) / 4);
  // The mean of the last few, and ASGD's.
  const recent = new PolyakAverage([w], { decay: 0.5 });
  for (const value of [8, 4, 0]) {
    w.assign(value);
    recent.add();
  }
  expect(recent.values()["0"]!.arraySync()).toEqual([3, 3]);
  const asgd = new ASGD([w], { lr: 0.5, lambd: 0, from: 0, power: 0 });
  for (let i = 0; i < 4; i++) asgd.step([row(-2, -2)]); // 1, 2, 3, 4: t = 0 and 1 both begin
  expect(asgd.averages()["0"]!.arraySync()).toEqual([3, 3]);
  expect(() => new PolyakAverage([w], { decay: 1 })).toThrow(RangeError);
});

test("OP-25 clipping: the norm is at most τ and the direction stays; a recurrent net survives its cliff", async () => {
  for (const scale of [1e-3, 1, 1e6]) {
    const tree = { a: randn([3, 2], { dtype }).mul(scale), b: randn([4], { dtype }).mul(scale) };
    const norm = globalNorm(tree).itemSync();
    const clipped = clipByNorm(tree, 0.5);
    expect(globalNorm(clipped).itemSync()).toBeLessThanOrEqual(0.5);
    const factor = Math.min(1, 0.5 / (norm + 1e-6));
    expectClose(clipped.a.dataSync(), tree.a.mul(factor).dataSync(), 1e-14);
    expectClose(clipped.b.dataSync(), tree.b.mul(factor).dataSync(), 1e-14);
  }
  // h ← w·h, thirty times over; it should stay 1. Beyond w = 1 the loss is a cliff.
  const loss = (w: Tensor): Tensor => {
    const [h] = scan((state: Tensor) => [state.mul(w), w] as const, row(1), { length: 30 });
    return h.sub(1).square().sum();
  };
  const run = (gradient: (g: Tensor) => Tensor) =>
    descentPath(loss, [1.3], (w) => new SGD([w], { lr: 0.01 }), { steps: 60, gradient });
  expect((await run((g) => g)).values.at(-1)!).toSatisfy((v: number) => !(v < 1e6));
  const survived = await run((g) => clipByNorm(g, 1));
  expect(survived.values.at(-1)!).toBeLessThan(0.2);
});

test("OP-26 Newton's method: one step on a quadratic, gradient descent for I/η, and drawn to saddles", async () => {
  const h = randn([4, 4], { dtype });
  const matrix = h.matmul(h.T).add(eye(4, { dtype }));
  const target = randn([4], { dtype });
  const f = (x: Tensor): Tensor =>
    x
      .sub(target)
      .mul(matrix.matmul(x.sub(target)))
      .sum()
      .div(2);
  const start = randn([4], { dtype });
  expectClose(newtonStep(f, start).dataSync(), target.dataSync(), 1e-11);
  const descent = newtonStep(f, start, { curvature: eye(4, { dtype }).div(0.03) });
  expectClose(descent.dataSync(), start.sub(grad(f)(start).mul(0.03)).dataSync(), 1e-13);
  expectClose(
    newtonStep(f, start, { lr: 0.25 }).dataSync(),
    start.add(target.sub(start).mul(0.25)).dataSync(),
    1e-11,
  );
  // Damped, a direction of curvature λ goes the share λ/(λ + γ) of its way.
  const bowl = (x: Tensor): Tensor => x.square().mul(row(1, 3)).sum().div(2);
  expectClose(newtonStep(bowl, row(2, 4), { damping: 1 }).dataSync(), [1, 1], 1e-14);
  // A pivot of 0, which elimination without exchange would divide by.
  const saddle = (x: Tensor): Tensor => x.at(0).mul(x.at(1));
  expectClose(newtonStep(saddle, row(2, 3)).dataSync(), [0, 0], 1e-14);
  // x²/2 − y²/2 + y⁴/4: minima at y = ±1, a saddle between.
  const valley = (x: Tensor): Tensor => {
    const [a, b] = [x.at(0), x.at(1)];
    return a.square().sub(b.square()).div(2).add(b.square().square().div(4));
  };
  let x = row(0.8, 0.3);
  for (let i = 0; i < 8; i++) x = newtonStep(valley, x);
  expectClose(x.add(1).dataSync(), [1, 1], 1e-9);
  const gd = await descentPath(valley, [0.8, 0.3], (w) => new SGD([w], { lr: 0.3 }), { steps: 80 });
  expectClose(
    gd.points.at(-1)!.map((v) => v + 1),
    [1, 2],
    1e-6,
  );
  expect(() => newtonStep(f, start, { curvature: eye(3) })).toThrow(ShapeError);
});

test("OP-27 gradient flow: descent with a small rate follows it, with an error in proportion to the rate", async () => {
  const f = (x: Tensor): Tensor => x.at(0).square().add(x.at(1).square().square()).add(x.prod());
  const flow = gradientFlow(f, row(1, 2), { time: 1, steps: 200 });
  expect(flow.shape).toEqual([201, 2]);
  const finer = gradientFlow(f, row(1, 2), { time: 1, steps: 400 });
  const end = [...flow.at(-1).dataSync()].map(Number);
  expectClose(end, finer.at(-1).dataSync(), 1e-6);
  const errors: number[] = [];
  for (const steps of [80, 160, 320]) {
    const { points } = await descentPath(f, [1, 2], (x) => new SGD([x], { lr: 1 / steps }), {
      steps,
    });
    errors.push(Math.hypot(...points.at(-1)!.map((v, j) => v - end[j]!)));
  }
  for (const i of [1, 2]) {
    expect(errors[i - 1]! / errors[i]!).toBeGreaterThan(1.8);
    expect(errors[i - 1]! / errors[i]!).toBeLessThan(2.3);
  }
});

test("OP-28 projected descent stays in the ball, and is plain descent while it is inside", async () => {
  const f = (x: Tensor): Tensor => x.sub(row(3, 4)).square().mul(row(1, 3)).sum().div(2);
  const options = { lr: 0.1, momentum: 0.5 };
  const inside = await descentPath(
    f,
    [0, 0],
    (x) => new ProjectedSGD([x], { ...options, radius: 2 }),
    { steps: 60 },
  );
  for (const p of inside.points) expect(Math.hypot(...p)).toBeLessThanOrEqual(2 + 1e-12);
  expect(Math.hypot(...inside.points.at(-1)!)).toBeCloseTo(2, 10);
  const wide = await descentPath(
    f,
    [0, 0],
    (x) => new ProjectedSGD([x], { ...options, radius: 100 }),
    { steps: 60 },
  );
  const plain = await descentPath(f, [0, 0], (x) => new SGD([x], options), { steps: 60 });
  expect(wide.points).toEqual(plain.points);
  // The norm is that of all parameters together.
  const [a, b] = [new Parameter(row(3)), new Parameter(row(4))];
  new ProjectedSGD({ a, b }, { lr: 0, radius: 1 }).step({ a: row(0), b: row(0) });
  expectClose([a.itemSync(), b.itemSync()], [0.6, 0.8], 1e-15);
  expect(projectToBall(row(0, 0), 1).arraySync()).toEqual([0, 0]);
  expect(() => new ProjectedSGD([a], { radius: -1 })).toThrow(/radius/);
});

test("OP-29 classes of functions: L = λmax and μ = λmin of quadratics; x² + 3·sin²x is PL but not convex", async () => {
  const points = randn([40, 3], { dtype });
  const basis = row(0.6, 0.8, 0, -0.8, 0.6, 0, 0, 0, 1).reshape([3, 3]);
  const bowl = (x: Tensor): Tensor =>
    basis
      .matmul(x)
      .square()
      .mul(row(1, 4, 9))
      .sum()
      .div(2);
  const { lowest, highest } = await curvatureBounds(bowl, points.at(0));
  expectClose([lowest, highest], [1, 9], 1e-12);
  // Along the axes of the quadratic both are reached.
  const axes = basis.pad([
    [0, 1],
    [0, 0],
  ]);
  expect(smoothness(bowl, axes).itemSync()).toBeCloseTo(9, 12);
  expect(strongConvexity(bowl, axes).itemSync()).toBeCloseTo(1, 12);
  expect(smoothness(bowl, points).itemSync()).toBeLessThanOrEqual(9 + 1e-12);
  expect(strongConvexity(bowl, points).itemSync()).toBeGreaterThanOrEqual(1 - 1e-12);
  expect(convexityGap(bowl, points).itemSync()).toBeLessThan(0);
  expect(firstOrderGap(bowl, points).itemSync()).toBeGreaterThan(0);
  expect(isStationary(bowl, zeros([3], { dtype }), 0).itemSync()).toBe(1);
  expect(isStationary(bowl, row(0, 0, 0.1), 0.5).itemSync()).toBe(0);
  // Of a quadratic the constant of Polyak and Łojasiewicz is μ, along the flattest axis.
  expect(polyakLojasiewicz(bowl, axes, 0).itemSync()).toBeCloseTo(1, 12);
  const wavy = (x: Tensor): Tensor => x.square().add(x.sin().square().mul(3)).sum();
  const line = arange(-10, 10, { step: 0.2, dtype }).unsqueeze(1);
  expect(convexityGap(wavy, line, { weights: 1 }).itemSync()).toBeGreaterThan(0.1);
  expect(firstOrderGap(wavy, line).itemSync()).toBeLessThan(-0.1);
  expect(strongConvexity(wavy, line).itemSync()).toBeLessThan(0);
  const mu = polyakLojasiewicz(wavy, line, 0).itemSync();
  expect(mu).toBeGreaterThan(1 / 32);
  expect(mu).toBeLessThan(1);
  expect(() => smoothness(wavy, row(1))).toThrow(ShapeError);
});

/** 1,500 runs of SGD on ½·aᵢ·(x − cᵢ)² side by side: the mean square distance from x* at each step. */
function sgdDistances(rate: (k: Tensor) => Tensor, steps: number) {
  const [a, c] = [row(1, 1.5, 2, 1.5), row(-1, 0.5, 1, 0.2)];
  const best = a.mul(c).sum().div(a.sum());
  const [start, chains] = [2, 1500];
  const [, distances] = scan(
    (x: Tensor, k: Tensor) => {
      const i = randint([chains], { high: 4 });
      const g = x.sub(c.take(i, { axis: 0 })).mul(a.take(i, { axis: 0 }));
      const next = x.sub(g.mul(rate(k)));
      return [next, next.sub(best).square().mean()] as const;
    },
    full([chains], start, { dtype }),
    arange(steps, undefined, { dtype }),
  );
  const noise = a.mul(best.sub(c)).square().mean();
  const distance = best.neg().add(start);
  realizeSync(distances, noise, distance);
  return {
    distances: [...distances.dataSync("f64")],
    curvature: { smoothness: 2, convexity: 1.5 },
    noise: noise.itemSync(),
    distance: distance.itemSync(),
  };
}

test("OP-30 the theorem on SGD with a constant rate: below its bound at each step, and half the rate, half the plateau", () => {
  setDefaultDevice(quickest);
  const plateaus: number[] = [];
  for (const rate of [0.1, 0.05, 0.025]) {
    const { distances, curvature, noise, distance } = sgdDistances((k) => k.mul(0).add(rate), 300);
    const theorem = sgdConvergence(curvature, { rate, noise, distance });
    // A and B as they are once the notes' misprints are put right.
    const [factor, plateauBound] = [
      1 - 2 * rate * 1.5 * (1 - 2 * rate),
      (rate * noise) / (1.5 * (1 - 2 * rate)),
    ];
    expectClose([theorem.factor, theorem.plateau], [factor, plateauBound], 1e-14);
    expect(theorem.bound(7)).toBeCloseTo(factor ** 7 * distance ** 2 + plateauBound, 14);
    // Five standard errors of a mean of 1,500.
    for (const [k, d] of distances.entries()) expect(d).toBeLessThan(theorem.bound(k + 1) * 1.15);
    const tail = distances.slice(-50);
    const plateau = tail.reduce((sum, d) => sum + d, 0) / tail.length;
    expect(plateau).toBeLessThan(theorem.plateau);
    expect(plateau).toBeGreaterThan(theorem.plateau / 4);
    plateaus.push(plateau);
  }
  for (const i of [1, 2]) {
    expect(plateaus[i - 1]! / plateaus[i]!).toBeGreaterThan(1.8);
    expect(plateaus[i - 1]! / plateaus[i]!).toBeLessThan(2.3);
  }
  // The bound of a rate does not hold for a larger one: it is no empty promise.
  const { distances, curvature, noise, distance } = sgdDistances((k) => k.mul(0).add(0.45), 300);
  const small = sgdConvergence(curvature, { rate: 0.05, noise, distance });
  expect(distances.at(-1)!).toBeGreaterThan(small.bound(300));
  expect(() =>
    sgdConvergence({ smoothness: 2, convexity: 1 }, { rate: 0.5, noise: 1, distance: 1 }),
  ).toThrow(RangeError);
});

test("OP-31 Robbins and Monro: rates as 1/k converge where a constant rate stays on its plateau", () => {
  setDefaultDevice(quickest);
  const constant = sgdDistances((k) => k.mul(0).add(0.3), 600).distances;
  const falling = sgdDistances(inverseTime(0.3, { decay: 0.2 }), 600).distances;
  expect(falling.at(-1)!).toBeLessThan(constant.at(-1)! / 20);
  expect(falling.at(-1)!).toBeLessThan(falling[299]! * 0.7);
  // Σ η grows without end and Σ η² does not, for powers in (½, 1].
  const rates = inverseTime(1, { power: 0.75 })(arange(10_000, undefined, { dtype })).dataSync(
    "f64",
  );
  const sum = (from: number, to: number, power: number) =>
    rates.slice(from, to).reduce((total, r) => total + r ** power, 0);
  expect(sum(1000, 10_000, 1)).toBeGreaterThan(0.7 * sum(0, 1000, 1));
  expect(sum(1000, 10_000, 2)).toBeLessThan(sum(0, 1000, 2) / 50);
});

test("OP-32 what a step adds to the cost: exact on a quadratic, and where it turns to a rise", () => {
  const f = (x: Tensor): Tensor => x.square().mul(row(1, 100)).sum().div(2);
  const x = row(3, 0.2);
  const { bestRate, slope, curvature } = stepForecast(f, x, 0);
  const critical = (2 * slope.itemSync()) / curvature.itemSync();
  expect(bestRate.itemSync()).toBeCloseTo(critical / 2, 14);
  for (const share of [0.3, 0.99, 1.01, 3]) {
    const rate = share * critical;
    const forecast = stepForecast(f, x, rate);
    const measured = f(x.sub(grad(f)(x).mul(rate)))
      .sub(f(x))
      .itemSync();
    expectClose([forecast.change.itemSync()], [measured], 1e-10);
    expect(forecast.rises.itemSync()).toBe(measured > 0 ? 1 : 0);
    expect(measured > 0).toBe(share > 1);
  }
  // Between 1/λmax and 1/λmin, and over any tree.
  expect(bestRate.itemSync()).toBeGreaterThan(1 / 100);
  expect(bestRate.itemSync()).toBeLessThan(1);
  const tree = stepForecast(
    ({ a, b }: { a: Tensor; b: Tensor }) => a.square().sum().add(b.square().sum()),
    { a: row(1), b: row(2) },
    0.5,
  );
  expect(tree.change.itemSync()).toBeCloseTo(-5, 14);
});

test("OP-33 the noise of a batch of r falls as 1/r: four times the work for half the error", () => {
  const [x, y] = [randn([64, 3], { dtype }), randn([64], { dtype })];
  const each = perExampleGradients(
    (w: Tensor, [xi, yi]: [Tensor, Tensor]) => xi.mul(w).sum().sub(yi).square(),
    row(1, 0, -1),
    [x, y] as [Tensor, Tensor],
  );
  const variance = gradientVariance(each).itemSync();
  const mean = each.mean({ axis: 0 });
  for (const r of [1, 4, 16]) {
    const draws = 1500;
    const chosen = randint([draws * r], { high: 64 });
    const batches = each.take(chosen, { axis: 0 }).reshape([draws, r, 3]).mean({ axis: 1 });
    const spread = batches.sub(mean).square().sum({ axis: 1 }).mean().itemSync();
    expect(spread / (variance / r)).toBeGreaterThan(0.8);
    expect(spread / (variance / r)).toBeLessThan(1.2);
  }
  expect(where(each.isFinite(), 1, 0).all().itemSync()).toBe(1);
});

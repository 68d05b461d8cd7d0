// Gradient descent with and without momentum: the rows OP-01 to OP-09.

import { beforeEach, expect, test } from "vitest";
import { loader } from "../../src/data/index.ts";
import {
  HeavyBall,
  Nesterov,
  type NesterovOptions,
  type Rate,
  SGD,
  stepDecay,
} from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { arange, tensor } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import {
  curvatureBounds,
  type Descender,
  descentPath,
  gradientDescentBound,
  gradientVariance,
  largestStableRate,
  meanGradient,
  minibatchVariance,
  nesterovBound,
  nesterovMomentum,
  perExampleGradients,
  stepsPerEpoch,
} from "../../src/theory/index.ts";
import { expectClose } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { expectParity } from "./golden-runs.ts";

const dtype = "f64";

beforeEach(() => {
  setDefaultDevice("reference");
  seed(1);
});

/** ½·xᵀHx with the given eigenvalues, turned so that no axis is one of its own. */
function quadratic(...eigenvalues: number[]): (x: Tensor) => Tensor {
  const n = eigenvalues.length;
  const u = tensor(
    Array.from({ length: n }, (_, i) => i + 1),
    { dtype },
  );
  const length = u.square().sum();
  const scale = tensor(eigenvalues, { dtype });
  return (x) => {
    const turned = x.sub(u.mul(x.mul(u).sum().mul(2).div(length))); // Householder
    return turned.square().mul(scale).sum().div(2);
  };
}

const last = <T>(list: readonly T[]): T => list.at(-1) as T;

test("OP-01 gradient descent on a quadratic converges if and only if its rate is below 2/λmax", async () => {
  const f = quadratic(1, 4, 10);
  const { highest } = await curvatureBounds(f, tensor([0, 0, 0], { dtype }));
  expect(highest).toBeCloseTo(10, 10);
  const edge = largestStableRate(highest);
  const run = async (lr: number) =>
    last((await descentPath(f, [1, 1, -2], (x) => new SGD([x], { lr }), { steps: 300 })).values);
  expect(await run(0.99 * edge)).toBeLessThan(1e-4);
  expect(await run(1.01 * edge)).toBeGreaterThan(1e3);
  // One update is w − η·∇w.
  const w = new Parameter(tensor([1, 2], { dtype }));
  new SGD([w], { lr: 0.1 }).step([tensor([3, -4], { dtype })]);
  expectClose(w.dataSync(), [0.7, 2.4], 1e-15);
});

test("OP-02 an epoch has 1, N or ⌈N/B⌉ steps", async () => {
  const data = { x: arange(10) };
  for (const [batchSize, lastBatch, steps] of [
    [10, "keep", 1],
    [1, "keep", 10],
    [4, "keep", 3],
    [5, "keep", 2],
    [4, "drop", 2],
  ] as const) {
    const batches = loader(data, { batchSize, lastBatch });
    let count = 0;
    for await (const { x } of batches) count += x.shape[0]! > 0 ? 1 : 0;
    expect(count).toBe(steps);
    expect(batches.length).toBe(steps);
    expect(stepsPerEpoch(10, { batchSize, lastBatch })).toBe(steps);
  }
});

/** Linear regression with five examples of three features. */
function regression() {
  const [x, y] = [randn([5, 3], { dtype }), randn([5], { dtype })];
  const w = randn([3], { dtype });
  const loss = (p: Tensor, { x: xi, y: yi }: { x: Tensor; y: Tensor }): Tensor =>
    xi.mul(p).sum().sub(yi).square();
  return { x, y, w, loss };
}

test("OP-03 stochastic gradients are unbiased, and a batch of r has a share 1/r of their variance", () => {
  const { x, y, w, loss } = regression();
  const each = perExampleGradients(loss, w, { x, y });
  expect(each.shape).toEqual([5, 3]);
  const p = new Parameter(w);
  const full = gradients(x.matmul(p).sub(y).square().mean(), [p])[0]!;
  expectClose(meanGradient(each).dataSync(), full.dataSync(), 1e-14);
  // Every batch of r drawn with replacement, each as likely.
  const rows = each.arraySync() as number[][];
  const centre = [...full.dataSync()];
  const variance = gradientVariance(each).itemSync();
  for (const r of [1, 2, 3]) {
    let [count, spread] = [0, 0];
    const mean = [0, 0, 0];
    for (let code = 0; code < 5 ** r; code++) {
      const batch = Array.from({ length: r }, (_, i) => rows[Math.floor(code / 5 ** i) % 5]!);
      const g = centre.map((_, j) => batch.reduce((sum, row) => sum + row[j]!, 0) / r);
      for (const [j, value] of g.entries()) mean[j]! += value;
      spread += g.reduce((sum, value, j) => sum + (value - centre[j]!) ** 2, 0);
      count++;
    }
    expectClose(
      mean.map((v) => v / count),
      centre,
      1e-13,
    );
    expect(spread / count / variance).toBeCloseTo(1 / r, 12);
    expect(minibatchVariance(variance, { batchSize: r })).toBeCloseTo(variance / r, 12);
  }
  // Without replacement: all pairs of five.
  let spread = 0;
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < i; j++) {
      spread +=
        centre.reduce((s, c, k) => s + ((rows[i]![k]! + rows[j]![k]!) / 2 - c) ** 2, 0) / 10;
    }
  }
  expect(minibatchVariance(variance, { batchSize: 2, of: 5 })).toBeCloseTo(spread, 12);
  expect(minibatchVariance(variance, { batchSize: 5, of: 5 })).toBe(0);
  // x − η·∇f_I(x) for one example.
  new SGD([p], { lr: 0.1 }).step([each.at(2)]);
  expectClose(p.dataSync(), w.sub(each.at(2).mul(0.1)).dataSync(), 1e-15);
});

test("OP-04 data that is never reused gives the loss of new data while training; reused data a lower one", async () => {
  const features = 8;
  const truth = randn([features], { dtype });
  const draw = (count: number) => {
    const x = randn([count, features], { dtype });
    return { x, y: x.matmul(truth).add(randn([count], { dtype })) };
  };
  /** Trains, and gives the loss of each batch before its update less the risk at that moment. */
  async function train(epochs: number, data: AsyncIterable<{ x: Tensor; y: Tensor }>) {
    const w = new Parameter(truth.mul(0));
    const optimizer = new SGD([w], { lr: 0.02 });
    const step = compile((x: Tensor, y: Tensor) => {
      const risk = w.sub(truth).square().sum().add(1); // noise of variance 1
      const loss = x.matmul(w).sub(y).square().mean();
      optimizer.step(gradients(loss, [w]));
      return loss.sub(risk);
    });
    const gaps: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      for await (const { x, y } of data) gaps.push(step(x, y).itemSync());
    }
    const tail = gaps.slice(gaps.length / 2);
    const mean = tail.reduce((sum, gap) => sum + gap, 0) / tail.length;
    const spread = tail.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / tail.length;
    return { mean, error: Math.sqrt(spread / tail.length) };
  }
  // A stream that is made as it is read, each example once.
  const held = draw(400 * 4);
  const [xs, ys] = [held.x.arraySync() as number[][], held.y.arraySync() as number[]];
  const stream = loader(
    function* () {
      for (const [i, x] of xs.entries())
        yield { x: tensor(x, { dtype }), y: tensor(ys[i]!, { dtype }) };
    },
    { batchSize: 4 },
  );
  const online = await train(1, stream);
  expect(Math.abs(online.mean)).toBeLessThan(4 * online.error);
  const few = draw(12);
  const reused = await train(120, loader(few, { batchSize: 4, shuffle: true, seed: 3 }));
  expect(reused.mean).toBeLessThan(-5 * reused.error);
});

test("OP-05 momentum is a sum of gradients with weights β^(t−τ), and grows a steady step to η/(1−β)", () => {
  const [lr, beta] = [0.1, 0.8];
  const given = Array.from({ length: 7 }, () => randn([3], { dtype }));
  const start = randn([3], { dtype });
  const w = new Parameter(start);
  const optimizer = new SGD([w], { lr, momentum: beta });
  for (const g of given) optimizer.step([g]);
  let moved = start.mul(0);
  for (let t = 0; t < given.length; t++) {
    for (let tau = 0; tau <= t; tau++) moved = moved.add(given[tau]!.mul(beta ** (t - tau)));
  }
  expectClose(w.dataSync(), start.sub(moved.mul(lr)).dataSync(), 1e-14);
  const one = new Parameter(tensor([0], { dtype }));
  const steady = new SGD([one], { lr, momentum: beta });
  const step = compile(() => {
    const before = one.snapshot();
    steady.step([tensor([1], { dtype })]);
    return before.sub(one);
  });
  const steps = Array.from({ length: 200 }, () => step().dataSync()[0]!);
  expect(steps[0]).toBeCloseTo(lr, 14);
  expect(steps[1]).toBeCloseTo(lr * (1 + beta), 14);
  expect(last(steps)).toBeCloseTo(lr / (1 - beta), 12);
  expectParity("SGD", "momentum");
});

const path = (make: (x: Parameter) => Descender, steps = 40, f = quadratic(1, 20)) =>
  descentPath(f, [3, -1], make, { steps });

const flat = (points: readonly (readonly number[])[]): number[] => points.flat();

test("OP-06 velocity and heavy ball are one, and SGD's momentum too while the rate stays", async () => {
  const falling = stepDecay(0.04, { every: 5, factor: 0.5 });
  for (const lr of [0.04, falling] as Rate[]) {
    const velocity = await path((x) => new HeavyBall([x], { lr, momentum: 0.7 }));
    const difference = await path(
      (x) => new HeavyBall([x], { lr, momentum: 0.7, form: "difference" }),
    );
    const momentum = await path((x) => new SGD([x], { lr, momentum: 0.7 }));
    expectClose(flat(difference.points), flat(velocity.points), 1e-13);
    if (lr === falling) {
      const apart = flat(momentum.points).map((v, i) => Math.abs(v - flat(velocity.points)[i]!));
      expect(Math.max(...apart)).toBeGreaterThan(0.01);
    } else expectClose(flat(momentum.points), flat(velocity.points), 1e-13);
  }
});

const forms = ["momentum", "velocity", "extrapolation"] as const;

test("OP-07 Nesterov's forms make one trajectory, with v = −η·u, and oscillate less than momentum", async () => {
  const [lr, momentum] = [0.02, 0.9];
  const f = quadratic(1, 40);
  const made = forms.map((form) => {
    const w = new Parameter(tensor([3, -1], { dtype }));
    return { w, optimizer: new Nesterov([w], { lr, momentum, form }) };
  });
  for (let i = 0; i < 25; i++) {
    for (const { optimizer } of made) {
      const ahead = optimizer.lookAhead();
      optimizer.step(gradients(f(ahead["0"]!), ahead));
    }
    const [first, ...others] = made.map(({ w }) => w.dataSync());
    for (const other of others) expectClose(other, first!, 1e-12);
  }
  const u = made[0]!.optimizer.stateDict()["momentum.0"]!;
  const v = made[1]!.optimizer.stateDict()["velocity.0"]!;
  expectClose(u.mul(-lr).dataSync(), v.dataSync(), 1e-12);
  // A weight decay is taken at the point ahead, so that the forms stay equal.
  const decayed = await Promise.all(
    forms.map((form) =>
      path((x) => new Nesterov([x], { lr: 0.02, momentum: 0.9, form, weightDecay: 0.3 })),
    ),
  );
  for (const other of decayed) expectClose(flat(other.points), flat(decayed[0]!.points), 1e-12);

  /** How often the way turns back along the steep direction. */
  const turns = async (make: (x: Parameter) => Descender): Promise<number> => {
    const { points } = await descentPath(
      (x) =>
        x
          .square()
          .mul(tensor([1, 100], { dtype }))
          .sum()
          .div(2),
      [1, 1],
      make,
      { steps: 100 },
    );
    const steep = points.map((p) => p[1]!).filter((value) => Math.abs(value) > 1e-6);
    return steep.filter((value, i) => i > 0 && value * steep[i - 1]! < 0).length;
  };
  const options: NesterovOptions = { lr: 0.01, momentum: 0.9 };
  expect(await turns((x) => new Nesterov([x], options))).toBeLessThan(
    (await turns((x) => new SGD([x], options as object))) / 2,
  );
});

test("OP-08 Nesterov's rate: never above its bound, and about √κ times as quick as gradient descent", async () => {
  for (const [convexity, smoothness] of [
    [1, 25],
    [1, 100],
  ] as const) {
    const curvature = { convexity, smoothness };
    const momentum = nesterovMomentum(curvature);
    const root = Math.sqrt(smoothness / convexity);
    expect(momentum).toBeCloseTo((root - 1) / (root + 1), 14);
    const lr = 1 / smoothness;
    const f = quadratic(convexity, smoothness);
    const start = [2, 5];
    const distance = Math.hypot(...start);
    const run = async (make: (x: Parameter) => Descender, steps = 900) =>
      (await descentPath(f, start, make, { steps })).values;
    const fast = await run((x) => new Nesterov([x], { lr, momentum, form: "extrapolation" }));
    const slow = await run((x) => new SGD([x], { lr }));
    const bounds = [nesterovBound(curvature, distance), gradientDescentBound(curvature, distance)];
    for (const [values, bound] of [
      [fast, bounds[0]!],
      [slow, bounds[1]!],
    ] as const) {
      values.forEach((value, k) => void expect(value).toBeLessThanOrEqual(bound(k) + 1e-28));
    }
    // By the book's numbers; and plain descent, or a rate beyond 1/L, is not within Nesterov's bound.
    const square = distance ** 2;
    expect(bounds[0]!(3)).toBeCloseTo(smoothness * ((root - 1) / root) ** 3 * square, 10);
    expect(bounds[1]!(3)).toBeCloseTo(
      (smoothness / 2) * (1 - convexity / smoothness) ** 3 * square,
      10,
    );
    expect(slow.some((value, k) => value > bounds[0]!(k))).toBe(true);
    const rash = await run((x) => new Nesterov([x], { lr: 1.5 * lr, momentum }), 50);
    expect(rash.some((value, k) => value > bounds[0]!(k))).toBe(true);
    const until = (values: readonly number[]) => values.findIndex((v) => v < 1e-6 * values[0]!);
    expect(until(fast)).toBeGreaterThan(0);
    const gain = until(slow) / until(fast);
    expect(gain).toBeGreaterThan(root / 4);
    expect(gain).toBeLessThan(2 * root);
  }
  expect(() => nesterovMomentum({ convexity: 2, smoothness: 1 })).toThrow(RangeError);
});

test("OP-09 Nesterov's gradient without a term of t−1: m = βm + g, w −= η·(βm + g), the point ahead itself", async () => {
  const [lr, momentum] = [0.02, 0.9];
  const given = Array.from({ length: 6 }, () => randn([2], { dtype }));
  const w = new Parameter(tensor([3, -1], { dtype }));
  const optimizer = new SGD([w], { lr, momentum, nesterov: true });
  let [m, expected] = [w.mul(0), w.snapshot()];
  for (const g of given) {
    optimizer.step([g]);
    m = m.mul(momentum).add(g);
    expected = expected.sub(m.mul(momentum).add(g).mul(lr));
  }
  expectClose(w.dataSync(), expected.dataSync(), 1e-14);
  // Where the other forms take their gradient is where this one stands.
  const f = quadratic(1, 20);
  const x = new Parameter(tensor([3, -1], { dtype }));
  const look = new Nesterov([x], { lr, momentum });
  const places: number[] = [];
  for (let i = 0; i < 20; i++) {
    const ahead = look.lookAhead();
    places.push(...ahead["0"]!.dataSync());
    look.step(gradients(f(ahead["0"]!), ahead));
  }
  const { points } = await path((p) => new SGD([p], { lr, momentum, nesterov: true }), 19);
  expectClose(flat(points), places, 1e-12);
  expectParity("SGD", "nesterov");
});

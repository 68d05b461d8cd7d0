// The rows of Regularisation about prices, noise and constraints: RE-01 to RE-04, RE-06 to RE-08, RE-10 to RE-12, RE-23.

import { beforeEach, expect, test } from "vitest";

import * as nn from "../../src/nn/index.ts";
import { Adam, newtonStep, ProjectedSGD, SGD } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { arange, tensor, zeros } from "../../src/tensor/create.ts";
import { grad, hessian } from "../../src/tensor/derivatives.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { vmap } from "../../src/tensor/vmap.ts";
import {
  descentPath,
  ridgeMinimum,
  ridgeShare,
  stoppedMinimum,
  stoppingRadius,
  stoppingSteps,
} from "../../src/theory/index.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectClose } from "./golden.ts";

const dtype = "f64";
const quickest = devicesHere.includes("native") ? "native" : "wasm";
const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];
const row = (...values: number[]): Tensor => tensor(values, { dtype });

beforeEach(() => {
  setDefaultDevice("reference");
  seed(4);
});

test("RE-01 weight decay: without a gradient of the data a step scales by 1 − ημ, and Ω' = μθ", () => {
  const [lr, mu] = [0.1, 0.3];
  const start = randn([5], { dtype });
  const w = new Parameter(start);
  new SGD([w], { lr, weightDecay: mu }).step([zeros([5], { dtype })]);
  expectClose(numbers(w), numbers(start.mul(1 - lr * mu)), 1e-15);
  const slope = grad((x: Tensor) => nn.halfSquaredNorm(x).mul(mu))(start);
  expectClose(numbers(slope), numbers(start.mul(mu)), 1e-15);
  // The price and the decay are one for plain descent.
  const p = new Parameter(start);
  const loss = nn.regularized(p.sum(), [p], { alpha: mu });
  new SGD([p], { lr }).step(gradients(loss, [p]));
  const q = new Parameter(start);
  new SGD([q], { lr, weightDecay: mu }).step(gradients(q.sum(), [q]));
  expectClose(numbers(p), numbers(q), 1e-14);
  // L1 pulls by μ, whatever the size.
  const sign = grad((x: Tensor) => nn.absoluteNorm(x).mul(mu))(start);
  expectClose(numbers(sign), numbers(start.sign().mul(mu)), 1e-15);
});

test("RE-02 every layer has its own price, as a sum of penalties and as groups of an optimiser", () => {
  const model = nn.sequential(
    new nn.Linear(3, 4, { dtype }),
    nn.tanh,
    new nn.Linear(4, 2, { dtype }),
  );
  const [first, second] = [model.layers[0], model.layers[2]] as [nn.Linear, nn.Linear];
  const nothing = zeros([], { dtype });
  const once = nn.regularized(nothing, first, { alpha: 0.5 });
  const omega = nn.regularized(once, second, { alpha: 3 });
  const half = (w: Tensor): number => w.square().sum().itemSync() / 2;
  expect(omega.itemSync()).toBeCloseTo(0.5 * half(first.weight) + 3 * half(second.weight), 12);
  const slopes = gradients(omega, model);
  expectClose(numbers(slopes["0.weight"]!), numbers(first.weight.mul(0.5)), 1e-14);
  expectClose(numbers(slopes["2.weight"]!), numbers(second.weight.mul(3)), 1e-14);
  const before = [first.weight, second.weight].map(numbers);
  const optimizer = new SGD(model, {
    lr: 0.1,
    groups: [
      { parameters: { w: first.weight }, weightDecay: 0.5 },
      { parameters: { w: second.weight }, weightDecay: 3 },
    ],
  });
  optimizer.step(
    Object.fromEntries(Object.entries(model.parameters()).map(([k, p]) => [k, p.mul(0)])),
  );
  expectClose(
    numbers(first.weight),
    before[0]!.map((w) => w * 0.95),
    1e-14,
  );
  expectClose(
    numbers(second.weight),
    before[1]!.map((w) => w * 0.7),
    1e-14,
  );
});

/** A symmetric matrix with these eigenvalues and eigenvectors. */
function spectrum() {
  const q = row(0.6, 0.8, 0, -0.8, 0.6, 0, 0, 0, 1).reshape([3, 3]); // rows are eigenvectors
  const values = [0.1, 2, 9];
  return {
    q,
    values,
    h: q.T.matmul(
      row(...values)
        .unsqueeze(1)
        .mul(q),
    ),
    best: row(1, -2, 3),
  };
}

test("RE-03 L2 on a quadratic: each eigendirection keeps λ/(λ+α), and descent gets there", async () => {
  const { q, values, h, best } = spectrum();
  const alpha = 0.7;
  const found = ridgeMinimum(h, best, alpha);
  const shares = q.matmul(found).div(q.matmul(best));
  expectClose(
    numbers(shares),
    values.map((v) => v / (v + alpha)),
    1e-12,
  );
  expectClose(
    numbers(shares),
    values.map((v) => ridgeShare(v, alpha)),
    1e-12,
  );
  const f = (w: Tensor): Tensor => {
    const away = w.sub(best);
    const cost = away.mul(h.matmul(away)).sum().div(2);
    return nn.regularized(cost, w, { alpha });
  };
  const { points } = await descentPath(f, [0, 0, 0], (w) => new SGD([w], { lr: 0.15 }), {
    steps: 250,
  });
  expectClose(points.at(-1)!, numbers(found), 1e-9);
});

test("RE-04 a price on activations makes codes sparse: the more of it, the more of them are near 0", () => {
  setDefaultDevice(quickest);
  const x = randn([32, 6]);
  const share = (alpha: number): number => {
    seed(7);
    const layer = new nn.Linear(6, 12);
    const back = new nn.Linear(12, 6);
    const optimizer = new Adam({ layer, back }, { lr: 0.03 });
    const code = (): Tensor => layer.forward(x).relu();
    const step = compile(() => {
      const h = code();
      const loss = nn.mseLoss(back.forward(h), x);
      const priced = nn.regularized(loss, h, { alpha: alpha / 32, penalty: nn.absoluteNorm });
      optimizer.step(gradients(priced, { layer, back }));
    });
    for (let i = 0; i < 80; i++) step();
    return code().less(1e-2).cast("f32").mean().itemSync();
  };
  const shares = [0, 0.03, 0.2].map(share);
  expect(shares[1]).toBeGreaterThan(shares[0]! + 0.03);
  expect(shares[2]).toBeGreaterThan(shares[1]! + 0.03);
});

test("RE-06 noise on the inputs of a linear unit is a price of σ²·Σw² on its weights", () => {
  setDefaultDevice(quickest);
  const [sigma, draws] = [0.4, 16_000];
  const w = row(1, -2, 0.5);
  const [x, y] = [row(0.3, 1, -1), 0.7];
  const clean = (x.mul(w).sum().itemSync() - y) ** 2;
  const noisy = nn.addNoise(x.expand([draws, 3]), { std: sigma });
  const losses = noisy.matmul(w).sub(y).square();
  const { mean, error } = statistics(losses);
  const formula = clean + sigma ** 2 * w.square().sum().itemSync();
  expect(Math.abs(mean - formula)).toBeLessThan(5 * error);
  expect(error).toBeLessThan(0.05);
  const layer = new nn.GaussianNoise(0.5);
  expect(numbers(layer.forward(x))).not.toEqual(numbers(x));
  expect(layer.eval().forward(x)).toBe(x);
  expect(() => new nn.GaussianNoise(-1)).toThrow(RangeError);
});

function statistics(x: Tensor): { mean: number; error: number } {
  const error = x.std().itemSync() / Math.sqrt(x.size);
  return { mean: x.mean().itemSync(), error };
}

test("RE-07 labels that are wrong at times are, in the mean, soft labels", () => {
  const [classes, epsilon, draws] = [4, 0.3, 3_000];
  const logits = randn([classes]);
  const label = tensor(2, { dtype: "i32" });
  const drawn = nn.flipLabels(label.expand([draws]), { classes, epsilon });
  const losses = nn.crossEntropy(logits.expand([draws, classes]), drawn, { reduction: "none" });
  const { mean, error } = statistics(losses);
  const soft = nn.smoothLabels(label.unsqueeze(0), { classes, epsilon });
  expectClose(numbers(soft), [0.075, 0.075, 0.775, 0.075], 1e-6);
  const softened = nn.crossEntropy(logits.unsqueeze(0), soft).itemSync();
  expect(Math.abs(mean - softened)).toBeLessThan(5 * error);
  const built = nn.crossEntropy(logits.unsqueeze(0), label.unsqueeze(0), {
    labelSmoothing: epsilon,
  });
  expect(built.itemSync()).toBeCloseTo(softened, 5);
  expect(() => nn.flipLabels(label, { classes, epsilon: 2 })).toThrow(RangeError);
});

test("RE-08 noise on the weights raises the expected loss by about ½·σ²·Tr H", () => {
  setDefaultDevice(quickest);
  const [x, y] = [randn([12, 2], { dtype }), randn([12], { dtype })];
  const loss = (w: Tensor): Tensor => x.matmul(w).tanh().sub(y).square().mean();
  const w = row(0.4, -0.3);
  const sigma = 0.05;
  const draws = nn.addNoise(w.expand([4_000, 2]), { std: sigma });
  // Both signs of each draw, so that first-order terms cancel exactly.
  const mirrored = w.mul(2).sub(draws);
  const pairs = vmap(loss)(draws).add(vmap(loss)(mirrored)).div(2);
  const { mean, error } = statistics(pairs.sub(loss(w)));
  const predicted = 0.5 * sigma ** 2 * hessian(loss)(w).trace().itemSync();
  expect(Math.abs(mean - predicted)).toBeLessThan(5 * error + 0.05 * predicted);
  expect(error).toBeLessThan(0.2 * predicted);
});

test("RE-10 stopped early, descent is no farther from its start than η·t·max‖∇‖", async () => {
  const f = (w: Tensor): Tensor => w.sub(3).square().mul(row(1, 6)).sum().add(w.mul(4).sin().sum());
  const lr = 0.03;
  const { points } = await descentPath(f, [0, 0], (w) => new SGD([w], { lr }), { steps: 60 });
  let largestGradient = 0;
  for (const [t, p] of points.entries()) {
    const bound = stoppingRadius({ rate: lr, steps: t, largestGradient });
    const radius = Math.hypot(...p);
    expect(radius).toBeLessThanOrEqual(bound + 1e-12);
    if (t > 5) expect(radius).toBeGreaterThan(0.01 * bound);
    const slope = grad(f)(row(...p))
      .norm()
      .itemSync();
    largestGradient = Math.max(largestGradient, slope);
  }
  // Down a slope that is the same everywhere it goes as far as the bound.
  const plane = await descentPath(
    (w) => w.mul(row(3, 4)).sum(),
    [0, 0],
    (w) => new SGD([w], { lr }),
    {
      steps: 7,
    },
  );
  const bound = stoppingRadius({ rate: lr, steps: 7, largestGradient: 5 });
  expect(Math.hypot(...plane.points.at(-1)!)).toBeCloseTo(bound, 14);
});

test("RE-11 stopping after 1/(ημ) steps is close to a price of μ, where the curvature is below it", async () => {
  const { q, best } = spectrum();
  const flat = [0.001, 0.01, 0.05];
  const h = q.T.matmul(
    row(...flat)
      .unsqueeze(1)
      .mul(q),
  );
  const [rate, penalty] = [0.1, 0.5];
  const steps = Math.round(stoppingSteps({ rate, penalty }));
  expect(steps).toBe(20);
  const stopped = stoppedMinimum(h, best, { rate, steps });
  const priced = ridgeMinimum(h, best, penalty);
  const shares = numbers(q.matmul(stopped).div(q.matmul(priced)));
  for (const [i, share] of shares.entries()) {
    expect(Math.abs(share - 1)).toBeLessThan(flat[i]! / penalty);
  }
  // The closed form is what descent does.
  const f = (w: Tensor): Tensor =>
    w
      .sub(best)
      .mul(h.matmul(w.sub(best)))
      .sum()
      .div(2);
  const { points } = await descentPath(f, [0, 0, 0], (w) => new SGD([w], { lr: rate }), { steps });
  expectClose(points.at(-1)!, numbers(stopped), 1e-12);
});

test("RE-12 a ball around 0 has the same minimum as some price μ > 0, once it is felt", async () => {
  const { h, best } = spectrum();
  const f = (w: Tensor): Tensor =>
    w
      .sub(best)
      .mul(h.matmul(w.sub(best)))
      .sum()
      .div(2);
  const radius = 2;
  const run = await descentPath(f, [0, 0, 0], (w) => new ProjectedSGD([w], { lr: 0.1, radius }), {
    steps: 1200,
  });
  expect(Math.hypot(...run.points[1]!)).toBeLessThan(radius + 1e-12);
  const w = row(...run.points.at(-1)!);
  expect(w.norm().itemSync()).toBeCloseTo(radius, 10);
  // ∇R = −μ·θ there.
  const slope = grad(f)(w);
  const mu = -slope.mul(w).sum().itemSync() / radius ** 2;
  expect(mu).toBeGreaterThan(0);
  expectClose(numbers(slope), numbers(w.mul(-mu)), 1e-6);
  expectClose(numbers(ridgeMinimum(h, best, mu)), numbers(w), 1e-6);
});

test("RE-23 one example at a time with a low rate regularises: it generalises better than the fit of all data", () => {
  // About as many examples as weights, and noisy labels: the best fit fits the noise.
  const [count, features] = [25, 20];
  const truth = randn([features, 1]).mul(arange(features).less(4).cast("f32").unsqueeze(1));
  const draw = (n: number) => {
    const x = randn([n, features]);
    return { x, y: x.matmul(truth).add(randn([n, 1])) };
  };
  const [train, test] = [draw(count), draw(200)];
  const risk = (w: Tensor): number => test.x.matmul(w).sub(test.y).square().mean().itemSync();
  const w = new Parameter(zeros([features, 1]));
  const optimizer = new SGD([w], { lr: 0.005 });
  const step = compile((i: Tensor) => {
    const [x, y] = [train.x.take(i, { axis: 0 }), train.y.take(i, { axis: 0 })];
    optimizer.step(gradients(x.mul(w.squeeze(1)).sum().sub(y).square().mean(), [w]));
  });
  for (let epoch = 0; epoch < 6; epoch++) {
    for (let i = 0; i < count; i++) step(tensor(i, { dtype: "i32" }));
  }
  const cost = (v: Tensor): Tensor => train.x.matmul(v).sub(train.y).square().mean();
  const fitted = newtonStep(cost, zeros([features, 1]), { damping: 1e-6 });
  expect(cost(fitted).itemSync()).toBeLessThan(cost(w).itemSync());
  expect(risk(w)).toBeLessThan(risk(fitted));
  expect(risk(w)).toBeLessThan(test.y.square().mean().itemSync());
});

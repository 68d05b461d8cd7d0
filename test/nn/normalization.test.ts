// The rows of Normalisation.

import { beforeEach, describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor } from "../../src/tensor/create.ts";
import { grad } from "../../src/tensor/derivatives.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { differences, drawn, numbers } from "./differences.ts";
import { expectClose } from "./golden.ts";

const dtype = "f64";

beforeEach(() => {
  setDefaultDevice("reference");
  seed(3);
});

test("NO-01 while training a channel has mean β and deviation γ, and gradients go through both statistics", () => {
  const layer = new nn.BatchNorm2d(3, { eps: 0, dtype });
  const [gamma, beta] = [
    [2, 0.5, 3],
    [-1, 0, 4],
  ];
  layer.loadStateDict(
    { weight: tensor(gamma!, { dtype }), bias: tensor(beta!, { dtype }) },
    { strict: false },
  );
  const x = drawn(4, 3, 2, 3).mul(5).add(7);
  const y = layer.forward(x);
  const axis = [0, 2, 3];
  expectClose(y.mean({ axis }).dataSync(), beta!, 1e-12);
  expectClose(y.std({ axis, correction: 0 }).dataSync(), gamma!, 1e-12);

  // ε stands beside the variance, under the root: ±1 with ε = 3 is ±½.
  const damped = new nn.BatchNorm1d(1, { eps: 3, dtype });
  const pair = tensor([[1], [-1]], { dtype });
  expectClose(numbers(damped.forward(pair)), [0.5, -0.5], 1e-15);
  const running = 1 / Math.sqrt(0.9 + 0.1 * 2 + 3); // of an unbiased variance of 2
  expectClose(numbers(damped.eval().forward(pair)), [running, -running], 1e-15);

  // A loss that looks at one result: if mean and variance were constants, only one x had a gradient.
  const weights = drawn(4, 3, 2, 3);
  const loss = (z: Tensor): Tensor => layer.forward(z).mul(weights).sum();
  expectClose(numbers(grad(loss)(x)), differences(loss, x), 1e-7);
  const one = numbers(grad((z: Tensor) => layer.forward(z).at(0, 0, 0, 0))(x));
  expect(one.filter((g) => g !== 0)).toHaveLength(4 * 2 * 3);
});

test("NO-02 in evaluation a result does not depend on the batch; the running variance is unbiased", () => {
  const layer = new nn.BatchNorm1d(2, { momentum: 0.25, dtype });
  const x = drawn(5, 2).mul(3).add(1);
  layer.forward(x);
  const mean = x.mean({ axis: 0 });
  expectClose(layer.runningMean!.dataSync(), mean.mul(0.25).dataSync(), 1e-14);
  const unbiased = x.var({ axis: 0, correction: 1 });
  expectClose(layer.runningVar!.dataSync(), unbiased.mul(0.25).add(0.75).dataSync(), 1e-14);

  layer.eval();
  const together = numbers(layer.forward(x));
  const alone = x.chunk(5).flatMap((row) => numbers(layer.forward(row)));
  expect(alone).toEqual(together);
  expect(numbers(layer.forward(x.flip(0)).flip(0))).toEqual(together);
  // With momentum null the running mean is that of all batches alike: of the whole data set.
  const whole = new nn.BatchNorm1d(2, { momentum: null, dtype });
  const data = drawn(12, 2);
  for (const batch of data.chunk(3)) whole.forward(batch);
  expectClose(whole.runningMean!.dataSync(), data.mean({ axis: 0 }).dataSync(), 1e-14);
});

describe("NO-03 weight normalisation", () => {
  test("NO-03 the gradient of v is at right angles to v, and the length is g", () => {
    const layer = nn.weightNorm(new nn.Linear(4, 3, { dtype }));
    const parameters = layer.parameters() as Record<string, Tensor>;
    const [x, weights] = [drawn(5, 4), drawn(5, 3)];
    const found = gradients(layer.forward(x).tanh().mul(weights).sum(), layer.parameters());
    const v = parameters.weight_v!;
    const along = found.weight_v!.mul(v).sum({ axis: 1 });
    const size = Math.max(...numbers(found.weight_v!).map(Math.abs));
    for (const dot of numbers(along)) expect(Math.abs(dot)).toBeLessThan(1e-14 * size * 10);
    expect(size).toBeGreaterThan(0.01);
    const w = layer.weight as Tensor;
    expectClose(
      w.norm({ axis: 1 }).dataSync(),
      parameters.weight_g!.reshape([3]).dataSync(),
      1e-14,
    );
  });

  test("NO-03 nothing depends on the batch or the mode", () => {
    const layer = nn.weightNorm(new nn.Conv2d(2, 3, 2, { dtype }));
    const x = drawn(4, 2, 3, 3);
    const together = numbers(layer.forward(x));
    expect(x.chunk(4).flatMap((one) => numbers(layer.forward(one)))).toEqual(together);
    expect(numbers(layer.eval().forward(x))).toEqual(together);
  });

  test("NO-03 wrapping changes nothing, and taking it off keeps the value", () => {
    const layer = new nn.Linear(3, 2, { dtype });
    const x = drawn(4, 3);
    const before = numbers(layer.forward(x));
    expectClose(nn.weightNorm(layer).forward(x).dataSync(), before, 1e-15);
    expect(Object.keys(layer.stateDict())).toEqual(["bias", "weight_g", "weight_v"]);
    expect(() => nn.weightNorm(layer)).toThrow(/computed from others already/);
    expect(() => nn.weightNorm(layer, { name: "kernel" })).toThrow(ArgumentError);
    nn.removeWeightNorm(layer);
    expect(Object.keys(layer.stateDict()).sort()).toEqual(["bias", "weight"]);
    expectClose(layer.forward(x).dataSync(), before, 1e-15);
    expect(() => nn.removeWeightNorm(layer)).toThrow(ArgumentError);
  });

  test("NO-03 g and v are what an optimiser trains, in a compiled step too", () => {
    const layer = nn.weightNorm(new nn.Linear(3, 1, { dtype }));
    const model = nn.sequential(layer);
    const [x, truth] = [drawn(16, 3), tensor([[1], [-2], [0.5]], { dtype })];
    const y = x.matmul(truth);
    const optimizer = new SGD(model.parameters(), { lr: 0.2 });
    const step = compile(() => {
      const loss = nn.mseLoss(model.forward(x), y);
      optimizer.step(gradients(loss, model));
      return loss;
    });
    for (let i = 0; i < 200; i++) step();
    expect(step().itemSync()).toBeLessThan(1e-4);
    expect(step.traceCount).toBe(1);
  });
});

test("NO-04 each row has mean 0 and variance 1, a batch of one too", () => {
  const layer = new nn.LayerNorm(16, { eps: 0, dtype });
  const x = drawn(3, 16).mul(4).sub(9);
  const y = layer.forward(x);
  for (const m of numbers(y.mean({ axis: 1 }))) expect(Math.abs(m)).toBeLessThan(1e-14);
  expectClose(y.var({ axis: 1, correction: 0 }).dataSync(), [1, 1, 1], 1e-13);
  const alone = x.chunk(3).flatMap((row) => numbers(layer.forward(row)));
  expect(alone).toEqual(numbers(y));
  // The root takes in ε: ±1 with ε = 3 is ±½. Then scale and shift, of each unit its own.
  const damped = new nn.LayerNorm(2, { eps: 3, dtype });
  damped.loadStateDict({ weight: tensor([2, 4], { dtype }), bias: tensor([5, 6], { dtype }) });
  expectClose(numbers(damped.forward(tensor([1, -1], { dtype }))), [6, 4], 1e-15);
});

describe("NO-05 scale invariance", () => {
  const x = (): Tensor => drawn(6, 4);
  // f as a function of the weight alone, with ε = 0.
  const networks: Record<string, (x: Tensor) => (w: Tensor) => Tensor> = {
    BatchNorm1d: (x) => {
      const norm = new nn.BatchNorm1d(3, { eps: 0, dtype });
      return (w) => norm.forward(x.matmul(w.T));
    },
    LayerNorm: (x) => {
      const norm = new nn.LayerNorm(3, { eps: 0, dtype });
      return (w) => norm.forward(x.matmul(w.T));
    },
    weightNormalized: (x) => {
      const g = drawn(3, 1);
      return (w) => x.matmul(nn.weightNormalized(w, g).T);
    },
  };

  test.each(Object.entries(networks))("NO-05 of %s: f(cW) = f(W), ∇f(cW) = ∇f(W)/c", (_, make) => {
    const f = make(x());
    const [w, weights] = [drawn(3, 4), drawn(6, 3)];
    const slope = grad((v: Tensor) => f(v).tanh().mul(weights).sum());
    for (const c of [3, 0.01]) {
      expectClose(numbers(f(w.mul(c))), numbers(f(w)), 1e-12);
      expectClose(numbers(slope(w.mul(c))), numbers(slope(w).div(c)), 1e-10);
    }
  });
});

test("NO-06 a unit is damped by its neighbours: worked by hand, with AlexNet's numbers", () => {
  const a = [1, 2, 0, -3, 1, 4, 2];
  const x = tensor(a, { dtype, shape: [1, 7, 1] });
  const expected = a.map((value, i) => {
    let sum = 0;
    for (let j = Math.max(0, i - 2); j <= Math.min(6, i + 2); j++) sum += a[j]! ** 2;
    return value / (2 + 1e-4 * sum) ** 0.75;
  });
  expectClose(numbers(nn.localResponseNorm(x)), expected, 1e-14);
  // By hand: unit 3 sees 2, 0, −3, 1, 4, whose squares sum to 30.
  expect(numbers(nn.localResponseNorm(x, 5, { alpha: 1, beta: 1 }))[3]).toBeCloseTo(-3 / 32, 14);
  // PyTorch's α is that of a mean: pass it α·n.
  const theirs = nn.localResponseNorm(x, 5, { alpha: 5e-4, mean: true });
  expectClose(numbers(theirs), expected, 1e-14);
  expect(() => nn.localResponseNorm(tensor([1, 2]))).toThrow(ShapeError);
});

describe("NO-07 standardised inputs", () => {
  test("NO-07 a data set has mean 0 and variance 1, and comes back", () => {
    const data = drawn(50, 3)
      .mul(tensor([10, 0.1, 0], { dtype }))
      .add(tensor([100, 0, 5], { dtype }));
    const standardize = new nn.Standardize([3], { dtype }).fit(data);
    const z = standardize.forward(data);
    for (const m of numbers(z.mean({ axis: 0 }))) expect(Math.abs(m)).toBeLessThan(1e-12);
    // The third does not vary.
    expectClose(z.var({ axis: 0, correction: 0 }).dataSync(), [1, 1, 0], 1e-12);
    expectClose(numbers(standardize.inverse(z)), numbers(data), 1e-14);
    const images = new nn.Standardize([2, 1, 1], { dtype }).fit(drawn(4, 2, 3, 3), {
      axis: [0, 2, 3],
    });
    expect(images.mean.shape).toEqual([2, 1, 1]);
    expect(() => new nn.Standardize([2]).fit(data)).toThrow(ShapeError);
  });

  test("NO-07 a deep network trains at a rate at which it diverges without normalisation", () => {
    setDefaultDevice("wasm");
    const z = randn([64, 8]);
    z.dataSync();
    const y = z.sum({ axis: 1, keepDims: true }).sin();
    const raw = z.mul(4).add(2);
    const losses = (x: Tensor, normalized: boolean): number[] => {
      seed(5);
      const hidden = Array.from({ length: 6 }, (_, i) => {
        const linear = new nn.Linear(i === 0 ? 8 : 32, 32);
        // He's variance: signals of standardised inputs keep their size through the layers.
        linear.weight.assign(nn.init.kaimingNormal(linear.weight.shape));
        return normalized ? [linear, new nn.BatchNorm1d(32), nn.relu] : [linear, nn.relu];
      }).flat();
      const model = nn.sequential(...hidden, new nn.Linear(32, 1));
      const optimizer = new SGD(model.parameters(), { lr: 0.1 });
      const step = compile(() => {
        const loss = nn.mseLoss(model.forward(x), y);
        optimizer.step(gradients(loss, model));
        return loss;
      });
      return Array.from({ length: 60 }, () => step().itemSync());
    };
    expect(Number.isFinite(losses(raw, false).at(-1)!)).toBe(false);
    const learned = [
      losses(new nn.Standardize([8]).fit(raw).forward(raw).keep(), false),
      losses(raw, true),
    ];
    for (const found of learned) expect(found.at(-1)!).toBeLessThan(found[0]! / 1.5);
    // Of the two, normalisation of every layer goes much further.
    expect(learned[1]!.at(-1)!).toBeLessThan(learned[0]!.at(-1)! / 5);
  });
});

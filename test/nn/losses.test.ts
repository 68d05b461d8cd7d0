// The rows of Losses & risk: each test checks what the notes say of a loss.

import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { loader } from "../../src/data/index.ts";
import { DTypeError, IndexError, ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { full, tensor, zeros } from "../../src/tensor/create.ts";
import { grad, hessian } from "../../src/tensor/derivatives.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { rand, randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { accuracy, earlyStopping, evaluate, fit } from "../../src/train/index.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { expectClose } from "./golden.ts";

const dtype = "f64";
const f64 = (...values: number[]): Tensor => tensor(values, { dtype });
const whole = (...values: number[]): Tensor => tensor(values, { dtype: "i32" });

function expectSame(actual: Tensor, expected: Tensor, tolerance = 1e-12): void {
  expect(actual.shape).toEqual(expected.shape);
  expectClose(actual.dataSync(), expected.dataSync(), tolerance);
}

/** The gradient of a loss and its central differences, relative to the largest of them. */
function expectSlope(loss: (x: Tensor) => Tensor, x: Tensor, tolerance = 1e-7): void {
  const step = 1e-5;
  const values = x.dataSync("f64");
  const differences = [...values.keys()].map((i) => {
    const at = (by: number): number => {
      const moved = values.slice();
      moved[i]! += by;
      return loss(tensor(moved, { shape: x.shape })).itemSync();
    };
    return (at(step) - at(-step)) / (2 * step);
  });
  expectClose(grad(loss)(x).dataSync(), differences, tolerance);
}

beforeEach(() => {
  setDefaultDevice("reference");
  seed(3);
});

test("LO-01 the network form sums over outputs and averages over points; mean divides by both", () => {
  const [x, y] = [randn([5, 3], { dtype }), randn([5, 3], { dtype })];
  const [a, b] = [x.arraySync() as number[][], y.arraySync() as number[][]];
  let total = 0;
  for (let i = 0; i < 5; i++) for (let j = 0; j < 3; j++) total += (a[i]![j]! - b[i]![j]!) ** 2;
  expect(nn.mseLoss(x, y, { reduction: "batchMean" }).itemSync()).toBeCloseTo(total / 5, 12);
  expect(nn.mseLoss(x, y).itemSync()).toBeCloseTo(total / 15, 12);
  expect(nn.mseLoss(x, y, { reduction: "sum" }).itemSync()).toBeCloseTo(total, 12);
  expect(nn.mseLoss(x, y, { reduction: "none" }).shape).toEqual([5, 3]);
});

test("LO-02 the gradient of half the squared distance is the difference", () => {
  const [v, y] = [randn([2, 4], { dtype }), randn([2, 4], { dtype })];
  const loss = (x: Tensor): Tensor => nn.halfSquaredLoss(x, y);
  expectSame(grad(loss)(v), v.sub(y));
  expectSlope(loss, v);
  expect(loss(v).itemSync()).toBeCloseTo(v.sub(y).norm().square().div(2).itemSync(), 12);
});

test("LO-03 the zero–one loss counts errors and its gradient is 0", () => {
  const scores = tensor([
    [0.1, 0.9, 0],
    [2, 1, 0],
    [0, 0, 5],
    [1, 1, 0],
  ]);
  const labels = whole(1, 1, 2, 0);
  expect(nn.zeroOneLoss(scores, labels).itemSync()).toBe(0.25);
  expect(nn.zeroOneLoss(scores, labels, { reduction: "none" }).arraySync()).toEqual([0, 1, 0, 0]);
  expect(nn.zeroOneLoss(whole(1, 0), whole(1, 1), { reduction: "sum" }).itemSync()).toBe(1);
  const slope = grad((x: Tensor) => nn.zeroOneLoss(x, labels))(scores);
  expect(slope.arraySync()).toEqual(zeros([4, 3]).arraySync());
  // It is of no use to descent: the surrogate's gradient is not 0 where there are errors.
  const useful = grad((x: Tensor) => nn.crossEntropy(x, labels))(scores);
  expect(useful.abs().sum().itemSync()).toBeGreaterThan(0.1);
});

test("LO-04 uniform prediction over k classes costs ln k, and it is the NLL of log-softmax", () => {
  for (const k of [2, 3, 10, 1000]) {
    const cost = nn.crossEntropy(full([4, k], 0.7, { dtype }), whole(0, 1, k - 1, 0));
    expect(cost.itemSync()).toBeCloseTo(Math.log(k), 12);
  }
  const x = randn([6, 5], { dtype }).mul(3);
  const y = whole(0, 4, 2, 2, 1, 3);
  expectSame(nn.crossEntropy(x, y), nn.nllLoss(x.logSoftmax({ axis: 1 }), y));
  // −Σⱼ yⱼ log ŷⱼ = −log ŷ_ℓ for a label as a unit vector.
  const oneHot = y.oneHot(5).cast(dtype);
  expectSame(nn.crossEntropy(x, oneHot), nn.crossEntropy(x, y));
});

test("LO-05 binary cross-entropy is the sum of k Bernoulli NLLs; of logits it is stable", () => {
  const x = randn([3, 4], { dtype }).mul(2);
  const y = rand([3, 4], { dtype }).greater(0.5).cast(dtype);
  const p = x.sigmoid();
  const [probabilities, truth] = [p.arraySync() as number[][], y.arraySync() as number[][]];
  let total = 0;
  for (const [i, row] of truth.entries()) {
    for (const [j, label] of row.entries()) {
      total -= Math.log(label === 1 ? probabilities[i]![j]! : 1 - probabilities[i]![j]!);
    }
  }
  const perPoint = { reduction: "batchMean" } as const;
  expect(nn.binaryCrossEntropy(p, y, perPoint).itemSync()).toBeCloseTo(total / 3, 12);
  expect(nn.binaryCrossEntropyWithLogits(x, y, perPoint).itemSync()).toBeCloseTo(total / 3, 12);
  const extreme = f64(-1000, 1000, -1000, 1000);
  const labels = f64(0, 1, 1, 0);
  const losses = nn.binaryCrossEntropyWithLogits(extreme, labels, { reduction: "none" });
  expect(losses.arraySync()).toEqual([0, 0, 1000, 1000]);
  const slopes = grad((z: Tensor) =>
    nn.binaryCrossEntropyWithLogits(z, labels, { reduction: "sum" }),
  )(extreme);
  expect(slopes.arraySync()).toEqual([0, 0, -1, 1]);
});

test("LO-06 the logistic loss of ±1 labels is a softplus", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -50, max: 50, noNaN: true }),
      fc.constantFrom(-1, 1),
      (score, label) => {
        const loss = nn.softMarginLoss(f64(score), f64(label)).itemSync();
        const sigma = 1 / (1 + Math.exp(-label * score));
        expect(loss).toBeCloseTo(
          f64(-label * score)
            .softplus()
            .itemSync(),
          12,
        );
        if (sigma > 1e-12) expect(loss).toBeCloseTo(-Math.log(sigma), 9);
        // The same as the binary cross-entropy of the label 0 or 1.
        const binary = nn.binaryCrossEntropyWithLogits(f64(score), f64((label + 1) / 2));
        expect(loss).toBeCloseTo(binary.itemSync(), 12);
      },
    ),
  );
  expect(nn.softMarginLoss(f64(-800), f64(1)).itemSync()).toBe(800);
});

test("LO-07 the subgradient of the perceptron loss is −y·x·1[y·x·θ < 0]", () => {
  const x = randn([20, 3], { dtype });
  const theta = randn([3], { dtype });
  const y = randn([20], { dtype }).sign();
  const loss = (w: Tensor): Tensor => nn.perceptronLoss(x.matmul(w), y, { reduction: "sum" });
  const wrong = x.matmul(theta).mul(y).less(0).cast(dtype);
  expect(wrong.sum().itemSync()).toBeGreaterThan(0);
  expectSame(grad(loss)(theta), y.mul(wrong).neg().matmul(x));
  // At a margin of exactly 0 nothing moves.
  expect(grad(loss)(zeros([3], { dtype })).arraySync()).toEqual([0, 0, 0]);
  expect(loss(theta.mul(0)).itemSync()).toBe(0);
  // The hinge asks for a margin of 1.
  expect(nn.hingeLoss(f64(0.5, 2, -1), f64(1, 1, 1), { reduction: "none" }).arraySync()).toEqual([
    0.5, 0, 2,
  ]);
});

test("LO-08 soft targets cost their entropy at least, and exactly that if the prediction is right", () => {
  const y = randn([30, 6], { dtype }).mul(2).softmax();
  const entropy = y.mul(y.log()).sum({ axis: 1 }).neg();
  const cost = (logits: Tensor): Tensor => nn.crossEntropy(logits, y, { reduction: "none" });
  expectSame(cost(y.log().add(0.7)), entropy);
  const excess = cost(randn([30, 6], { dtype })).sub(entropy);
  expect(excess.min().itemSync()).toBeGreaterThan(1e-3);
  // What it costs more is the divergence.
  const x = randn([30, 6], { dtype }).logSoftmax();
  const divergence = nn.klDiv(x, y, { reduction: "none" }).sum({ axis: 1 });
  expectSame(nn.crossEntropy(x, y, { reduction: "none" }).sub(entropy), divergence, 1e-11);
  // Equality only there: the gradient by the logits vanishes at y and nowhere else.
  const slope = grad((z: Tensor) => cost(z).sum());
  expect(slope(y.log()).abs().amax().itemSync()).toBeLessThan(1e-15);
  expect(slope(x).abs().amax({ axis: 1 }).amin().itemSync()).toBeGreaterThan(1e-3);
});

test("LO-09 a normal density gives the squared loss, Laplace's the absolute loss", () => {
  const [x, y] = [randn([4, 3], { dtype }), randn([4, 3], { dtype })];
  const variance = 2.5;
  const none = { reduction: "none" } as const;
  const gaussian = nn.gaussianNllLoss(x, y, full([4, 3], variance, { dtype }), {
    ...none,
    full: true,
  });
  const constant = 0.5 * Math.log(2 * Math.PI * variance);
  expectSame(
    gaussian.sub(constant),
    x
      .sub(y)
      .square()
      .div(2 * variance),
  );
  // −log of the density itself.
  const density = x
    .sub(y)
    .square()
    .div(-2 * variance)
    .exp()
    .div(Math.sqrt(2 * Math.PI * variance));
  expectSame(gaussian, density.log().neg());
  const laplace = nn.laplaceNllLoss(x, y, { scale: 0.5, ...none });
  expectSame(laplace, x.sub(y).abs().div(0.5)); // log 2b = 0
  expectSame(laplace, x.sub(y).abs().div(-0.5).exp().log().neg());
  expectSame(
    nn.laplaceNllLoss(x, y, { scale: full([3], 2, { dtype }), ...none }),
    x.sub(y).abs().div(2).add(Math.log(4)),
  );
});

describe("LO-10 exponential families", () => {
  const none = { reduction: "none" } as const;
  const nu = (): Tensor => randn([5, 4], { dtype });

  test("LO-10 Bernoulli is the logistic loss, Poisson e^ν − yν, Gaussian the squared loss, categorical softmax cross-entropy", () => {
    const x = nu();
    const bits = rand([5, 4], { dtype }).greater(0.5).cast(dtype);
    const loss = (y: Tensor, family: nn.ExponentialFamily): Tensor =>
      nn.exponentialFamilyLoss(x, y, family, none);
    expectSame(loss(bits, nn.bernoulliFamily), nn.binaryCrossEntropyWithLogits(x, bits, none));
    const counts = rand([5, 4], { dtype }).mul(6).floor();
    expectSame(loss(counts, nn.poissonFamily), x.exp().sub(counts.mul(x)));
    expectSame(loss(counts, nn.poissonFamily), nn.poissonNllLoss(x, counts, none));
    const y = randn([5, 4], { dtype });
    const squared = nn.halfSquaredLoss(x, y, none);
    expectSame(loss(y, nn.gaussianFamily).add(y.square().div(2)), squared);
    const labels = whole(0, 3, 1, 1, 2);
    const oneHot = labels.oneHot(4).cast(dtype);
    expectSame(loss(oneHot, nn.categoricalFamily), nn.crossEntropy(x, labels, none));
  });

  test.each([
    ["Bernoulli", nn.bernoulliFamily, (x: Tensor) => x.sigmoid()],
    ["Poisson", nn.poissonFamily, (x: Tensor) => x.exp()],
    ["Gaussian", nn.gaussianFamily, (x: Tensor) => x],
    ["categorical", nn.categoricalFamily, (x: Tensor) => x.softmax()],
  ] as const)("LO-10 the gradient is ψ′(ν) − y: %s", (_, family, mean) => {
    const [x, y] = [nu(), rand([5, 4], { dtype })];
    const loss = (z: Tensor): Tensor =>
      nn.exponentialFamilyLoss(z, y, family, { reduction: "sum" });
    expectSame(grad(loss)(x), mean(x).sub(y));
    expectSlope(loss, x);
    // ψ is convex: no curvature is negative along random directions.
    const curvature = hessian((z: Tensor) => family.logPartition(z).sum())(f64(0.3, -1, 2));
    for (let i = 0; i < 20; i++) {
      const v = randn([3], { dtype });
      expect(v.matmul(curvature).matmul(v).itemSync()).toBeGreaterThanOrEqual(-1e-12);
    }
  });
});

test("LO-11 the likelihood of a sequence is the sum over its steps, and padding does not count", () => {
  const x = randn([3, 5, 4], { dtype });
  const y = tensor(
    [
      [0, 1, 2, 3, 0],
      [3, 3, 1, 99, 99],
      [2, -7, 99, 99, 99],
    ],
    { dtype: "i32" },
  );
  const lengths = [5, 3, 1];
  const expected = lengths.map((length, i) => {
    let sum = 0;
    for (let t = 0; t < length; t++) {
      sum += nn.crossEntropy(x.at(i, t).unsqueeze(0), y.at(i, t).unsqueeze(0)).itemSync();
    }
    return sum;
  });
  const none = { reduction: "none" } as const;
  const byLength = nn.sequenceNllLoss(x, y, { lengths: whole(...lengths), ...none });
  expectClose(byLength.dataSync(), expected, 1e-12);
  const mask = y.notEqual(99).logicalAnd(y.notEqual(-7));
  expectClose(nn.sequenceNllLoss(x, y, { mask, ...none }).dataSync(), expected, 1e-12);
  const mean = nn.sequenceNllLoss(x, y, { mask }).itemSync();
  expect(mean).toBeCloseTo((expected[0]! + expected[1]! + expected[2]!) / 3, 12);
  // Nothing flows to what is padding.
  const slope = grad((z: Tensor) => nn.sequenceNllLoss(z, y, { mask }))(x);
  const sizes = slope.abs().sum({ axis: 2 }).arraySync() as number[][];
  for (const [i, row] of sizes.entries()) {
    for (const [t, size] of row.entries()) expect(size > 0).toBe(t < lengths[i]!);
  }
  // A step that counts must have a class: −1 is none, whether others are padding or not.
  const wrong = y.where(y.notEqual(3), -1);
  for (const options of [{ lengths: whole(...lengths) }, { mask }]) {
    expect(() => nn.sequenceNllLoss(x, wrong, options).itemSync()).toThrow(IndexError);
  }
  // Without padding: Σₜ over whole sequences.
  const all = tensor(new Int32Array(15).fill(1), { shape: [3, 5] });
  expectSame(
    nn.sequenceNllLoss(x, all, none),
    nn
      .crossEntropy(x.reshape([15, 4]), all.reshape([15]), none)
      .reshape([3, 5])
      .sum({ axis: 1 }),
  );
});

test("LO-12 the surrogate keeps falling after the 0–1 error has reached 0", async () => {
  // Two groups that a line parts.
  const x = randn([200, 2], { dtype: "f32" });
  const label = rand([200]).greater(0.5);
  const points = x.mul(0.3).add(label.cast("f32").mul(4).sub(2).unsqueeze(1));
  const [train, held] = [0, 1].map((part) => {
    const rows = part === 0 ? ":100" : "100:";
    return loader(
      { x: points.at(rows), y: label.cast("i32").at(rows) },
      { batchSize: 20, seed: 1 },
    );
  });
  const model = nn.sequential(new nn.Linear(2, 2));
  nn.init.initialize(model, { weight: nn.init.zeros });
  const risks: { error: number; surrogate: number }[] = [];
  const run = fit(model, {
    data: train!,
    validation: held!,
    loss: nn.crossEntropy,
    optimizer: new Adam(model.parameters(), { lr: 0.05 }),
    metrics: { accuracy },
    epochs: 200,
    callbacks: [earlyStopping({ patience: 3, watch: "accuracy" })],
  });
  for await (const event of run) {
    if (event.type !== "epoch") continue;
    // The empirical risks: means over the examples of the data, of both losses.
    const { loss: surrogate } = await evaluate(model, train!, { loss: nn.crossEntropy });
    const { loss: error } = await evaluate(model, train!, { loss: nn.zeroOneLoss });
    risks.push({ surrogate: surrogate!, error: error! });
  }
  const first = risks.findIndex(({ error }) => error === 0);
  expect(first).toBeGreaterThanOrEqual(0);
  const after = risks.slice(first);
  expect(after.length).toBeGreaterThanOrEqual(3);
  for (const [i, risk] of after.entries()) {
    expect(risk.error).toBe(0);
    if (i > 0) expect(risk.surrogate).toBeLessThan(after[i - 1]!.surrogate);
  }
  // Early stopping, on the loss that counts, ended it long before the surrogate is at its minimum.
  const history = await run.finished();
  expect(history.ending).toBe("stopped");
  expect(risks.at(-1)!.surrogate).toBeGreaterThan(1e-3);
  // The empirical risk is the mean over the points.
  const inAll = nn.crossEntropy(model.forward(points.at(":100")), label.cast("i32").at(":100"));
  expect(risks.at(-1)!.surrogate).toBeCloseTo(inAll.itemSync(), 4);
});

test("LO-13 the price adds α·∇Ω to the gradient of what pays, and biases do not", () => {
  const model = nn.sequential(
    new nn.Linear(3, 4, { dtype }),
    nn.tanh,
    new nn.Linear(4, 1, { dtype }),
  );
  const [x, y] = [randn([6, 3], { dtype }), randn([6, 1], { dtype })];
  const loss = (): Tensor => nn.mseLoss(model.forward(x), y);
  const plain = gradients(loss(), model);
  const alpha = 0.3;
  const penalties = [
    [nn.halfSquaredNorm, (w: Tensor) => w],
    [nn.absoluteNorm, (w: Tensor) => w.sign()],
  ] as const;
  for (const [penalty, slope] of penalties) {
    const priced = gradients(nn.regularized(loss(), model, { alpha, penalty }), model);
    for (const [name, parameter] of Object.entries(model.parameters())) {
      const added = name.endsWith("bias") ? parameter.mul(0) : slope(parameter).mul(alpha);
      expectSame(priced[name]!, plain[name]!.add(added));
    }
  }
  // αΩ(h) on the activations of a layer.
  const h = new Parameter(randn([6, 4], { dtype }));
  const onCodes = gradients(nn.regularized(h.sum(), h, { alpha, penalty: nn.absoluteNorm }), [h]);
  expectSame(onCodes[0]!, h.sign().mul(alpha).add(1));
  // Frozen weights pay nothing; who pays can be said.
  const value = (options: Partial<nn.RegularizedOptions> = {}): number =>
    nn.regularized(zeros([], { dtype }), model, { alpha: 2, ...options }).itemSync();
  const weights = Object.entries(model.parameters()).filter(([name]) => name.endsWith("weight"));
  const squares = weights.map(([, w]) => w.square().sum().itemSync());
  expect(value()).toBeCloseTo(squares[0]! + squares[1]!, 12);
  expect(value({ pays: (name) => name === "2.weight" })).toBeCloseTo(squares[1]!, 12);
  weights[0]![1].requiresGrad = false;
  expect(value()).toBeCloseTo(squares[1]!, 12);
});

test("what does not fit is named", () => {
  const [a, b] = [zeros([2, 3]), zeros([3, 2])];
  const pairs: [string, (x: Tensor, y: Tensor) => unknown][] = Object.entries({
    mseLoss: nn.mseLoss,
    halfSquaredLoss: nn.halfSquaredLoss,
    l1Loss: nn.l1Loss,
    smoothL1Loss: nn.smoothL1Loss,
    huberLoss: nn.huberLoss,
    klDiv: nn.klDiv,
    laplaceNllLoss: nn.laplaceNllLoss,
    poissonNllLoss: nn.poissonNllLoss,
    binaryCrossEntropy: nn.binaryCrossEntropy,
    perceptronLoss: nn.perceptronLoss,
    hingeLoss: nn.hingeLoss,
    softMarginLoss: nn.softMarginLoss,
    hingeEmbeddingLoss: nn.hingeEmbeddingLoss,
    multilabelSoftMarginLoss: nn.multilabelSoftMarginLoss,
    gaussianNllLoss: (x: Tensor, y: Tensor) => nn.gaussianNllLoss(x, y, x),
    marginRankingLoss: (x: Tensor, y: Tensor) => nn.marginRankingLoss(x, y, x),
    cosineEmbeddingLoss: (x: Tensor, y: Tensor) => nn.cosineEmbeddingLoss(x, y, x),
    tripletMarginLoss: (x: Tensor, y: Tensor) => nn.tripletMarginLoss(x, y, x),
    exponentialFamilyLoss: (x: Tensor, y: Tensor) =>
      nn.exponentialFamilyLoss(x, y, nn.gaussianFamily),
  });
  for (const [name, loss] of pairs) {
    expect(() => loss(a, b), name).toThrow(ShapeError);
    expect(() => loss(a, b), name).toThrow(new RegExp(`^${name}: .*\\[2, 3\\].*\\[3, 2\\]`));
  }
  expect(() => nn.gaussianNllLoss(a, a, zeros([3]))).toThrow(/variance.*\[2, 1\].*\[3\]/);
  expect(() => nn.cosineEmbeddingLoss(a, a, zeros([3]))).toThrow(/labels \[2\], not \[3\]/);
  expect(() => nn.multiMarginLoss(a, whole(0))).toThrow(ShapeError);
  expect(() => nn.multiMarginLoss(a, zeros([2]))).toThrow(DTypeError);
  expect(() => nn.multiMarginLoss(a, whole(0, 1), { weight: zeros([2]) })).toThrow(/\[3\]/);
  expect(() => nn.multiMarginLoss(a, whole(0, 1), { p: 3 as never })).toThrow(RangeError);
  expect(() => nn.nllLoss(a, a)).toThrow(DTypeError);
  expect(() => nn.nllLoss(a, whole(0))).toThrow(/log-probabilities \[2, 3\] take labels \[2\]/);
  expect(() => nn.nllLoss(zeros([]), whole(0))).toThrow(ShapeError);
  expect(() => nn.zeroOneLoss(a, whole(0, 1, 2))).toThrow(ShapeError);
  expect(() => nn.huberLoss(a, a, { delta: 0 })).toThrow(RangeError);
  expect(() => nn.smoothL1Loss(a, a, { beta: -1 })).toThrow(RangeError);
  expect(() => nn.laplaceNllLoss(a, a, { scale: 0 })).toThrow(RangeError);
  expect(() => nn.regularized(zeros([]), a, { alpha: -1 })).toThrow(RangeError);
  expect(() => nn.exponentialFamilyLoss(zeros([]), zeros([]), nn.categoricalFamily)).toThrow(
    ShapeError,
  );
  const [x, y] = [zeros([2, 3, 4]), zeros([2, 3], { dtype: "i32" })];
  expect(() => nn.sequenceNllLoss(x, zeros([3, 2], { dtype: "i32" }))).toThrow(ShapeError);
  expect(() => nn.sequenceNllLoss(x, y, { lengths: whole(1, 2, 3) })).toThrow(/lengths.*\[2\]/);
  expect(() => nn.sequenceNllLoss(x, y, { mask: zeros([2], { dtype: "bool" }) })).toThrow(/mask/);
  expect(() =>
    nn.sequenceNllLoss(x, y, { lengths: whole(1, 2), mask: zeros([2, 3], { dtype: "bool" }) }),
  ).toThrow(RangeError);
});

test("a triplet loss takes another distance", () => {
  const [a, p, n] = [tensor([[0, 0]]), tensor([[3, 0]]), tensor([[0, 4]])];
  const distance = (x: Tensor, y: Tensor): Tensor => x.sub(y).abs().sum({ axis: -1 });
  const options = { distance, margin: 2, swap: true };
  expect(nn.tripletMarginLoss(a, p, n, options).itemSync()).toBe(3 - 4 + 2);
  expect(new nn.TripletMarginLoss(options).forward(a, p, n).itemSync()).toBe(1);
});

// The rows of Regularisation about several networks and parts of one: RE-13 to RE-21.

import { beforeEach, expect, test } from "vitest";
import { bootstrapSample } from "../../src/data/index.ts";
import { ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam, SGD } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { ones, tensor, zeros } from "../../src/tensor/create.ts";

import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

import { bootstrapShare, ensembleVariance } from "../../src/theory/index.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { expectClose } from "./golden.ts";

const dtype = "f64";
const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];
const row = (...values: number[]): Tensor => tensor(values, { dtype });

beforeEach(() => {
  setDefaultDevice("reference");
  seed(4);
});

test("RE-13 bagging: 63 % of the examples are in a bootstrap sample, and members' probabilities are averaged", () => {
  const n = 2000;
  const seen = new Set<number>();
  const shares = Array.from({ length: 20 }, (_, member) => {
    const sample = bootstrapSample(n, { seed: 5, member });
    expect(sample).toHaveLength(n);
    expect(Math.max(...sample)).toBeLessThan(n);
    for (const place of sample) seen.add(place);
    return new Set(sample).size / n;
  });
  expect(seen.size).toBe(n); // all can be drawn: one is missed by twenty samples with probability e⁻²⁰
  const mean = shares.reduce((sum, s) => sum + s, 0) / shares.length;
  expect(Math.abs(mean - (1 - 1 / Math.E))).toBeLessThan(0.01);
  expect(bootstrapShare(n)).toBeCloseTo(1 - 1 / Math.E, 3);
  expect(bootstrapSample(n, { seed: 5, member: 3 })).toEqual(
    bootstrapSample(n, { seed: 5, member: 3 }),
  );
  expect(bootstrapSample(n, { seed: 5, member: 4 })).not.toEqual(
    bootstrapSample(n, { seed: 5, member: 3 }),
  );
  // Logistic regressions, each on its own sample.
  const x = randn([60, 2], { dtype });
  const y = x.sum({ axis: 1 }).greater(0).cast("i32");
  const members = Array.from({ length: 4 }, (_, member) => {
    const sample = tensor(Int32Array.from(bootstrapSample(60, { seed: 1, member })));
    const model = new nn.Linear(2, 2, { dtype });
    const optimizer = new SGD(model, { lr: 0.5 });
    const [xs, ys] = [x.take(sample), y.take(sample)];
    for (let i = 0; i < 8; i++) {
      optimizer.step(gradients(nn.crossEntropy(model.forward(xs), ys), model));
    }
    return model;
  });
  const bag = new nn.Ensemble(members);
  const p = bag.forward(x);
  expectClose(numbers(p.sum({ axis: 1 })), new Array(60).fill(1), 1e-12);
  const byHand = members
    .map((m) => m.forward(x).softmax({ axis: -1 }))
    .reduce((a, b) => a.add(b))
    .div(4);
  expectClose(numbers(p), numbers(byHand), 1e-12);
  const loss = (q: Tensor): number => nn.nllLoss(q.log(), y).itemSync();
  const alone = members.map((m) => loss(m.forward(x).softmax({ axis: -1 })));
  expect(loss(p)).toBeLessThanOrEqual(alone.reduce((a, b) => a + b, 0) / 4);
  expect(Object.keys(bag.stateDict())).toContain("members.3.bias");
  expect(() => new nn.Ensemble([])).toThrow(RangeError);
});

test("RE-14 the variance of a mean of K errors is ρσ² + (1 − ρ)σ²/K: agreement cannot be averaged away", () => {
  const [sigma, draws] = [1.5, 1_500];
  for (const rho of [0, 0.4, 1]) {
    for (const members of [2, 8]) {
      const common = randn([draws, 1]).mul(Math.sqrt(rho));
      const own = randn([draws, members]).mul(Math.sqrt(1 - rho));
      const errors = common.add(own).mul(sigma);
      const variance = errors.mean({ axis: 1 }).square().mean().itemSync();
      const formula = ensembleVariance({ variance: sigma ** 2, correlation: rho, members });
      expect(variance / formula).toBeGreaterThan(1 - 5 * Math.sqrt(2 / draws));
      expect(variance / formula).toBeLessThan(1 + 5 * Math.sqrt(2 / draws));
    }
  }
});

test("RE-15 distillation: the student comes nearer to its teacher; hard labels at T → 0; gradients keep their size", () => {
  const teacher = nn.sequential(
    new nn.Linear(4, 16, { dtype }),
    nn.tanh,
    new nn.Linear(16, 3, { dtype }),
  );
  const student = new nn.Linear(4, 3, { dtype });
  const x = randn([32, 4], { dtype });
  const answers = teacher.forward(x).mul(4).detach();
  const optimizer = new Adam(student, { lr: 0.1 });
  const step = compile(() => {
    const loss = nn.distillationLoss(student.forward(x), answers, { temperature: 3 });
    optimizer.step(gradients(loss, student));
    return nn.crossEntropy(student.forward(x), answers.softmax({ axis: -1 }));
  });
  const losses = Array.from({ length: 60 }, () => step().itemSync());
  expect(losses.at(-1)!).toBeLessThan(losses[0]! * 0.9);
  // T = 1 is cross-entropy with the teacher's probabilities, and a cold teacher gives hard labels.
  const [s, t] = [randn([5, 3], { dtype }), randn([5, 3], { dtype })];
  const one = nn.distillationLoss(s, t, { temperature: 1 }).itemSync();
  expect(one).toBeCloseTo(nn.crossEntropy(s, t.softmax({ axis: -1 })).itemSync(), 12);
  const hard = t.argMax({ axis: -1 });
  const cold = nn.distillationLoss(s, t.mul(1e4), { temperature: 1 }).itemSync();
  expect(cold).toBeCloseTo(nn.crossEntropy(s, hard).itemSync(), 10);
  // T² keeps the gradient while it goes to a limit: (1/N)·(s − t), centred, over the batch.
  const slope = (temperature: number): Tensor =>
    gradients(nn.distillationLoss(w.add(s), t, { temperature }), [w])[0]!;
  const w = new Parameter(zeros([5, 3], { dtype }));
  const centred = (z: Tensor): Tensor => z.sub(z.mean({ axis: 1, keepDims: true }));
  expectClose(
    numbers(slope(1e4)),
    numbers(
      centred(s)
        .sub(centred(t))
        .div(3 * 5),
    ),
    1e-3,
  );
  // Nothing is taught to the teacher.
  const master = new Parameter(t);
  const learns = gradients(nn.distillationLoss(w.add(s), master), [w, master]);
  expect(learns.map((g) => numbers(g).some((v) => v !== 0))).toEqual([true, false]);
  // With labels, a mixture.
  const labels = tensor([0, 1, 2, 0, 1], { dtype: "i32" });
  const mixed = nn.distillationLoss(s, t, { temperature: 2, labels, share: 0.25 }).itemSync();
  const soft = nn.distillationLoss(s, t, { temperature: 2 }).itemSync();
  expect(mixed).toBeCloseTo(0.25 * soft + 0.75 * nn.crossEntropy(s, labels).itemSync(), 12);
  expect(() => nn.distillationLoss(s, t, { temperature: 0 })).toThrow(RangeError);
  expect(() => nn.distillationLoss(s, t.at(":2"))).toThrow(ShapeError);
});

test("RE-16 what an over-parametrised network does not use can be pruned without a change of its loss", async () => {
  const [layer, next] = [new nn.Linear(4, 6, { dtype }), new nn.Linear(6, 2, { dtype })];
  const x = randn([20, 4], { dtype });
  // Units 1 and 4 are dead, unit 2 is read by nobody.
  const alive = row(1, 0, 1, 1, 0, 1);
  layer.bias!.assign(layer.bias!.where(alive.greater(0), -100));
  next.weight.assign(next.weight.mul(row(1, 1, 1e-9, 1, 1, 1)));
  const loss = (a: nn.Linear, b: nn.Linear): number =>
    nn.mseLoss(b.forward(a.forward(x).relu()), ones([20, 2], { dtype })).itemSync();
  const before = loss(layer, next);
  const dead = nn.deadUnits(layer.forward(x));
  expect(numbers(dead)).toEqual([0, 1, 0, 0, 1, 0]);
  const [smaller, reader] = await nn.pruneUnits(layer, next, dead);
  expect(smaller.weight.shape).toEqual([4, 4]);
  expect(loss(smaller, reader)).toBeCloseTo(before, 14);
  const found = await nn.pruneByMagnitude(reader, { threshold: 1e-6 });
  expect(found).toEqual({ zeros: 2, weights: 8 });
  expect(loss(smaller, reader)).toBeCloseTo(before, 8);
  const half = await nn.pruneByMagnitude(layer, { share: 0.5 });
  expect(half).toEqual({ zeros: 12, weights: 24 });
  await expect(nn.pruneByMagnitude(layer, { share: 2 })).rejects.toThrow(RangeError);
});

test("RE-17 dropout: a share p is kept, anew each step, and dropped units get no gradient", () => {
  const keep = 0.8;
  const x = ones([5_000]);
  const y = nn.dropout(x, 1 - keep, { scaling: "classic" });
  expect(Math.abs(y.mean().itemSync() - keep)).toBeLessThan(0.015);
  expect(new Set(numbers(y))).toEqual(new Set([0, 1]));
  // Of each unit its own probability.
  const rates = tensor([0, 0.25, 0.9]);
  const units = nn.dropout(ones([6_000, 3]), rates, { scaling: "classic" }).mean({ axis: 0 });
  for (const [i, mean] of numbers(units).entries()) {
    expect(Math.abs(mean - [1, 0.75, 0.1][i]!)).toBeLessThan(0.02);
  }
  const inverted = nn.dropout(ones([6_000, 3]), rates).mean({ axis: 0 });
  for (const mean of numbers(inverted)) expect(Math.abs(mean - 1)).toBeLessThan(0.12);
  // A compiled step draws anew; gradients are 0 exactly where the unit was.
  const w = new Parameter(ones([8]));
  const layer = new nn.Dropout(0.5, { scaling: "classic" });
  const step = compile(() => {
    const h = layer.forward(w);
    return { h, g: gradients(h.mul(3).sum(), [w])[0]! };
  });
  const masks = new Set<string>();
  for (let i = 0; i < 10; i++) {
    const { h, g } = step();
    masks.add(numbers(h).join(""));
    expect(numbers(g)).toEqual(numbers(h).map((kept) => (kept === 0 ? 0 : 3)));
  }
  expect(masks.size).toBeGreaterThan(5);
});

test("RE-18 in evaluation, outputs times the share kept: for a linear net the mean over all masks, exactly", () => {
  const keep = row(0.8, 0.5, 0.3, 0.9);
  const [x, w] = [randn([4], { dtype }), randn([3, 4], { dtype })];
  const masks = nn.dropoutMasks(4).cast(dtype);
  const p = nn.maskProbabilities(masks, keep);
  expect(p.sum().itemSync()).toBeCloseTo(1, 14);
  const outputs = masks.mul(x).matmul(w.T); // [16, 3]
  const mean = p.unsqueeze(1).mul(outputs).sum({ axis: 0 });
  const off = { training: false, scaling: "classic" } as const;
  const scaled = w.matmul(nn.dropout(x, keep.neg().add(1), off));
  expectClose(numbers(scaled), numbers(mean), 1e-14);
  // The same as weights scaled once and for all; inverted dropout has nothing to scale.
  expectClose(numbers(w.mul(keep).matmul(x)), numbers(mean), 1e-14);
  expectClose(numbers(nn.dropout(x, 0.25, off)), numbers(x.mul(0.75)), 1e-15);
  expect(nn.dropout(x, 0.25, { training: false })).toBe(x);
  const layer = new nn.Dropout(0.25, { scaling: "classic" }).eval();
  expectClose(numbers(layer.forward(x)), numbers(x.mul(0.75)), 1e-15);
});

test("RE-19 softmax regression with rescaled weights is the renormalised geometric mean of all 2ⁿ masks", () => {
  for (const keep of [0.5, 0.8]) {
    const [x, w, b] = [randn([5, 6], { dtype }), randn([3, 6], { dtype }), randn([3], { dtype })];
    const masks = nn.dropoutMasks(6).cast(dtype);
    expect(masks.shape).toEqual([64, 6]);
    const weights = nn.maskProbabilities(masks, keep);
    const each = masks.unsqueeze(1).mul(x).matmul(w.T).add(b).logSoftmax({ axis: -1 }); // [64, 5, 3]
    const geometric = nn.geometricEnsemble(each, { weights }).exp();
    const rescaled = x.mul(keep).matmul(w.T).add(b).softmax({ axis: -1 });
    expectClose(numbers(geometric), numbers(rescaled), 1e-13);
    // The arithmetic mean is another one; a few masks approximate it.
    const arithmetic = nn.arithmeticEnsemble(each, { weights }).exp();
    expectClose(numbers(arithmetic.sum({ axis: -1 })), [1, 1, 1, 1, 1], 1e-13);
    expect(arithmetic.sub(rescaled).abs().amax().itemSync()).toBeGreaterThan(1e-3);
  }
  expect(() => nn.dropoutMasks(21)).toThrow(RangeError);
});

test("RE-20 maxout with dropout: it learns, and only the piece that wins gets a gradient", () => {
  const layer = new nn.Maxout(3, 4, { pieces: 3, dtype });
  const x = randn([1, 3], { dtype });
  const parameters = layer.parameters();
  const weight = Object.entries(parameters).find(([name]) => name.endsWith("weight"))![1];
  const g = gradients(layer.forward(x).sum(), layer) as Record<string, Tensor>;
  const slope = g[Object.keys(parameters).find((name) => name.endsWith("weight"))!]!;
  // 12 rows of weights, of which the four that win have a gradient: x itself.
  const rows = slope.reshape([-1, 3]).arraySync() as number[][];
  expect(rows).toHaveLength(12);
  const touched = rows.filter((r) => r.some((v) => v !== 0));
  expect(touched).toHaveLength(4);
  for (const r of touched) expectClose(r, numbers(x), 1e-14);
  expect(weight.size).toBe(36);
  const model = nn.sequential(layer, new nn.Dropout(0.3), new nn.Linear(4, 1, { dtype }));
  const [inputs, y] = [randn([32, 3], { dtype }), randn([32, 1], { dtype })];
  const optimizer = new Adam(model, { lr: 0.05 });
  const step = compile(() => {
    optimizer.step(gradients(nn.mseLoss(model.forward(inputs), y), model));
  });
  const loss = (): number => nn.mseLoss(model.eval().forward(inputs), y).itemSync();
  const before = loss();
  model.train();
  for (let i = 0; i < 60; i++) step();
  expect(loss()).toBeLessThan(before * 0.8);
});

test("RE-21 multi-task: the gradient of what is shared is the sum over the tasks", () => {
  const net = new nn.MultiTask(new nn.Linear(3, 4, { dtype }), {
    sign: new nn.Linear(4, 2, { dtype }),
    size: new nn.Linear(4, 1, { dtype }),
  });
  const x = randn([10, 3], { dtype });
  const labels = x.sum({ axis: 1 }).greater(0).cast("i32");
  const losses = () => {
    const out = net.forward(x);
    return {
      sign: nn.crossEntropy(out.sign, labels),
      size: nn.mseLoss(out.size, x.square().sum({ axis: 1, keepDims: true })),
    };
  };
  const weights = { size: 0.25 };
  const all = gradients(nn.multiTaskLoss(losses(), { weights }), net) as Record<string, Tensor>;
  const sign = gradients(losses().sign, net) as Record<string, Tensor>;
  const size = gradients(losses().size, net) as Record<string, Tensor>;
  for (const name of ["trunk.weight", "trunk.bias"]) {
    expectClose(numbers(all[name]!), numbers(sign[name]!.add(size[name]!.mul(0.25))), 1e-13);
  }
  expectClose(numbers(all["heads.sign.weight"]!), numbers(sign["heads.sign.weight"]!), 1e-14);
  expectClose(numbers(size["heads.sign.weight"]!), new Array(8).fill(0), 0);
  expect(() => nn.multiTaskLoss({ a: x.sum() }, { weights: { b: 1 } as never })).toThrow(/"b"/);
  expect(() => new nn.MultiTask(new nn.Linear(1, 1), {})).toThrow(RangeError);
});

// Attention as a function: weights, values, scale, masks, and what many heads are made of.

import { beforeEach, describe, expect, test } from "vitest";
import { ShapeError } from "../../../src/ir/errors.ts";
import * as nn from "../../../src/nn/index.ts";
import { eye, ones, tensor, zeros } from "../../../src/tensor/create.ts";
import { realizeSync } from "../../../src/tensor/engine.ts";
import { concat } from "../../../src/tensor/functions.ts";
import { seed } from "../../../src/tensor/generator.ts";
import { gradients } from "../../../src/tensor/gradients.ts";
import { randn } from "../../../src/tensor/random.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";
import { setDefaultDevice } from "../../support/devices.ts";
import { expectClose } from "../golden.ts";

const dtype = "f64";
const normal = (...shape: number[]): Tensor => randn(shape, { dtype }).keep();

beforeEach(() => {
  setDefaultDevice("reference");
  seed(3);
});

describe("SA-06 the gating function", () => {
  test("weights are ≥ 0 and sum to 1, with any score", () => {
    for (const score of [nn.dotScore, nn.scaledDotScore]) {
      const weights = nn.attentionWeights(normal(2, 3, 4), normal(2, 5, 4).mul(9), { score });
      expect(weights.shape).toEqual([2, 3, 5]);
      expect(weights.amin().itemSync()).toBeGreaterThanOrEqual(0);
      expectClose(weights.sum({ axis: -1 }).dataSync(), ones([6]).dataSync(), 1e-14);
    }
  });

  test("is a softmax of the scores", () => {
    const [query, keys] = [normal(1, 4), normal(3, 4)];
    const expected = query.matmul(keys.T).softmax();
    const weights = nn.attentionWeights(query, keys, { score: nn.dotScore });
    expectClose(weights.dataSync(), expected.dataSync(), 1e-15);
  });

  test("equal keys get equal weights", () => {
    const weights = nn.attentionWeights(normal(2, 4), normal(1, 4).expand([5, 4]));
    expectClose(weights.dataSync(), new Array(10).fill(0.2), 1e-14);
  });
});

test("SA-08 sharp scores return one value exactly", () => {
  const keys = eye(4, { dtype }).mul(1000);
  const values = normal(4, 3);
  const found = nn.attention(keys.at("2:3"), keys, values);
  expect(found.arraySync()).toEqual(values.at("2:3").arraySync());
  // Keys say where, values what: the same keys with other values.
  expect(nn.attention(keys.at("2:3"), keys, values.neg()).arraySync()).toEqual(
    values.neg().at("2:3").arraySync(),
  );
});

test("SA-09 products of standard normal vectors have variance n, and 1 after scaling", () => {
  const n = 16;
  const draws = 400;
  const [query, keys] = [randn([draws, 1, n]).keep(), randn([draws, 1, n]).keep()];
  realizeSync(query, keys);
  const spread = (score: nn.Score): number => score(query, keys).square().mean().itemSync();
  // The estimate is off by about √((2 + 6/n) / draws) = 0.08 of the variance.
  expect(Math.abs(spread(nn.dotScore) / n - 1)).toBeLessThan(0.3);
  expect(Math.abs(spread(nn.scaledDotScore) - 1)).toBeLessThan(0.3);
  const exact = nn.dotScore(query, keys).div(Math.sqrt(n)).sub(nn.scaledDotScore(query, keys));
  expect(exact.abs().amax().itemSync()).toBeLessThan(1e-5);
});

describe("SA-10 many heads", () => {
  test("one head whose maps are the identity is single attention", () => {
    const module = new nn.MultiheadAttention(4, 1, { dtype });
    const identity = eye(4, { dtype });
    module.inProjWeight!.assign(concat([identity, identity, identity]));
    module.outProj.weight.assign(identity);
    const [query, keys] = [normal(2, 3, 4), normal(2, 5, 4)];
    const expected = nn.scaledDotProductAttention(query, keys, keys);
    expectClose(module.forward(query, keys).dataSync(), expected.dataSync(), 1e-14);
  });

  test("are attentions on slices of the projections, mixed by one map", () => {
    const module = new nn.MultiheadAttention(6, 2, { dtype });
    const x = normal(2, 4, 6);
    const [q, k, v] = x.matmul(module.inProjWeight!.T).chunk(3, { axis: -1 }) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const heads = ["0:3", "3:6"].map((part) => {
      const [a, b, c] = [q, k, v].map((t) => t.at("...", part)) as [Tensor, Tensor, Tensor];
      return nn.scaledDotProductAttention(a, b, c);
    });
    const expected = concat(heads, { axis: -1 }).matmul(module.outProj.weight.T);
    const { output, weights } = module.attend(x);
    expectClose(output.dataSync(), expected.dataSync(), 1e-13);
    expect(weights.shape).toEqual([2, 2, 4, 4]);
    expectClose(weights.sum({ axis: -1 }).dataSync(), ones([16]).dataSync(), 1e-13);
  });

  test("remembering and recalling is the same as looking", () => {
    const module = new nn.MultiheadAttention(6, 3, { dtype });
    const [query, memory] = [normal(2, 2, 6), normal(2, 5, 6)];
    const keyMask = nn.paddingMask(tensor([5, 2], { dtype: "i32" }), 5);
    const direct = module.forward(query, memory, memory, { keyMask });
    const recalled = module.recall(query, module.remember(memory), { keyMask });
    expectClose(recalled.dataSync(), direct.dataSync(), 1e-14);
  });

  test("bad sizes and inputs are told", () => {
    expect(() => new nn.MultiheadAttention(6, 4)).toThrow(/multiple/);
    expect(() => new nn.MultiheadAttention(6, 0)).toThrow(ShapeError);
    const module = new nn.MultiheadAttention(6, 2);
    expect(() => module.forward(zeros([2, 3, 5]))).toThrow(
      /the query must be \[batch, queries, 6\]/,
    );
    expect(() => module.forward(zeros([2, 3, 6]), zeros([2, 3, 5]))).toThrow(/the key must be/);
    expect(() => module.forward(zeros([1, 3, 6]), zeros([1, 3, 6]), zeros([1, 4, 6]))).toThrow(
      /a value for each key/,
    );
    expect(() => nn.scaledDotProductAttention(zeros([2, 3]), zeros([2, 4]), zeros([2, 4]))).toThrow(
      /must agree in n/,
    );
  });
});

test("SA-11 without positions, rows in another order give results in that order", () => {
  const x = normal(5, 4);
  const weights = { query: normal(4, 3), key: normal(4, 3), value: normal(4, 2) };
  const order = tensor([3, 1, 4, 0, 2], { dtype: "i32" });
  const y = nn.selfAttention(x, weights);
  expectClose(nn.selfAttention(x.take(order), weights).dataSync(), y.take(order).dataSync(), 1e-13);
  // softmax(X·W_q·W_kᵀ·Xᵀ / √3)·X·W_v, written out.
  const scores = x.matmul(weights.query).matmul(weights.key.T).matmul(x.T).div(Math.sqrt(3));
  expectClose(y.dataSync(), scores.softmax().matmul(x.matmul(weights.value)).dataSync(), 1e-13);
});

describe("masks", () => {
  test("bool masks leave exactly what they allow, with gradients that are 0 elsewhere", () => {
    const [query, keys, values] = [normal(2, 4), normal(3, 4), normal(3, 2)];
    const mask = tensor([
      [true, true, false],
      [false, false, false],
    ]);
    const y = nn.scaledDotProductAttention(query, keys, values, { mask });
    const expected = nn.scaledDotProductAttention(query.at(":1"), keys.at(":2"), values.at(":2"));
    expectClose(y.at(":1").dataSync(), expected.dataSync(), 1e-15);
    // Nothing to look at gives 0, and no NaN in gradients.
    expect(y.at("1:").arraySync()).toEqual([[0, 0]]);
    const [byQuery, byKeys] = gradients(y.sum(), [query, keys]);
    expect(byQuery!.at(1).arraySync()).toEqual([0, 0, 0, 0]);
    expect(byKeys!.at(2).arraySync()).toEqual([0, 0, 0, 0]);
  });

  test("causal, and any other beside it", () => {
    const x = normal(3, 4);
    const causal = nn.scaledDotProductAttention(x, x, x, { causal: true });
    const given = nn.scaledDotProductAttention(x, x, x, { mask: nn.causalMask(3) });
    expectClose(causal.dataSync(), given.dataSync(), 1e-15);
    expect(causal.at(0).arraySync()).toEqual(x.at(0).arraySync());
    const added = nn.scaledDotProductAttention(x, x, x, { mask: zeros([3, 3]), causal: true });
    expectClose(added.dataSync(), causal.dataSync(), 1e-15);
    expect(nn.causalMask(2, { keys: 4, position: 1 }).arraySync()).toEqual([
      [1, 1, 0, 0],
      [1, 1, 1, 0],
    ]);
  });

  test("a scale of one's own, and dropout", () => {
    const x = normal(3, 4);
    const half = nn.scaledDotProductAttention(x, x, x, { scale: 0.5 });
    expectClose(half.dataSync(), nn.scaledDotProductAttention(x, x, x).dataSync(), 1e-14);
    const dropped = nn.scaledDotProductAttention(x, x, ones([3, 1], { dtype }), { dropout: 0.9 });
    expect(dropped.dataSync()).not.toEqual(ones([3, 1]).dataSync());
    expect(() => nn.paddingMask(zeros([2, 2]), 2)).toThrow(/one a sequence/);
  });
});

test("additive attention scores pairs by a network, whose half for keys is computed once", () => {
  const module = new nn.AdditiveAttention(4, 6, { hidden: 5, dtype });
  const [query, keys] = [normal(2, 3, 4), normal(2, 7, 6)];
  const weights = module.weights(query, module.key.forward(keys));
  const sums = query
    .matmul(module.query.weight.T)
    .unsqueeze(2)
    .add(module.key.forward(keys).unsqueeze(1));
  const scores = sums.tanh().mul(module.energy.weight).sum({ axis: -1 });
  expectClose(weights.dataSync(), scores.softmax().dataSync(), 1e-13);
  expectClose(module.forward(query, keys).dataSync(), weights.matmul(keys).dataSync(), 1e-14);
});

// The rows of Initialisation, and the initialisers with structure by their moments.

import { beforeEach, describe, expect, test } from "vitest";
import { ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { ones } from "../../src/tensor/create.ts";
import { grad } from "../../src/tensor/derivatives.ts";
import { Generator, seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { gradientNormByScale } from "../../src/train/index.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectClose } from "./golden.ts";

const { init } = nn;
const dtype = "f64";
const quickest = devicesHere.includes("native") ? "native" : "wasm";
const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];

beforeEach(() => {
  setDefaultDevice("reference");
  seed(2);
});

function moments(x: Tensor): { mean: number; variance: number } {
  return { mean: x.mean().itemSync(), variance: x.var({ correction: 0 }).itemSync() };
}

/** 2·2·1 network on XOR-like data, trained a little from the given weights. */
function trained(weight: nn.init.Initializer): number[][] {
  const model = nn.sequential(new nn.Linear(2, 3), nn.tanh, new nn.Linear(3, 1));
  init.initialize(model, { weight });
  const [x, y] = [randn([16, 2]), randn([16, 1])];
  const optimizer = new SGD(model.parameters(), { lr: 0.2 });
  const step = compile(() => {
    const loss = nn.mseLoss(model.forward(x), y);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  for (let i = 0; i < 50; i++) step();
  return model.parameters()["0.weight"]!.arraySync() as number[][];
}

test("IN-01 random numbers break the symmetry that zeros keep, and a seed repeats them", () => {
  const draw = (from: number): number[] =>
    numbers(init.normal([3, 4], { std: 0.1, generator: new Generator(from) }));
  expect(draw(4)).toEqual(draw(4));
  expect(draw(4)).not.toEqual(draw(5));
  // From equal weights hidden units stay equal, however long they are trained.
  for (const weight of [init.zeros, (shape: readonly number[]) => init.constant(shape, 0.5)]) {
    const [first, second, third] = trained(weight);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
  }
  const moved = trained((shape) => init.constant(shape, 0.5));
  expect(moved[0]).not.toEqual([0.5, 0.5]);
  const [first, second] = trained((shape, options) => init.normal(shape, { ...options, std: 0.5 }));
  expect(second).not.toEqual(first);
  // initialize sets weights and biases, and leaves the gains of a normalisation.
  const model = nn.sequential(new nn.Linear(3, 2), new nn.LayerNorm(2), new nn.Linear(2, 1));
  init.initialize(model, { weight: (shape) => init.constant(shape, 7) });
  const all = Object.entries(model.stateDict()).map(([name, value]) => [
    name,
    new Set(numbers(value)),
  ]);
  expect(Object.fromEntries(all)).toEqual({
    "0.weight": new Set([7]),
    "0.bias": new Set([0]),
    "1.weight": new Set([1]),
    "1.bias": new Set([0]),
    "2.weight": new Set([7]),
    "2.bias": new Set([0]),
  });
  init.initialize(model, { bias: (shape) => init.constant(shape, 3) });
  expect(numbers(model.stateDict()["0.weight"]!)).toEqual([7, 7, 7, 7, 7, 7]);
  expect(numbers(model.stateDict()["0.bias"]!)).toEqual([3, 3]);
});

test.each([
  [1, 0.5],
  [3, 2],
  [4, 1],
])("IN-02 a product of %d numbers has the variance that was chosen, %d", (depth, variance) => {
  setDefaultDevice(quickest);
  const count = 400_000;
  const factors = init.varianceTargeted([depth, count], { variance, depth });
  const product = factors.prod({ axis: 0 });
  const { mean, variance: found } = moments(product);
  // The fourth moment of the product is 3ⁿ·v*²: five standard errors of its variance.
  const error = (5 * variance * Math.sqrt(3 ** depth - 1)) / Math.sqrt(count);
  expect(Math.abs(found - variance)).toBeLessThan(error);
  expect(Math.abs(mean)).toBeLessThan((5 * Math.sqrt(variance)) / Math.sqrt(count));
  expect(error).toBeLessThan(0.1 * variance);
});

test("IN-03 through 50 residual blocks near zero the gradient's norm stays; through plain ones it does not", () => {
  const width = 16;
  const block = (std: number): nn.Sequential =>
    init.initialize(
      nn.sequential(
        new nn.Linear(width, width, { dtype }),
        nn.tanh,
        new nn.Linear(width, width, { dtype }),
      ),
      { weight: (shape, options) => init.normal(shape, { ...options, std }) },
    );
  const x = randn([4, width], { dtype });
  /** Norms of the gradient at the input of each block, from the last to the first. */
  const norms = (make: () => (z: Tensor) => Tensor): number[] => {
    const blocks = Array.from({ length: 50 }, make);
    const found: number[] = [];
    for (const from of [49, 25, 0]) {
      const rest = (z: Tensor): Tensor =>
        blocks
          .slice(from)
          .reduce((h, layer) => layer(h), z)
          .sum();
      found.push(grad(rest)(x).norm().itemSync());
    }
    return found;
  };
  const residual = norms(() => {
    const layer = new nn.Residual(block(0.01));
    return (z) => layer.forward(z);
  });
  for (const norm of residual) expect(norm / residual[0]!).toBeCloseTo(1, 1);
  const plain = norms(() => {
    const layer = block(0.01);
    return (z) => layer.forward(z);
  });
  expect(plain[2]! / plain[0]!).toBeLessThan(1e-50);
  // g(x) = x + f(x).
  const body = block(0.5);
  const whole = new nn.Residual(body).forward(x);
  expectClose(numbers(whole), numbers(x.add(body.forward(x))), 1e-15);
  // J_g = W + J_f with a projection W as the shortcut.
  const projection = new nn.Linear(width, 3, { bias: false, dtype });
  const zero = init.initialize(new nn.Linear(width, 3, { dtype }), { weight: init.zeros });
  const layer = new nn.Residual(zero, { shortcut: projection });
  const weights = randn([4, 3], { dtype });
  const found = grad((z: Tensor) => layer.forward(z).mul(weights).sum())(x);
  expectClose(numbers(found), numbers(weights.matmul(projection.weight)), 1e-12);
  expect(() => new nn.Residual(zero).forward(x)).toThrow(ShapeError);
});

test("IN-04 large weights saturate sigmoids: the gradient norm over scales has a peak and vanishes", async () => {
  const layers = [8, 32, 32, 32, 2];
  const model = nn.sequential(
    ...layers
      .slice(1)
      .flatMap((width, i) => [new nn.Linear(layers[i]!, width, { dtype }), nn.sigmoid]),
  );
  const x = randn([20, 8], { dtype });
  const y = ones([20, 2], { dtype }).mul(0.5);
  const scales = [0.01, 0.1, 1, 10, 100, 1000];
  const before = Object.values(model.stateDict()).map(numbers);
  const plot = await gradientNormByScale(model, {
    input: x,
    loss: (output) => nn.mseLoss(output, y),
    scales,
  });
  expect(plot.map(({ scale }) => scale)).toEqual(scales);
  const norms = plot.map(({ gradientNorm }) => gradientNorm);
  const peak = norms.indexOf(Math.max(...norms));
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(4);
  for (let i = peak + 1; i < norms.length; i++) expect(norms[i]).toBeLessThan(norms[i - 1]!);
  expect(norms.at(-1)! / norms[peak]!).toBeLessThan(1e-3);
  // One point is the norm of the gradient there, and the model is as before.
  const found = gradients(nn.mseLoss(model.forward(x), y), model);
  const square = Object.values(found).reduce((sum, g) => sum + g.square().sum().itemSync(), 0);
  expect(norms[2]).toBeCloseTo(Math.sqrt(square), 12);
  expect(Object.values(model.stateDict()).map(numbers)).toEqual(before);
  // A ReLU may be dead from the start: with a bias far below, no input reaches it.
  const layer = init.initialize(new nn.Linear(8, 6, { dtype }), {
    weight: init.xavierUniform,
    bias: (shape) => init.constant(shape, -50, { dtype }),
  });
  expect(numbers(nn.deadUnits(layer.forward(x)))).toEqual([1, 1, 1, 1, 1, 1]);
});

describe("initialisers with structure", () => {
  test("eye and dirac pass their input on", () => {
    expect(init.eye([2, 3]).arraySync()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    const x = randn([2, 4, 6, 5], { dtype });
    const layer = new nn.Conv2d(4, 4, 3, { padding: 1, bias: false, dtype });
    layer.weight.assign(init.dirac(layer.weight.shape, { dtype }));
    expect(numbers(layer.forward(x))).toEqual(numbers(x));
    const grouped = new nn.Conv2d(4, 6, [1, 3], { groups: 2, padding: [0, 1], bias: false, dtype });
    grouped.weight.assign(init.dirac(grouped.weight.shape, { groups: 2, dtype }));
    const y = grouped.forward(x);
    // Each group of three outputs has two inputs; the third is 0.
    for (const [out, from] of [
      [0, 0],
      [1, 1],
      [3, 2],
      [4, 3],
    ] as const) {
      expect(numbers(y.at(":", out))).toEqual(numbers(x.at(":", from)));
    }
    expect(new Set(numbers(y.at(":", 2)))).toEqual(new Set([0]));
    expect(init.dirac([3, 2, 2]).arraySync()).toEqual([
      [
        [0, 1],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 1],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ]);
    expect(() => init.dirac([3, 3])).toThrow(ShapeError);
    expect(() => init.dirac([3, 3, 3], { groups: 2 })).toThrow(ShapeError);
    expect(() => init.eye([3])).toThrow(ShapeError);
  });

  test.each([[[6, 10]], [[10, 6]], [[8, 8]], [[4, 3, 2, 2]]])(
    "orthogonal %j: the shorter side is orthonormal, times the gain",
    (shape) => {
      const w = init.orthogonal(shape, { gain: 2, dtype }).reshape([shape[0]!, -1]);
      const [out, width] = w.shape as [number, number];
      const gram = out <= width ? w.matmul(w.T) : w.T.matmul(w);
      const expected = init.eye(gram.shape, { dtype }).mul(4);
      expectClose(numbers(gram), numbers(expected), 1e-13);
    },
  );

  test("orthogonal matrices are uniform: moments of the entries, no direction before another", () => {
    // Over many: entries have mean 0 and variance 1/n, determinants of both signs.
    const drawn = Array.from({ length: 300 }, () => init.orthogonal([3, 3], { dtype }));
    const entries = drawn.map((q) => q.arraySync() as number[][]);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const values = entries.map((q) => q[i]![j]!);
        const mean = values.reduce((a, b) => a + b, 0) / 300;
        const square = values.reduce((a, b) => a + b * b, 0) / 300;
        expect(Math.abs(mean)).toBeLessThan((5 * Math.sqrt(1 / 3)) / Math.sqrt(300));
        // The fourth moment of an entry is 3/(n(n + 2)) = 1/5.
        expect(Math.abs(square - 1 / 3)).toBeLessThan(
          (5 * Math.sqrt(1 / 5 - 1 / 9)) / Math.sqrt(300),
        );
      }
    }
    const signs = entries.map(([a, b, c]) =>
      Math.sign(
        a![0]! * (b![1]! * c![2]! - b![2]! * c![1]!) -
          a![1]! * (b![0]! * c![2]! - b![2]! * c![0]!) +
          a![2]! * (b![0]! * c![1]! - b![1]! * c![0]!),
      ),
    );
    const positive = signs.filter((sign) => sign > 0).length;
    expect(Math.abs(positive - 150)).toBeLessThan(5 * Math.sqrt(75));
    expect(() => init.orthogonal([3])).toThrow(ShapeError);
  });

  test("sparse: a share of each column is 0, the rest normal", () => {
    const w = init.sparse([50, 80], { sparsity: 0.33, std: 0.2, dtype });
    const zeroes = numbers(w.equal(0).cast("i32").sum({ axis: 0 }));
    expect(new Set(zeroes)).toEqual(new Set([17])); // ⌈0.33·50⌉
    const rows = numbers(w.equal(0).cast("i32").sum({ axis: 1 }));
    expect(Math.max(...rows)).toBeGreaterThan(Math.min(...rows));
    const kept = numbers(w).filter((v) => v !== 0);
    const mean = kept.reduce((a, b) => a + b, 0) / kept.length;
    const variance = kept.reduce((a, b) => a + b * b, 0) / kept.length;
    expect(Math.abs(mean)).toBeLessThan((5 * 0.2) / Math.sqrt(kept.length));
    expect(Math.abs(variance / 0.04 - 1)).toBeLessThan(5 * Math.sqrt(2 / kept.length));
    expect(() => init.sparse([2, 2], { sparsity: 1.5 })).toThrow(RangeError);
    expect(() => init.sparse([2], { sparsity: 0.5 })).toThrow(ShapeError);
  });

  test("truncated normal: within its ends, with the moments of what is left", () => {
    setDefaultDevice(quickest);
    const x = init.truncatedNormal([20_000], { std: 1 });
    const { mean, variance } = moments(x);
    expect(x.abs().amax().itemSync()).toBeLessThanOrEqual(2);
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(0.774 / 20_000));
    // 1 − 2·2·φ(2)/(2Φ(2) − 1)
    expect(Math.abs(variance - 0.7737413)).toBeLessThan(0.03);
    const shifted = init.truncatedNormal([5000], { mean: 1, std: 2, low: 0.5, high: 3 });
    expect(shifted.amin().itemSync()).toBeGreaterThanOrEqual(0.5);
    expect(shifted.amax().itemSync()).toBeLessThanOrEqual(3);
  });

  test("chains of variance need a depth", () => {
    expect(() => init.varianceTargeted([2], { depth: 0 })).toThrow(RangeError);
    expect(() => init.varianceTargeted([2], { depth: 2, variance: -1 })).toThrow(RangeError);
  });
});

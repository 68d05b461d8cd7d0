// The rows of Feed-forward networks that are about learning: the five parts, the loop, ±1 labels.

import { beforeEach, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { concat } from "../../src/tensor/functions.ts";
import { Generator, seed } from "../../src/tensor/generator.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { gradientDescent, type LearningAlgorithm, learn } from "../../src/train/index.ts";
import { setDefaultDevice } from "../support/devices.ts";

const dtype = "f64";
const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];
type Line = { w: Tensor; b: Tensor };

beforeEach(() => {
  setDefaultDevice("reference");
  seed(4);
});

const f64 = (values: number[]): Tensor => tensor(values, { dtype });
/** Made anew in each test, on its device. */
const makeLine = () => ({
  data: { x: f64([-1, 0, 1, 2]), y: f64([-1, 1, 3, 5]) },
  model: (x: Tensor, { w, b }: Line) => x.mul(w).add(b),
  parameters: { w: f64([0]).reshape([]), b: f64([0]).reshape([]) },
  objective: (prediction: Tensor, y: Tensor) => nn.mseLoss(prediction, y),
});

test("FF-01 a run uses data, model, parameters, algorithm and objective, and nothing else", async () => {
  const line = makeLine();
  const used = new Set<string | symbol>();
  const setup = new Proxy(
    { ...line, algorithm: gradientDescent<Line> },
    {
      get(target, key, receiver) {
        used.add(key);
        return Reflect.get(target, key, receiver);
      },
    },
  );
  const θ = await learn(setup, { lr: 0.2, maxIterations: 120 });
  expect([...used].sort()).toEqual(["algorithm", "data", "model", "objective", "parameters"]);
  expect(θ.w.itemSync()).toBeCloseTo(2, 6);
  expect(θ.b.itemSync()).toBeCloseTo(1, 6);
  // θ₀ is as it was, and another algorithm may stand in: differences along the axes.
  expect(line.parameters.w.itemSync()).toBe(0);
  const byDifferences: LearningAlgorithm<Line> = (objective, at) => {
    const slope = (name: keyof Line): Tensor => {
      const [up, down] = [1e-4, -1e-4].map((h) =>
        objective({ ...at, [name]: at[name].add(h) }),
      ) as [Tensor, Tensor];
      return down.sub(up).div(2e-4);
    };
    return { w: slope("w"), b: slope("b") };
  };
  const same = await learn({ ...line, algorithm: byDifferences }, { lr: 0.2, maxIterations: 120 });
  expect(same.w.itemSync()).toBeCloseTo(θ.w.itemSync(), 6);
  // One update is θ + η·Δθ.
  const one = await learn(
    { ...line, algorithm: (_, at: Line) => ({ w: at.w.add(3), b: at.b.sub(1) }) },
    { lr: 0.5, maxIterations: 1 },
  );
  expect([one.w.itemSync(), one.b.itemSync()]).toEqual([1.5, -0.5]);
});

test("FF-20 exactly maxIterations updates are made, counted from 1, and a seed repeats them", async () => {
  const line = makeLine();
  const start = (from: number): Line => {
    const generator = new Generator(from);
    return { w: randn([], { dtype, generator }), b: randn([], { dtype, generator }) };
  };
  const run = async (from: number, maxIterations: number): Promise<number[][]> => {
    const path: number[][] = [];
    await learn(
      { ...line, parameters: start(from), algorithm: gradientDescent<Line> },
      {
        lr: 0.1,
        maxIterations,
        onIteration: (t, θ) => void path.push([t, θ.w.itemSync(), θ.b.itemSync()]),
      },
    );
    return path;
  };
  const path = await run(7, 25);
  expect(path.map(([t]) => t)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  expect(await run(7, 25)).toEqual(path);
  expect(await run(8, 25)).not.toEqual(path);
  // Each is the one before minus η·∇L, ∇L by hand.
  const { x, y } = { x: numbers(line.data.x), y: numbers(line.data.y) };
  const [, w, b] = path[10] as [number, number, number];
  const rest = x.map((v, i) => w * v + b - y[i]!);
  const byW = (2 / 4) * rest.reduce((sum, r, i) => sum + r * x[i]!, 0);
  expect(path[11]![1]).toBeCloseTo(w - 0.1 * byW, 13);
  expect(await run(7, 0)).toEqual([]);
  let count = 0;
  await learn(
    { ...line, algorithm: (_, at: Line) => at },
    { lr: 0, onIteration: () => void count++ },
  );
  expect(count).toBe(1000);
  await expect(run(1, 1.5)).rejects.toThrow(/maxIterations must be a whole number/);
});

test("FF-21 a tanh classifier with ±1 labels learns two blobs; saturated, its loss is 4 times the error rate", async () => {
  const blob = (centre: readonly number[]): Tensor =>
    randn([40, 2], { dtype })
      .mul(0.5)
      .add(f64([...centre]));
  const x = concat([blob([1.5, 1]), blob([-1.5, -1])]);
  const labels = f64(Array.from({ length: 80 }, (_, i) => (i < 40 ? 1 : -1)));
  type Weights = { w: Tensor; b: Tensor };
  const score = (at: Tensor, { w, b }: Weights): Tensor =>
    at.matmul(w.unsqueeze(1)).squeeze(1).add(b);
  const losses: number[] = [];
  const θ = await learn(
    {
      data: { x, y: labels },
      model: score,
      parameters: { w: randn([2], { dtype }), b: randn([], { dtype }) },
      algorithm: gradientDescent<Weights>,
      objective: (f, b) => nn.tanhSquaredLoss(f, b),
    },
    {
      lr: 0.5,
      maxIterations: 200,
      onIteration: (t, at) => {
        if (t % 50 === 0) losses.push(nn.tanhSquaredLoss(score(x, at), labels).itemSync());
      },
    },
  );
  const choice = score(x, θ).greater(0).cast(dtype).mul(2).sub(1);
  expect(choice.equal(labels).cast(dtype).mean().itemSync()).toBe(1);
  for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThan(losses[i - 1]!);
  // 3 of 80 wrong, all outputs at ±1.
  const wrong = labels.mul(f64(Array.from({ length: 80 }, (_, i) => (i % 30 === 7 ? -1 : 1))));
  const errors = wrong.notEqual(labels).cast(dtype).mean().itemSync();
  expect(errors).toBe(3 / 80);
  expect(nn.tanhSquaredLoss(wrong.mul(50), labels).itemSync()).toBeCloseTo(4 * errors, 14);
  expect(
    new nn.TanhSquaredLoss({ reduction: "sum" }).forward(wrong.mul(50), labels).itemSync(),
  ).toBe(12);
});

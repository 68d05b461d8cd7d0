// L-BFGS against PyTorch: ten steps of each run, with and without line search, on every device. A step
// is several directions, each made of differences of gradients. Ten updates from given gradients.

import { beforeEach, describe, expect, test } from "vitest";
import { LBFGS, type LBFGSOptions } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { arange, ones, tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose, expectTensor, type Float, golden, type Row, tensorOf } from "../nn/golden.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

type Parameters = Record<string, Parameter>;

type Options = { line_search_fn?: string; max_iter: number; lr?: number; history_size?: number };

const { x, y, runs, given } = golden<{
  x: Row;
  y: Row;
  runs: {
    problem: "bowl" | "valley" | "network";
    options: Options;
    start: Record<string, Row>;
    losses: number[];
    path: Record<string, Row>[];
  }[];
  given: {
    start: Record<string, Row>;
    gradients: Record<string, Row>[];
    runs: { options: Options; path: Record<string, Row>[] }[];
  };
}>("optim/lbfgs.json");

const losses: Record<string, (p: Parameters) => Tensor> = {
  bowl: ({ w }) =>
    w!
      .sub(1)
      .square()
      .mul(arange(1, 5, { dtype: "f64" }))
      .sum(),
  valley: ({ w }) => {
    const [a, b] = [w!.at(0), w!.at(1)];
    return a.neg().add(1).square().add(b.sub(a.square()).square().mul(100));
  },
  network: ({ w, b, v }) =>
    tensorOf(x, "f64")
      .matmul(w!.T)
      .add(b!)
      .tanh()
      .matmul(v!)
      .sub(tensorOf(y, "f64"))
      .square()
      .mean(),
};

const optionsOf = (options: Options): LBFGSOptions => ({
  lineSearch: options.line_search_fn === undefined ? "none" : "strongWolfe",
  maxIterations: options.max_iter,
  lr: options.lr,
  history: options.history_size,
});

const parametersOf = (start: Record<string, Row>, dtype: Float = "f64"): Parameters =>
  Object.fromEntries(
    Object.entries(start).map(([name, row]) => [name, new Parameter(tensorOf(row, dtype))]),
  );

describe.each(devicesHere)("LBFGS on %s", (device) => {
  beforeEach(() => setDefaultDevice(device));

  test.each(runs.map((run) => [`${run.problem} ${JSON.stringify(run.options)}`, run] as const))(
    "%s",
    async (_, run) => {
      const p = parametersOf(run.start);
      const optimizer = new LBFGS(p, optionsOf(run.options));
      const closure = () => losses[run.problem]!(p);
      // Forty directions along a curved valley make more of a rounding than ten updates do.
      const tolerance = run.options.max_iter > 3 ? 1e-11 : 1e-12;
      const found: number[] = [];
      for (const i of run.losses.keys()) {
        found.push(await optimizer.step(closure));
        for (const [name, row] of Object.entries(run.path[i]!)) {
          expectTensor(p[name]!, row, tolerance, `step ${i}, ${name}`);
        }
      }
      expectClose(found, run.losses, tolerance, "losses");
    },
  );

  test.each(
    given.runs.flatMap((run) =>
      (["f64", "f32"] as const).map(
        (dtype) => [`${JSON.stringify(run.options)} ${dtype}`, run, dtype] as const,
      ),
    ),
  )("ten updates from given gradients %s", async (_, { options, path }, dtype) => {
    const p = parametersOf(given.start, dtype);
    const optimizer = new LBFGS(p, optionsOf(options));
    for (const [i, g] of given.gradients.entries()) {
      const products = Object.entries(g).map(([name, row]) =>
        p[name]!.mul(tensorOf(row, dtype)).sum(),
      );
      await optimizer.step(() => products.reduce((sum, one) => sum.add(one)));
      for (const [name, row] of Object.entries(path[i]!)) {
        expectTensor(p[name]!, row, dtype === "f64" ? 1e-12 : 1e-6, `step ${i}, ${name}`);
      }
    }
  });
});

test("a quadratic is solved in a few steps, in f32 too; what is frozen stays", async () => {
  setDefaultDevice("reference");
  const w = new Parameter(tensor([3, -2, 7]));
  const still = new Parameter(ones([2]));
  still.requiresGrad = false;
  const optimizer = new LBFGS({ w, still }, { lineSearch: "strongWolfe" });
  const loss = () =>
    w
      .sub(tensor([1, 2, 3]))
      .square()
      .mul(tensor([1, 10, 100]))
      .sum();
  await optimizer.step(loss);
  expectClose(w.dataSync(), [1, 2, 3], 1e-5);
  expect(still.arraySync()).toEqual([1, 1]);
});

test("a run goes on from its state dict as if it had not stopped; one of other parameters is refused", async () => {
  setDefaultDevice("reference");
  const run = runs.find(({ problem, options }) => problem === "valley" && options.history_size)!;
  const half = (p: Parameters, optimizer: LBFGS) => async () => {
    for (let i = 0; i < 4; i++) await optimizer.step(() => losses.valley!(p));
  };
  const p = parametersOf(run.start);
  const optimizer = new LBFGS(p, optionsOf(run.options));
  const fresh = optimizer.stateDict();
  expect(fresh.change!.shape).toEqual([0, 2]);
  await half(p, optimizer)();
  const state = optimizer.stateDict();
  const other = { w: new Parameter(p.w!.detach()) };
  const resumed = new LBFGS(other, optionsOf(run.options));
  expect(resumed.loadStateDict(state)).toEqual({ missing: [], unexpected: [] });
  await half(p, optimizer)();
  await half(other, resumed)();
  expect(other.w.arraySync()).toEqual(p.w!.arraySync());
  expect(resumed.stateDict().move!.arraySync()).toEqual(optimizer.stateDict().move!.arraySync());
  expect(state.move!.arraySync()).not.toEqual(optimizer.stateDict().move!.arraySync());
  expect(() => new LBFGS([new Parameter(ones([3]))]).loadStateDict(state)).toThrow(
    /LBFGS.loadStateDict: .*change is \[3, 2\], not \[3, 3\]/,
  );
  expect(() => resumed.loadStateDict({ ...fresh, m: ones([]) })).toThrow(/unexpected: m/);
});

test("what is frozen or thawed on the way starts the memory anew", async () => {
  setDefaultDevice("reference");
  const [w, v] = [new Parameter(tensor([3, -2])), new Parameter(tensor([5]))];
  const optimizer = new LBFGS({ w, v }, { lineSearch: "strongWolfe" });
  const loss = () =>
    w
      .square()
      .mul(tensor([1, 10]))
      .sum()
      .add(v.square().sum());
  v.requiresGrad = false;
  await optimizer.step(loss);
  expect(v.arraySync()).toEqual([5]);
  v.requiresGrad = true;
  await optimizer.step(loss);
  expectClose(v.dataSync(), [0], 1e-5);
});

// L-BFGS against PyTorch: ten steps of each run, with and without line search, on every device. A step
// is several directions, each made of differences of gradients, which lose digits near the end.

import { beforeEach, describe, expect, test } from "vitest";
import { LBFGS, type LBFGSOptions } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { arange, ones, tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose, expectTensor, golden, type Row, tensorOf } from "../nn/golden.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

type Parameters = Record<string, Parameter>;

const { x, y, runs } = golden<{
  x: Row;
  y: Row;
  runs: {
    problem: "bowl" | "valley" | "network";
    options: { line_search_fn?: string; max_iter: number; lr?: number; history_size?: number };
    start: Record<string, Row>;
    losses: number[];
    path: Record<string, Row>[];
  }[];
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

const optionsOf = ({
  line_search_fn,
  max_iter,
  lr,
  history_size,
}: (typeof runs)[0]["options"]) => ({
  lineSearch: line_search_fn === undefined ? "none" : "strongWolfe",
  maxIterations: max_iter,
  lr,
  history: history_size,
});

describe.each(devicesHere)("LBFGS on %s", (device) => {
  beforeEach(() => setDefaultDevice(device));

  test.each(runs.map((run) => [`${run.problem} ${JSON.stringify(run.options)}`, run] as const))(
    "%s",
    async (_, run) => {
      const p: Parameters = Object.fromEntries(
        Object.entries(run.start).map(([name, row]) => [name, new Parameter(tensorOf(row, "f64"))]),
      );
      const optimizer = new LBFGS(p, optionsOf(run.options) as LBFGSOptions);
      const closure = () => losses[run.problem]!(p);
      for (const [i, wanted] of run.losses.entries()) {
        const loss = await optimizer.step(closure);
        expectClose([loss], [wanted], 1e-10, `loss ${i}`);
        for (const [name, row] of Object.entries(run.path[i]!)) {
          expectTensor(p[name]!, row, 1e-10, `step ${i}, ${name}`);
        }
      }
    },
  );
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

// Muon by its formula, and what it refuses.

import { beforeEach, describe, expect, test } from "vitest";
import { ShapeError } from "../../src/ir/errors.ts";
import { Muon } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { ones } from "../../src/tensor/create.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectTensor, tensorOf } from "../nn/golden.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { renamed, values } from "./golden-runs.ts";

describe.each(devicesHere)("Muon on %s", (device) => {
  beforeEach(() => setDefaultDevice(device));

  test.each(
    values.muon.flatMap((run) =>
      (["f64", "f32"] as const).map(
        (dtype) => [`${JSON.stringify(run.options)} ${dtype}`, run, dtype] as const,
      ),
    ),
  )("ten updates of a wide and a tall matrix %s", (_, { options, path }, dtype) => {
    const { adjust = "original", ...others } = renamed("Muon", options);
    const chosen = adjust === "original" ? "original" : "matchRmsAdamW";
    const start = tensorOf(values.start.a, dtype);
    const [a, b] = [new Parameter(start), new Parameter(start.T)];
    const optimizer = new Muon({ a, b }, { ...others, adjust: chosen });
    const step = compile((g: Tensor) => optimizer.step({ a: g, b: g.T }));
    for (const [i, given] of values.gradients.entries()) {
      step(tensorOf(given.a, dtype));
      const tolerance = dtype === "f64" ? 1e-12 : 1e-6;
      expectTensor(a, path[i]!.a, tolerance, `step ${i}, a`);
      expectTensor(b, path[i]!.b, tolerance, `step ${i}, b`);
    }
    expect(step.traceCount).toBe(1);
  });
});

test("a step has singular values around 1, whatever the gradient's; vectors are refused", () => {
  setDefaultDevice("reference");
  const w = new Parameter(randn([4, 6], { dtype: "f64" }).mul(1e3));
  const before = w.snapshot();
  const g = randn([4, 6], { dtype: "f64" }).mul(1e-3);
  new Muon([w], { lr: 1, weightDecay: 0 }).step([g]);
  const move = w.sub(before);
  const gram = move.matmul(move.T); // its eigenvalues are the squares of the singular values
  const trace = gram.trace().itemSync();
  expect(trace).toBeGreaterThan(4 * 0.6 ** 2);
  expect(trace).toBeLessThan(4 * 1.3 ** 2);
  expect(() => new Muon([new Parameter(ones([3]))]).step([ones([3])])).toThrow(ShapeError);
});

// Ten updates of every method against PyTorch, eager and compiled; ten steps of a network; clipping.

import { beforeEach, describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { clipByNorm, globalNorm, type Optimizer, SparseAdam } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { ones, tensor } from "../../src/tensor/create.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { expectClose, expectTensor, tensorOf } from "../nn/golden.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectRun, methods, renamed, values } from "./golden-runs.ts";

const { runs, someRows, inputs, labels, first, networks, clipped } = values;

describe.each(devicesHere)("optimisers on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  test.each(
    runs.flatMap((run) =>
      (["f64", "f32"] as const).map(
        (dtype) =>
          [`${run.kind} ${JSON.stringify([run.options, run.group])} ${dtype}`, run, dtype] as const,
      ),
    ),
  )("%s", (_, run, dtype) => expectRun(run, dtype));

  test("SparseAdam leaves rows that a step did not read as they were, moments too", () => {
    const p = new Parameter(ones([4, 2], { dtype: "f64" }));
    const optimizer = new SparseAdam([p], { lr: 0.1, betas: [0.7, 0.9] });
    for (const { gradient, after } of someRows) {
      optimizer.step([tensorOf(gradient, "f64")]);
      expectTensor(p, after, 1e-12);
    }
  });

  test("ten steps of a network by each", () => {
    const x = tensorOf(inputs, "f64");
    const y = tensor(labels, { dtype: "i32" });
    for (const { kind, options, losses, last } of networks) {
      const model = nn.sequential(
        new nn.Linear(4, 5, { dtype: "f64" }),
        nn.tanh,
        new nn.Linear(5, 3, { dtype: "f64" }),
      );
      const weights = Object.entries(first).map(([k, r]) => [k, tensorOf(r, "f64")] as const);
      model.loadStateDict(Object.fromEntries(weights));
      const optimizer: Optimizer<unknown> = new methods[kind](
        model,
        renamed(kind, options),
      ) as never;
      const step = compile(() => {
        const loss = nn.crossEntropy(model.forward(x), y);
        optimizer.step(gradients(loss, model));
        return loss;
      });
      const found = losses.map(() => step().itemSync());
      const what = `${kind} ${JSON.stringify(options)}`;
      expectClose(found, losses, 1e-9, what);
      for (const [name, value] of Object.entries(model.stateDict())) {
        expectTensor(value, last[name]!, 1e-9, `${what}, ${name}`);
      }
    }
  });

  test.each(["f64", "f32"] as const)("clipByNorm in %s", (dtype) => {
    const tolerance = dtype === "f64" ? 1e-12 : 1e-6;
    for (const { limit, order: name, norm, gradients: expected } of clipped) {
      const order = name === "inf" ? Infinity : Number(name);
      const given = values.gradients[0]!;
      const tree = { a: tensorOf(given.a, dtype), b: tensorOf(given.b, dtype) };
      expect(globalNorm(tree, { order }).itemSync()).toBeCloseTo(norm, dtype === "f64" ? 12 : 5);
      const made = clipByNorm(tree, limit, { order });
      expectTensor(made.a, expected.a, tolerance);
      expectTensor(made.b, expected.b, tolerance);
    }
  });
});

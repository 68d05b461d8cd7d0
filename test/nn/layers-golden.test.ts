// Every layer against PyTorch: output, gradients by input and by parameters, and running statistics.

import { beforeAll, describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { treeSymbol } from "../../src/tensor/tree.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectTensor, type Float, golden, type Row, tensorOf, tolerances } from "./golden.ts";

interface Case {
  readonly name: string;
  readonly train: boolean;
  readonly repeats: number;
  readonly input: Row;
  readonly integer: boolean;
  readonly state: Record<string, Row>;
  readonly cotangent: Row;
  readonly output: Row;
  readonly inputGradient: Row | null;
  readonly gradients: Record<string, Row>;
  readonly after: Record<string, Row>;
}

const cases = golden<Case[]>("nn/layers.json");

type LayerModule = nn.Module & nn.Layer;

const make: Record<string, (dtype: Float) => LayerModule> = {
  linear: (dtype) => new nn.Linear(5, 3, { dtype }),
  "linear without bias": (dtype) => new nn.Linear(5, 3, { bias: false, dtype }),
  "linear of a vector": (dtype) => new nn.Linear(3, 2, { dtype }),
  conv2d: (dtype) => new nn.Conv2d(2, 3, 3, { dtype }),
  "conv2d without batch": (dtype) => new nn.Conv2d(2, 3, 3, { padding: 1, dtype }),
  "conv2d stride padding dilation": (dtype) =>
    new nn.Conv2d(2, 4, [3, 2], { stride: [2, 1], padding: [2, 1], dilation: [1, 2], dtype }),
  "conv2d groups": (dtype) => new nn.Conv2d(4, 6, 3, { groups: 2, stride: 2, bias: false, dtype }),
  "conv2d depthwise": (dtype) => new nn.Conv2d(3, 6, 3, { groups: 3, padding: 1, dtype }),
  "conv2d same": (dtype) => new nn.Conv2d(1, 2, 4, { padding: "same", dtype }),
  "conv2d reflect": (dtype) =>
    new nn.Conv2d(1, 2, 3, { padding: [1, 2], paddingMode: "reflect", dtype }),
  "conv2d replicate": (dtype) =>
    new nn.Conv2d(1, 2, 3, { padding: [1, 2], paddingMode: "replicate", dtype }),
  "conv2d circular": (dtype) =>
    new nn.Conv2d(1, 2, 3, { padding: [1, 2], paddingMode: "circular", dtype }),
  "conv2d pointwise": (dtype) => new nn.Conv2d(3, 2, 1, { stride: 2, dtype }),
  maxPool2d: () => new nn.MaxPool2d(2),
  "maxPool2d stride padding": () => new nn.MaxPool2d(3, { stride: 2, padding: 1 }),
  "maxPool2d dilation": () => new nn.MaxPool2d([2, 3], { stride: 1, dilation: 2 }),
  "maxPool2d ceil": () => new nn.MaxPool2d(3, { stride: 2, ceilMode: true }),
  "maxPool2d ceil padding": () => new nn.MaxPool2d(2, { stride: 3, padding: 1, ceilMode: true }),
  avgPool2d: () => new nn.AvgPool2d(2),
  "avgPool2d padding": () => new nn.AvgPool2d(3, { stride: 2, padding: 1 }),
  "avgPool2d padding not counted": () =>
    new nn.AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false }),
  "avgPool2d ceil": () => new nn.AvgPool2d(3, { stride: 2, padding: 1, ceilMode: true }),
  "avgPool2d ceil not counted": () =>
    new nn.AvgPool2d(3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
  flatten: () => new nn.Flatten(),
  "flatten from 0 to 1": () => new nn.Flatten({ start: 0, end: 1 }),
  relu: () => new nn.ReLU(),
  sigmoid: () => new nn.Sigmoid(),
  tanh: () => new nn.Tanh(),
  gelu: () => new nn.GELU(),
  "gelu tanh": () => new nn.GELU({ approximate: "tanh" }),
  softmax: () => new nn.Softmax(),
  "softmax axis 1": () => new nn.Softmax({ axis: 1 }),
  layerNorm: (dtype) => new nn.LayerNorm(6, { dtype }),
  "layerNorm two axes": (dtype) => new nn.LayerNorm([3, 4], { eps: 1e-3, dtype }),
  "layerNorm plain": (dtype) => new nn.LayerNorm(6, { elementwiseAffine: false, dtype }),
  batchNorm2d: (dtype) => new nn.BatchNorm2d(3, { dtype }),
  "batchNorm2d eval": (dtype) => new nn.BatchNorm2d(3, { dtype }),
  "batchNorm2d twice": (dtype) => new nn.BatchNorm2d(2, { momentum: 0.3, eps: 1e-3, dtype }),
  "batchNorm2d cumulative": (dtype) => new nn.BatchNorm2d(2, { momentum: null, dtype }),
  "batchNorm2d plain": (dtype) => new nn.BatchNorm2d(2, { affine: false, dtype }),
  "batchNorm2d untracked eval": (dtype) =>
    new nn.BatchNorm2d(2, { trackRunningStats: false, dtype }),
  embedding: (dtype) => new nn.Embedding(5, 3, { dtype }),
  "embedding padding": (dtype) => new nn.Embedding(5, 3, { paddingIdx: 1, dtype }),
  "embedding padding from the end": (dtype) => new nn.Embedding(4, 2, { paddingIdx: -1, dtype }),
};

test("every golden layer is made, and every layer made is golden", () => {
  expect(cases.map((c) => c.name).sort()).toEqual(Object.keys(make).sort());
});

interface Results {
  readonly y: Tensor;
  readonly x: readonly Tensor[];
  readonly parameters: Record<string, Tensor>;
  readonly after: Record<string, Tensor>;
}

/** Everything that a case computes, not yet computed. */
function prepare(c: Case, dtype: Float): Results {
  const layer = make[c.name]!(dtype).train(c.train);
  const cells = new Map([...layer[treeSymbol]()]);
  layer.loadStateDict(
    Object.fromEntries(
      Object.entries(c.state).map(([key, row]) => [
        key,
        tensorOf(row, cells.get(key)!.dtype as Float | "i32"),
      ]),
    ),
  );
  const x = tensorOf(c.input, c.integer ? "i32" : dtype);
  for (let i = 1; i < c.repeats; i++) layer.forward(x);
  const y = layer.forward(x);
  const loss = y.mul(tensorOf(c.cotangent, dtype)).sum();
  const found = gradients(loss, { x: c.integer ? [] : [x], parameters: layer.parameters() });
  return { y, ...found, after: layer.stateDict() };
}

describe.each(devicesHere)("layers against PyTorch on %s", (device) => {
  describe.each(["f64", "f32"] as const)("%s", (dtype) => {
    const results = new Map<string, Results>();
    const tolerance = tolerances[dtype];

    // All cases are one program: one run of the compiler.
    beforeAll(() => {
      setDefaultDevice(device);
      for (const c of cases) results.set(c.name, prepare(c, dtype));
      realizeSync(Object.fromEntries(results));
    });

    test.each(cases.map((c) => [c.name, c] as const))("%s", (_, c) => {
      const { y, x, parameters, after } = results.get(c.name)!;
      expect(y.dtype).toBe(dtype);
      expectTensor(y, c.output, tolerance, "output");
      if (c.inputGradient !== null) expectTensor(x[0]!, c.inputGradient, tolerance, "input");
      expect(Object.keys(parameters)).toEqual(Object.keys(c.gradients));
      for (const [name, row] of Object.entries(c.gradients)) {
        expectTensor(parameters[name]!, row, tolerance, name);
      }
      expect(Object.keys(after)).toEqual(Object.keys(c.after));
      for (const [name, row] of Object.entries(c.after)) {
        expectTensor(after[name]!, row, tolerance, name);
      }
    });
  });
});

// Every loss against PyTorch with all options and reductions, and what goes wrong with labels.

import { beforeEach, describe, expect, test } from "vitest";
import { IndexError, ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectTensor, type Float, golden, type Row, tensorOf, tolerances } from "./golden.ts";

interface Case {
  readonly name: "cross_entropy" | "mse_loss" | "binary_cross_entropy_with_logits";
  readonly options: {
    reduction: nn.Reduction;
    label_smoothing?: number;
    ignore_index?: number;
  };
  readonly tensors: { weight?: Row; pos_weight?: Row };
  readonly input: Row;
  readonly target: Row;
  readonly integer: boolean;
  readonly cotangent: Row;
  readonly output: Row;
  readonly gradient: Row;
}

const cases = golden<Case[]>("nn/losses.json");

function lossOf(c: Case, x: Tensor, y: Tensor, dtype: Float): Tensor {
  const { reduction, label_smoothing: labelSmoothing, ignore_index: ignoreIndex } = c.options;
  const { weight: w, pos_weight: p } = c.tensors;
  const weight = w === undefined ? undefined : tensorOf(w, dtype);
  const posWeight = p === undefined ? undefined : tensorOf(p, dtype);
  if (c.name === "mse_loss") return nn.mseLoss(x, y, { reduction });
  if (c.name === "cross_entropy") {
    return nn.crossEntropy(x, y, { reduction, labelSmoothing, ignoreIndex, weight });
  }
  return nn.binaryCrossEntropyWithLogits(x, y, { reduction, weight, posWeight });
}

const title = (c: Case): string =>
  `${c.name} ${JSON.stringify(c.options)} ${Object.keys(c.tensors).join(" ")} of [${c.input.shape}] ${c.integer ? "labels" : "floats"}`;

describe.each(devicesHere)("losses on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  test.each(["f64", "f32"] as const)("PyTorch's values and gradients in %s", (dtype) => {
    const results = cases.map((c) => {
      const x = tensorOf(c.input, dtype);
      const y = lossOf(c, x, tensorOf(c.target, c.integer ? "i32" : dtype), dtype);
      return [y, ...gradients(y.mul(tensorOf(c.cotangent, dtype)).sum(), [x])] as const;
    });
    realizeSync(results);
    for (const [i, c] of cases.entries()) {
      const [y, gradient] = results[i]!;
      expect(y.dtype, title(c)).toBe(dtype);
      expectTensor(y, c.output, tolerances[dtype], title(c));
      expectTensor(gradient!, c.gradient, tolerances[dtype], title(c));
    }
  });

  test("labels of every integer type", () => {
    const x = tensor([
      [0.5, -1, 2],
      [1, 0.25, 0],
    ]);
    const expected = nn.crossEntropy(x, tensor([2, 0], { dtype: "i32" })).itemSync();
    for (const dtype of ["u8", "u32"] as const) {
      expect(nn.crossEntropy(x, tensor([2, 0], { dtype })).itemSync()).toBe(expected);
    }
  });

  test("a label that is no class is an IndexError on reading, ignoreIndex is not", () => {
    const x = tensor([
      [0.5, 0.5, 0.5],
      [1, 1, 1],
    ]);
    const labels = (a: number, b: number): Tensor => tensor([a, b], { dtype: "i32" });
    expect(() => nn.crossEntropy(x, labels(0, 3)).itemSync()).toThrow(IndexError);
    expect(() => nn.crossEntropy(x, labels(-1, 0)).itemSync()).toThrow(/-1/);
    expect(nn.crossEntropy(x, labels(0, -100)).itemSync()).toBeCloseTo(Math.log(3), 6);
    expect(nn.crossEntropy(x, labels(7, 1), { ignoreIndex: 7 }).itemSync()).toBeCloseTo(
      Math.log(3),
      6,
    );
    expect(nn.crossEntropy(x, labels(-100, -100)).itemSync()).toBeNaN();
    expect(nn.crossEntropy(x, labels(-100, -100), { reduction: "sum" }).itemSync()).toBe(0);
  });

  test("a label that is no class of the adaptive softmax is one too", () => {
    const softmax = new nn.AdaptiveLogSoftmaxWithLoss(16, 9, [2, 5]);
    const x = zeros([2, 16]);
    const of = (label: number) => softmax.forward(x, tensor([label, 8], { dtype: "i32" }));
    for (const label of [-1, 9, 12]) {
      expect(() => of(label).loss.itemSync()).toThrow(IndexError);
      expect(() => of(label).output.dataSync()).toThrow(new RegExp(`index ${label} `));
    }
    expect(of(0).loss.itemSync()).toBeGreaterThan(0);
  });

  test("large logits stay finite", () => {
    const x = tensor([[1e4, -1e4, 0]]);
    const y = nn.crossEntropy(x, tensor([1], { dtype: "i32" }));
    const [g] = gradients(y, [x]);
    expect(y.itemSync()).toBe(2e4);
    expect(g!.arraySync()).toEqual([[1, -1, 0]]);
  });
});

test("shapes that do not fit are named", () => {
  const labels = tensor([0, 1], { dtype: "i32" });
  expect(() => nn.crossEntropy(zeros([3, 4]), labels)).toThrow(ShapeError);
  expect(() => nn.crossEntropy(zeros([3, 4]), labels)).toThrow(
    /\[3, 4\] take labels \[3\], not \[2\]/,
  );
  expect(() => nn.crossEntropy(zeros([2, 4]), labels, { weight: zeros([3]) })).toThrow(/\[4\]/);
  expect(() => nn.crossEntropy(zeros([2, 4]), zeros([2, 3]))).toThrow(ShapeError);
  expect(() => nn.crossEntropy(zeros([]), zeros([]))).toThrow(ShapeError);
  expect(() => nn.crossEntropy(zeros([2, 4]), zeros([2], { dtype: "bool" }))).toThrow(/integers/);
  expect(() => nn.mseLoss(zeros([3, 1]), zeros([3]))).toThrow(/one shape/);
  expect(() => nn.binaryCrossEntropyWithLogits(zeros([3, 1]), zeros([3]))).toThrow(ShapeError);
});

// Parameters that are computed from others, and what else changes layers as a whole: spectral
// normalisation, masks, a normalisation taken into the layer before it, parameters as one vector.

import { beforeEach, describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { eye, ones, tensor } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { drawn, numbers } from "./differences.ts";
import { expectClose } from "./golden.ts";

const dtype = "f64";

beforeEach(() => {
  setDefaultDevice("reference");
  seed(4);
});

test("a weight that is symmetric by how it is computed stays so while it is trained", () => {
  const layer = nn.reparametrize(new nn.Linear(3, 3, { bias: false, dtype }), {
    parts: (weight) => ({ half: new Parameter(weight) }),
    value: ({ half }) => half.add(half.T).div(2),
  });
  expect(Object.keys(layer.stateDict())).toEqual(["weight_half"]);
  expect(nn.isReparametrized(layer)).toBe(true);
  const [x, y] = [drawn(6, 3), drawn(6, 3)];
  const optimizer = new SGD(layer.parameters(), { lr: 0.1 });
  const before = numbers(layer.weight);
  const step = compile(() =>
    optimizer.step(gradients(nn.mseLoss(layer.forward(x), y), layer.parameters())),
  );
  for (let i = 0; i < 3; i++) step();
  expect(step.traceCount).toBe(1);
  expect(numbers(layer.weight)).not.toEqual(before);
  expect(numbers(layer.weight.T)).toEqual(numbers(layer.weight));
  const trained = numbers(layer.weight);
  nn.removeReparametrization(layer);
  expect(nn.isReparametrized(layer)).toBe(false);
  expect(Object.keys(layer.stateDict())).toEqual(["weight"]);
  expect(numbers(layer.weight)).toEqual(trained);
});

describe("spectral normalisation", () => {
  test("stretches nothing, and passes in training alone find out by how much", () => {
    const layer = nn.spectralNormalization(new nn.Linear(5, 4, { bias: false, dtype }));
    const x = drawn(2, 5);
    const norm = (): number => nn.spectralNorm(layer.weight).itemSync();
    for (let i = 0; i < 30; i++) layer.forward(x);
    expect(norm()).toBeCloseTo(1, 6);
    const { weight_u: u } = layer.stateDict();
    layer.eval().forward(x);
    expect(layer.stateDict().weight_u!.dataSync()).toEqual(u!.dataSync());
  });

  test("of two fields is taken off one by one", () => {
    const cell = new nn.RNNCell(3, 2, { dtype });
    const names = ["weightIh", "weightHh"];
    for (const name of names) nn.spectralNormalization(cell, { name });
    const u = (): number[] => numbers(cell.stateDict().weightHh_u!);
    const before = u();
    (cell.parameters() as Record<string, Parameter>).weightHh_orig!.assign(drawn(2, 2));
    nn.removeSpectralNormalization(cell, "weightIh").forward(drawn(1, 3));
    expect(u()).not.toEqual(before);
    nn.removeSpectralNormalization(cell, "weightHh");
    expect(Object.hasOwn(cell, "forward")).toBe(false);
    expect(Object.keys(cell.parameters()).sort()).toEqual(
      Object.keys(new nn.RNNCell(3, 2).parameters()).sort(),
    );
  });
});

test.each([
  [3, 3],
  [2, 4],
  [5, 3],
])("a weight [%i, %i] is orthogonal, and stays so while it is trained", (out, inputs) => {
  const layer = new nn.Linear(inputs, out, { bias: false, dtype });
  const start = nn.init.orthogonal([out, inputs], { dtype });
  layer.weight.assign(start);
  nn.orthogonalParametrization(layer);
  expectClose(numbers(layer.weight), numbers(start), 1e-13);
  const [x, y] = [drawn(6, inputs), drawn(6, out)];
  const optimizer = new SGD(layer.parameters(), { lr: 0.3 });
  const losses = Array.from({ length: 4 }, () => {
    const loss = nn.mseLoss(layer.forward(x), y);
    optimizer.step(gradients(loss, layer.parameters()));
    return loss.itemSync();
  });
  expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  const w = out < inputs ? layer.weight : layer.weight.T;
  const few = Math.min(out, inputs);
  expectClose(numbers(w.matmul(w.T)), numbers(eye(few, { dtype })), 1e-13);
});

test("what a mask cut off stays 0 while the rest is trained", () => {
  const layer = new nn.Linear(4, 3, { dtype });
  const mask = nn.randomMask(layer.weight, { share: 0.5 });
  expect(mask.cast("i32").sum().itemSync()).toBe(6);
  nn.maskParameter(layer, mask);
  const optimizer = new SGD(layer.parameters(), { lr: 0.5 });
  const x = drawn(5, 4);
  for (let i = 0; i < 2; i++) optimizer.step(gradients(layer.forward(x).square().mean(), layer));
  expect(numbers(layer.weight.notEqual(0))).toEqual(numbers(mask));
  const rows = nn.randomMask(ones([6, 2]), { share: 0.5, axis: 0 }).cast("i32");
  expect(numbers(rows.sum({ axis: 1 })).sort()).toEqual([0, 0, 0, 2, 2, 2]);
});

/** A normalisation whose running statistics and parameters are no ones and zeros. */
function trained(norm: nn.BatchNorm1d | nn.BatchNorm2d): nn.BatchNorm1d | nn.BatchNorm2d {
  const { channels } = norm;
  const state = {
    weight: drawn(channels),
    bias: drawn(channels),
    running_mean: drawn(channels),
    running_var: drawn(channels).square().add(0.5),
  };
  norm.loadStateDict(state, { strict: false });
  return norm.eval();
}

test.each([
  ["Linear", () => new nn.Linear(4, 6, { dtype }), [3, 4]],
  ["Conv2d without bias", () => new nn.Conv2d(4, 6, 2, { bias: false, dtype }), [2, 4, 3, 3]],
  ["Conv2d in groups", () => new nn.Conv2d(4, 6, 2, { groups: 2, dtype }), [2, 4, 3, 3]],
  ["ConvTranspose2d", () => new nn.ConvTranspose2d(4, 6, 2, { groups: 2, dtype }), [1, 4, 2, 2]],
] as const)("a normalisation after %s is taken into it", (_, make, shape) => {
  const layer = make();
  const norm = trained(
    shape.length === 2 ? new nn.BatchNorm1d(6, { dtype }) : new nn.BatchNorm2d(6, { dtype }),
  );
  const x = drawn(...shape);
  const expected = numbers(norm.forward(layer.forward(x)));
  expectClose(numbers(nn.fuseBatchNorm(layer, norm).forward(x)), expected, 1e-13);
});

test("parameters go into a vector and back, tied ones once", () => {
  const [one, other] = [new nn.Linear(2, 3, { dtype }), new nn.Linear(3, 2, { dtype })];
  const model = nn.sequential(one, other, one);
  const vector = nn.parametersToVector(model);
  expect(vector.shape).toEqual([17]);
  const [slope] = gradients(vector.square().sum(), [other.weight]);
  expect(numbers(slope!)).toEqual(numbers(other.weight.mul(2)));
  const ascending = Array.from({ length: 17 }, (_, i) => i);
  nn.vectorToParameters(tensor(ascending, { dtype }), model);
  expect(numbers(one.bias!)).toEqual([6, 7, 8]);
  expect(numbers(nn.parametersToVector(model))).toEqual(ascending);
});

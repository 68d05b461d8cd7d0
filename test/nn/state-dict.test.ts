// A state dict of PyTorch under strict loading, and ours with the names, shapes and types of PyTorch.

import { describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { treeSymbol } from "../../src/tensor/tree.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectTensor, type Float, golden, type Row, tensorOf } from "./golden.ts";

const { state, input, output } = golden<{
  state: Record<string, Row & { dtype: string }>;
  input: Row;
  output: Row;
}>("nn/state-dict.json");

const make = (): nn.Sequential =>
  nn.sequential(
    new nn.Conv2d(1, 3, 3, { padding: 1 }),
    new nn.BatchNorm2d(3),
    nn.relu,
    new nn.MaxPool2d(2),
    nn.flatten,
    new nn.Linear(12, 6),
    new nn.LayerNorm(6),
    nn.sequential(new nn.Linear(6, 4), nn.tanh),
  );

/** PyTorch's names of element types, as they are read here. */
const types: Record<string, Float | "i32"> = { float32: "f32", int64: "i32" };

const theirs = () =>
  Object.fromEntries(
    Object.entries(state).map(([name, row]) => [name, tensorOf(row, types[row.dtype]!)]),
  );

describe.each(devicesHere)("a model of PyTorch on %s", (device) => {
  test("loads strictly and predicts the same", () => {
    setDefaultDevice(device);
    const model = make().eval();
    expect(model.loadStateDict(theirs())).toEqual({ missing: [], unexpected: [] });
    expectTensor(model.forward(tensorOf(input, "f32")), output, 1e-5);
  });
});

test("ours has the same names in the same order, shapes and types", () => {
  const ours = make().stateDict();
  expect(Object.entries(ours).map(([name, t]) => [name, t.shape, t.dtype])).toEqual(
    Object.entries(state).map(([name, row]) => [name, row.shape, types[row.dtype]]),
  );
});

test("cells are called by their names in messages", () => {
  const model = make();
  const cells = [...model[treeSymbol]()];
  expect(cells.map(([name]) => name)).toEqual(Object.keys(state));
  expect(cells.every(([name, cell]) => cell.slot.name === name)).toBe(true);
});

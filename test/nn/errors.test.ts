// What layers say about inputs that do not fit: the layer, what it takes, what it got. That every layer
// refuses is in test/promises/refusals.test.ts.

import { expect, test } from "vitest";
import { DTypeError, IndexError, ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";

test("shapes", () => {
  expect(() => new nn.Linear(3, 2).forward(zeros([4, 5]))).toThrow(
    /Linear: the last axis of the input must be 3, not \[4, 5\]/,
  );
  expect(() => new nn.Linear(48, 2).forward(zeros([2, 3, 4, 4]))).toThrow(/flatten/);
  expect(() => new nn.Linear(3, 2).forward(zeros([]))).toThrow(ShapeError);
  expect(() => new nn.Conv2d(3, 2, 3).forward(zeros([1, 4, 8, 8]))).toThrow(/4 channels/);
  expect(() => new nn.Conv2d(3, 2, 9).forward(zeros([1, 3, 8, 8]))).toThrow(ShapeError);
  expect(() => new nn.Conv2d(3, 2, 3, { groups: 2 })).toThrow(ShapeError);
  expect(() => new nn.Conv2d(3, 2, [3, 3, 3])).toThrow(ShapeError);
  const striped = { padding: "same", stride: 2, paddingMode: "reflect" } as const;
  expect(() => new nn.Conv2d(1, 1, 3, striped)).toThrow(/stride 1/);
  expect(() => new nn.MaxPool2d(2, { padding: 2 }).forward(zeros([1, 1, 4, 4]))).toThrow(
    ShapeError,
  );
  const ceil = { padding: 2, ceilMode: true };
  expect(() => new nn.AvgPool2d(2, ceil).forward(zeros([1, 1, 4, 4]))).toThrow(/half/);
  expect(() => new nn.LayerNorm([2, 3]).forward(zeros([4, 3, 2]))).toThrow(/\[2, 3\]/);
  expect(() => new nn.LayerNorm([2, 3]).forward(zeros([3]))).toThrow(ShapeError);
  expect(() => new nn.BatchNorm2d(3).forward(zeros([2, 4, 1, 1]))).toThrow(/BatchNorm2d/);
  expect(() => new nn.BatchNorm2d(3).forward(zeros([1, 3, 1, 1]))).toThrow(/one value a channel/);
  expect(new nn.BatchNorm2d(3).eval().forward(zeros([1, 3, 1, 1])).shape).toEqual([1, 3, 1, 1]);
});

test("an embedding takes integers that are rows", () => {
  const embedding = new nn.Embedding(4, 2);
  expect(() => embedding.forward(zeros([2]))).toThrow(DTypeError);
  const at = (row: number) => embedding.forward(tensor([row, 0], { dtype: "i32" }));
  expect(() => at(4).dataSync()).toThrow(IndexError);
  expect(() => at(-1).dataSync()).toThrow(IndexError);
  expect(embedding.forward(zeros([0, 3], { dtype: "i32" })).shape).toEqual([0, 3, 2]);
});

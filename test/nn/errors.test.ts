// What layers say about inputs that do not fit: the layer, what it takes, what it got.

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

const refused: Record<string, readonly [() => unknown, RegExp]> = {
  "Conv1d: channels": [() => new nn.Conv1d(0, 2, 3), /Conv1d: inChannels must be .* not 0/],
  "Conv2d: kernel": [() => new nn.Conv2d(1, 2, 0), /Conv2d: kernelSize/],
  "Conv2d: stride": [() => new nn.Conv2d(1, 2, 3, { stride: 0.5 }), /Conv2d: stride/],
  "Conv2d: padding": [() => new nn.Conv2d(1, 2, 3, { padding: -1 }), /Conv2d: padding/],
  "Conv3d: dilation": [() => new nn.Conv3d(1, 2, 3, { dilation: [1, 2] }), /Conv3d: dilation/],
  "Conv3d: input": [() => new nn.Conv3d(1, 2, 3).forward(zeros([1, 8, 8])), /conv3d/],
  "Conv2d: groups": [() => new nn.Conv2d(4, 4, 3, { groups: 0 }), /0 groups/],
  "ConvTranspose2d: input": [
    () => new nn.ConvTranspose2d(3, 2, 2).forward(zeros([1, 2, 4, 4])),
    /convTranspose2d/,
  ],
  "ConvTranspose1d: outputPadding": [
    () => new nn.ConvTranspose1d(3, 2, 2, { outputPadding: 1 }),
    /outputPadding/,
  ],
  "MaxPool1d: padding": [() => new nn.MaxPool1d(2, { padding: 2 }), /MaxPool1d: padding 2/],
  "AvgPool3d: kernel": [() => new nn.AvgPool3d([2, 2]), /AvgPool3d: kernelSize/],
  "AdaptiveAvgPool2d: size": [() => new nn.AdaptiveAvgPool2d(0), /outputSize/],
  "AdaptiveMaxPool1d: input": [
    () => new nn.AdaptiveMaxPool1d(2).forward(zeros([3])),
    /AdaptiveMaxPool1d/,
  ],
  "BatchNorm1d: input": [() => new nn.BatchNorm1d(3).forward(zeros([2, 4])), /BatchNorm1d/],
  "BatchNorm3d: input": [() => new nn.BatchNorm3d(3).forward(zeros([2, 3, 4, 4])), /BatchNorm3d/],
  "InstanceNorm2d: input": [
    () => new nn.InstanceNorm2d(3).forward(zeros([2, 2, 4, 4])),
    /InstanceNorm2d/,
  ],
  "InstanceNorm2d: one place": [
    () => new nn.InstanceNorm2d(3).forward(zeros([2, 3, 1, 1])),
    /one place/,
  ],
  "GroupNorm: groups": [() => new nn.GroupNorm(4, 6), /6 channels .* 4 groups/],
  "GroupNorm: input": [() => new nn.GroupNorm(2, 6).forward(zeros([2, 4])), /GroupNorm/],
  "RNN: hidden": [() => new nn.RNN(3, 0), /RNN: hidden/],
  "LSTM: layers": [() => new nn.LSTM(3, 2, { layers: 0 }), /LSTM: layers/],
  "GRU: input": [() => new nn.GRU(3, 2).forward(zeros([4, 1, 2])), /GRU: the input/],
  "GRUCell: input": [() => new nn.GRUCell(3, 2).forward(zeros([4, 2])), /GRUCell: the last axis/],
  "Elman: input": [() => new nn.Elman(3, 2, 1).forward(zeros([4, 3])), /Elman: the input/],
};

test.each(Object.entries(refused))("%s", (_, [make, message]) => {
  expect(make).toThrow(ShapeError);
  expect(make).toThrow(message);
});

// One row a layer: how to make it and the shape of an input. layers.test.ts checks on each: shape,
// gradient, save and load, train and eval, compiled as eager. A new layer is a row here.

import * as nn from "../../src/nn/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

export interface LayerSample {
  readonly name: string;
  readonly make: () => nn.Module & nn.Layer;
  readonly input: () => Tensor;
  readonly output: readonly number[];
  /** Training and evaluation differ. */
  readonly modes?: boolean;
  /** Results are random while training. */
  readonly random?: boolean;
}

const dtype = "f64";
const normal =
  (...shape: number[]) =>
  (): Tensor =>
    randn(shape, { dtype });
const image = normal(2, 2, 5, 4);

export const layerSamples: readonly LayerSample[] = [
  {
    name: "Linear",
    make: () => new nn.Linear(3, 4, { dtype }),
    input: normal(2, 5, 3),
    output: [2, 5, 4],
  },
  { name: "Identity", make: () => new nn.Identity(), input: normal(2, 3), output: [2, 3] },
  {
    name: "Conv2d",
    make: () => new nn.Conv2d(2, 4, [3, 2], { stride: 2, padding: 1, groups: 2, dtype }),
    input: image,
    output: [2, 4, 3, 3],
  },
  {
    name: "Conv2d dilated, reflected",
    make: () => new nn.Conv2d(2, 1, 2, { dilation: 2, padding: 1, paddingMode: "reflect", dtype }),
    input: image,
    output: [2, 1, 5, 4],
  },
  { name: "MaxPool2d", make: () => new nn.MaxPool2d(2), input: image, output: [2, 2, 2, 2] },
  {
    name: "MaxPool2d overlapping",
    make: () => new nn.MaxPool2d(3, { stride: 2, padding: 1, ceilMode: true }),
    input: image,
    output: [2, 2, 3, 3],
  },
  { name: "AvgPool2d", make: () => new nn.AvgPool2d(2), input: image, output: [2, 2, 2, 2] },
  {
    name: "AvgPool2d overlapping",
    make: () => new nn.AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false }),
    input: image,
    output: [2, 2, 3, 2],
  },
  { name: "Flatten", make: () => new nn.Flatten(), input: image, output: [2, 40] },
  {
    name: "Dropout",
    make: () => new nn.Dropout(0.3),
    input: normal(4, 8),
    output: [4, 8],
    modes: true,
    random: true,
  },
  { name: "ReLU", make: () => new nn.ReLU(), input: normal(3, 4), output: [3, 4] },
  { name: "Sigmoid", make: () => new nn.Sigmoid(), input: normal(3, 4), output: [3, 4] },
  { name: "Tanh", make: () => new nn.Tanh(), input: normal(3, 4), output: [3, 4] },
  { name: "GELU", make: () => new nn.GELU(), input: normal(3, 4), output: [3, 4] },
  {
    name: "GELU tanh",
    make: () => new nn.GELU({ approximate: "tanh" }),
    input: normal(3, 4),
    output: [3, 4],
  },
  {
    name: "Softmax",
    make: () => new nn.Softmax({ axis: 1 }),
    input: normal(2, 3, 2),
    output: [2, 3, 2],
  },
  {
    name: "LayerNorm",
    make: () => new nn.LayerNorm([2, 3], { dtype }),
    input: normal(4, 2, 3),
    output: [4, 2, 3],
  },
  {
    name: "BatchNorm2d",
    make: () => new nn.BatchNorm2d(2, { dtype }),
    input: image,
    output: [2, 2, 5, 4],
    modes: true,
  },
  {
    name: "BatchNorm2d cumulative",
    make: () => new nn.BatchNorm2d(2, { dtype, momentum: null }),
    input: image,
    output: [2, 2, 5, 4],
    modes: true,
  },
  {
    name: "Embedding",
    make: () => new nn.Embedding(5, 3, { dtype }),
    input: () =>
      tensor(
        [
          [0, 4],
          [4, 1],
        ],
        { dtype: "i32" },
      ),
    output: [2, 2, 3],
  },
  {
    name: "Sequential",
    make: () =>
      nn.sequential(
        new nn.Linear(3, 4, { dtype }),
        nn.gelu,
        nn.sequential(new nn.LayerNorm(4, { dtype })),
      ),
    input: normal(2, 3),
    output: [2, 4],
  },
];

// Layers against PyTorch.

import * as nn from "../../src/nn/index.ts";
import { describeLayers } from "./layers-golden.ts";

describeLayers("nn/layers.json", {
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
});

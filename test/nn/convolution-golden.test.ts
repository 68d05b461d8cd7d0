// Convolution and pooling of all ranks, transposed and adaptive, against PyTorch.

import * as nn from "../../src/nn/index.ts";
import { describeLayers } from "./layers-golden.ts";

describeLayers("nn/convolution.json", {
  conv1d: (dtype) => new nn.Conv1d(2, 3, 3, { stride: 2, padding: 1, dtype }),
  "conv1d without batch": (dtype) => new nn.Conv1d(2, 2, 2, { dilation: 2, bias: false, dtype }),
  "conv1d same circular": (dtype) =>
    new nn.Conv1d(1, 2, 4, { padding: "same", paddingMode: "circular", dtype }),
  "conv1d depthwise": (dtype) => new nn.Conv1d(3, 3, 3, { groups: 3, padding: 2, dtype }),
  conv3d: (dtype) =>
    new nn.Conv3d(2, 2, [2, 3, 1], { stride: [1, 2, 1], padding: [1, 1, 0], dtype }),
  "conv3d groups": (dtype) => new nn.Conv3d(2, 4, 2, { groups: 2, dilation: [1, 2, 1], dtype }),
  "conv3d replicate": (dtype) =>
    new nn.Conv3d(1, 1, 2, { padding: 1, paddingMode: "replicate", dtype }),
  "conv2d dilated": (dtype) => new nn.Conv2d(1, 2, 3, { dilation: 2, dtype }),
  convTranspose1d: (dtype) => new nn.ConvTranspose1d(2, 3, 3, { stride: 2, padding: 1, dtype }),
  "convTranspose1d output padding": (dtype) =>
    new nn.ConvTranspose1d(2, 1, 4, { stride: 3, outputPadding: 2, bias: false, dtype }),
  convTranspose2d: (dtype) =>
    new nn.ConvTranspose2d(3, 2, [3, 2], {
      stride: [2, 1],
      padding: [1, 0],
      outputPadding: [1, 0],
      dtype,
    }),
  "convTranspose2d groups": (dtype) =>
    new nn.ConvTranspose2d(4, 6, 2, { groups: 2, dilation: 2, dtype }),
  "convTranspose2d pointwise": (dtype) => new nn.ConvTranspose2d(3, 2, 1, { stride: 2, dtype }),
  convTranspose3d: (dtype) => new nn.ConvTranspose3d(2, 1, 2, { stride: 2, dtype }),
  maxPool1d: () => new nn.MaxPool1d(2, { stride: 1 }),
  "maxPool1d ceil padding": () => new nn.MaxPool1d(3, { stride: 2, padding: 1, ceilMode: true }),
  maxPool3d: () => new nn.MaxPool3d(2),
  "maxPool3d overlapping": () => new nn.MaxPool3d([2, 3, 2], { stride: 1, padding: [1, 1, 0] }),
  avgPool1d: () => new nn.AvgPool1d(3, { stride: 2, padding: 1 }),
  "avgPool1d ceil not counted": () =>
    new nn.AvgPool1d(3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
  avgPool3d: () => new nn.AvgPool3d(2, { stride: [1, 2, 2] }),
  adaptiveAvgPool1d: () => new nn.AdaptiveAvgPool1d(3),
  adaptiveAvgPool2d: () => new nn.AdaptiveAvgPool2d([2, 3]),
  "adaptiveAvgPool2d larger": () => new nn.AdaptiveAvgPool2d(4),
  adaptiveAvgPool3d: () => new nn.AdaptiveAvgPool3d([1, 2, 2]),
  adaptiveMaxPool1d: () => new nn.AdaptiveMaxPool1d(2),
  adaptiveMaxPool2d: () => new nn.AdaptiveMaxPool2d([2, 3]),
  adaptiveMaxPool3d: () => new nn.AdaptiveMaxPool3d([1, 2, 2]),
});

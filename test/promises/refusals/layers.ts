// What the layers of hebb/nn refuse.

import * as nn from "../../../src/nn/index.ts";
import { ones, tensor, zeros } from "../../../src/tensor/create.ts";
import { each, type Refusals } from "./refusal.ts";

const sizes = { inFeatures: each(0, -1, 1.5, Number.NaN), outFeatures: each(0, "3") };
const recurrent = {
  takes: { inFeatures: 3, hidden: 2 },
  refuses: { inFeatures: 0, hidden: each(0, 2.5), layers: 0, dropout: each(-0.1, 1.5) },
  inputs: () => [[zeros([4, 1, 2])], [zeros([3])], [zeros([4, 1, 3]), zeros([1, 2, 2])]],
};
const cell = {
  takes: { inFeatures: 3, hidden: 2 },
  refuses: { inFeatures: 0, hidden: each(0, Number.POSITIVE_INFINITY) },
  inputs: () => [[zeros([4, 2])], [zeros([])]],
};
const convolution = {
  takes: { inChannels: 4, outChannels: 2, kernelSize: 3 },
  refuses: {
    inChannels: 0,
    outChannels: -2,
    kernelSize: each(0, [], [1, 2, 3, 4]),
    stride: each(0, 0.5),
    dilation: each(0, [1, 2, 3, 4]),
    groups: each(0, 3),
  },
};
const ids = (...shape: number[]) => zeros(shape, { dtype: "i32" });
const table = {
  rows: each(0, 1.5),
  width: 0,
  paddingIdx: each(4, -5),
  maxNorm: each(0, -1, Number.NaN),
  normType: each(0, Number.NaN),
};
const places = (axes: number, channels: number, length = 8) =>
  zeros([1, channels, ...new Array<number>(axes).fill(length)]);
const conv = (axes: number) => ({
  ...convolution,
  refuses: { ...convolution.refuses, padding: each(-1, 0.5), paddingMode: "mirror" },
  inputs: () => [[places(axes, 3)], [places(axes, 4, 2)], [places(axes + 2, 4)]],
});
const convTranspose = (axes: number) => ({
  ...convolution,
  refuses: { ...convolution.refuses, padding: -1, outputPadding: each(-1, 1) },
  inputs: () => [
    [places(axes, 3)],
    [places(axes, 4), { outputSize: new Array<number>(axes).fill(100) }],
  ],
});
const padding = (axes: number, more = {}) => ({
  takes: { padding: 1, ...more },
  refuses: { padding: each(0.5, Number.NaN, [1, 1, 1, 1], [[1, 0.5]]) },
  inputs: () => [[zeros([3])], [places(axes + 2, 1)]],
});
const constantPad = (axes: number) => ({
  ...padding(axes, { value: 0 }),
  refuses: { ...padding(axes).refuses, value: each(Number.NaN, "0") },
});
const lpPool = (axes: number) => ({
  takes: { order: 2, kernelSize: 2 },
  refuses: { order: each(0, Number.POSITIVE_INFINITY), kernelSize: 0, stride: 0.5 },
  inputs: () => [[places(axes, 1, 1)], [zeros([2])]],
});
const maxUnpool = (axes: number) => ({
  takes: { kernelSize: 2 },
  refuses: { kernelSize: each(0, [2, 2, 2, 2]), stride: 0, padding: -1 },
  inputs: () => [
    [zeros([2]), ids(2)],
    [places(axes, 1), ids(1, 1)],
    [places(axes, 1), places(axes, 1)],
    [places(axes, 1), places(axes, 1).cast("i32"), { outputSize: [0] }],
  ],
});
const fractional = (axes: number) => ({
  takes: { kernelSize: 2 },
  options: { outputSize: 2 },
  refuses: { kernelSize: 0, outputSize: each(0, undefined), outputRatio: each(0.5, 1) },
  inputs: () => [[zeros([3])], [places(axes, 1, 2)], [places(axes, 1), zeros([1, 1, 1])]],
});
const channelDropout = {
  takes: { p: 0.5 },
  refuses: { p: each(-0.1, 1.1, Number.NaN) },
  inputs: () => [[zeros([3])]],
};
const pool = (axes: number) => ({
  takes: { kernelSize: 2 },
  refuses: { kernelSize: each(0, [2, 2, 2, 2]), stride: 0, padding: each(2, -1) },
  inputs: () => [[places(axes, 1, 1)], [zeros([2])]],
});
const avgPool = (axes: number) => ({
  ...pool(axes),
  refuses: { ...pool(axes).refuses, divisorOverride: each(0, Number.NaN) },
});
const maxPool = (axes: number) => ({
  ...pool(axes),
  refuses: { ...pool(axes).refuses, dilation: 0 },
});
const adaptive = (axes: number) => ({
  takes: { outputSize: 2 },
  refuses: { outputSize: each(0, 1.5, [2, 2, 2, 2]) },
  inputs: () => [[zeros([3])], [places(axes + 2, 1)]],
});
const channelNorm = (axes: number) => ({
  takes: { channels: 3 },
  refuses: { channels: each(0, 1.5), eps: each(-1, Number.NaN), momentum: each(-0.1, 2) },
  inputs: () => [[places(axes, 4)], [places(axes + 2, 3)], [places(axes, 3, 1)]],
});
const transformerLayer = {
  takes: { width: 4, heads: 2 },
  refuses: {
    width: each(0, 5),
    heads: each(0, 3),
    dimFeedforward: 0,
    dropout: 2,
    layerNormEps: -1,
    activation: "swish",
  },
};

/** Layers that are made with arguments. */
export const layers: Refusals = {
  AdaptiveAvgPool1d: adaptive(1),
  AdaptiveAvgPool2d: adaptive(2),
  AdaptiveAvgPool3d: adaptive(3),
  AdaptiveMaxPool1d: adaptive(1),
  AdaptiveMaxPool2d: adaptive(2),
  AdaptiveMaxPool3d: adaptive(3),
  AdaptiveLogSoftmaxWithLoss: {
    takes: { inFeatures: 8, classes: 10, cutoffs: [3, 6] },
    options: { divValue: 2 },
    refuses: {
      inFeatures: 0,
      classes: each(0, 1.5),
      cutoffs: each([], [0], [3, 3], [12]),
      divValue: each(0.5, 4),
    },
    inputs: () => [
      [zeros([2, 7]), ids(2)],
      [zeros([2, 8]), ids(3)],
      [zeros([2, 8]), zeros([2])],
    ],
  },
  AdditiveAttention: {
    takes: { querySize: 3, keySize: 4 },
    refuses: { querySize: 0, keySize: 1.5, hidden: -1 },
    inputs: () => [
      [zeros([1, 2, 4]), zeros([1, 5, 4])],
      [zeros([1, 2, 3]), zeros([1, 5, 3])],
      [zeros([1, 2, 3]), zeros([1, 5, 4]), zeros([1, 6, 4])],
    ],
  },
  AttentionDecoder: {
    options: { vocabulary: 9, width: 2, hidden: 3, memorySize: 4 },
    refuses: { vocabulary: 0, width: 0, hidden: 1.5, memorySize: -1, attention: "soft" },
    inputs: () => [
      [ids(2), zeros([2, 5, 4])],
      [ids(2, 3), zeros([2, 5, 3])],
    ],
  },
  Autoencoder: {
    takes: { features: 4, code: 2 },
    refuses: { features: 0, code: 2.5 },
    inputs: () => [[zeros([3, 5])]],
  },
  AlphaDropout: { takes: { p: 0.5 }, refuses: { p: each(-0.1, 1.1, Number.NaN) } },
  AvgPool1d: avgPool(1),
  AvgPool2d: avgPool(2),
  AvgPool3d: avgPool(3),
  BatchNorm1d: channelNorm(1),
  BatchNorm2d: channelNorm(2),
  BatchNorm3d: channelNorm(3),
  Bilinear: {
    takes: { firstFeatures: 3, secondFeatures: 4, outFeatures: 2 },
    refuses: { firstFeatures: 0, secondFeatures: 1.5, outFeatures: "2" },
    inputs: () => [
      [zeros([2, 3]), zeros([2, 3])],
      [zeros([2, 3]), zeros([1, 4])],
    ],
  },
  ChannelShuffle: {
    takes: { groups: 2 },
    refuses: { groups: each(0, 1.5) },
    inputs: () => [[zeros([1, 3, 2])], [zeros([4])]],
  },
  CircularPad1d: padding(1),
  CircularPad2d: padding(2),
  CircularPad3d: padding(3),
  ConstantPad1d: constantPad(1),
  ConstantPad2d: constantPad(2),
  ConstantPad3d: constantPad(3),
  Conv1d: conv(1),
  Conv2d: conv(2),
  Conv3d: conv(3),
  ConvStages: {
    takes: { inputShape: [1, 8, 8], stages: [{ maps: 2 }] },
    refuses: {
      inputShape: each([0, 8, 8], [1, 8, 1.5]),
      stages: each([{ maps: 0 }], [{ maps: 2, stride: 0 }], [{ maps: 2, padding: -1 }]),
    },
    inputs: () => [[zeros([1, 2, 8, 8])]],
  },
  ConvTranspose1d: convTranspose(1),
  ConvTranspose2d: convTranspose(2),
  ConvTranspose3d: convTranspose(3),
  Cosine: { takes: { features: 3 }, refuses: { features: 0 }, inputs: () => [[zeros([2, 4])]] },
  DeepAutoencoder: {
    takes: { layers: [new nn.Autoencoder(4, 2)] },
    refuses: { layers: each([]) },
    inputs: () => [[zeros([3, 5])]],
  },
  Dropout: { takes: { p: 0.5 }, refuses: { p: each(-0.1, 1.1, Number.NaN), scaling: "none" } },
  Dropout1d: channelDropout,
  Dropout2d: channelDropout,
  Dropout3d: channelDropout,
  Elman: {
    takes: { inFeatures: 3, hidden: 2, outFeatures: 1 },
    refuses: { inFeatures: 0, hidden: 0, outFeatures: 1.5 },
    inputs: () => [[zeros([4, 3])], [zeros([4, 1, 2])]],
  },
  Embedding: {
    takes: { rows: 4, width: 2 },
    refuses: table,
    inputs: () => [[zeros([2])], [zeros([2], { dtype: "bool" })]],
  },
  EmbeddingBag: {
    takes: { rows: 4, width: 2 },
    refuses: { ...table, mode: "min" },
    inputs: () => [
      [zeros([2, 3])],
      [ids(3)],
      [ids(2, 3), ids(2)],
      [ids(3), zeros([2])],
      [ids(3), ids(2), zeros([3])],
    ],
  },
  Ensemble: {
    takes: { members: [new nn.Linear(3, 2)] },
    refuses: { members: each([]) },
    inputs: () => [[zeros([2, 4])]],
  },
  FeedForward: {
    takes: { sizes: [3, 2] },
    refuses: { sizes: each([3], [3, 0], [3, 1.5]) },
    inputs: () => [[zeros([2, 4])]],
  },
  Flatten: { refuses: { start: 0.5, end: Number.NaN }, inputs: () => [[zeros([3])]] },
  FeatureAlphaDropout: channelDropout,
  Fold: {
    takes: { outputSize: 4, kernelSize: 2 },
    refuses: {
      outputSize: each(0, [4, 4, 4]),
      kernelSize: 0,
      stride: 0,
      padding: -1,
      dilation: 0.5,
    },
    inputs: () => [[zeros([1, 4, 8])], [zeros([1, 3, 9])], [zeros([9])]],
  },
  FractionalMaxPool2d: fractional(2),
  FractionalMaxPool3d: fractional(3),
  FullyConnected: {
    takes: { inFeatures: 3, outFeatures: 2 },
    refuses: sizes,
    inputs: () => [[zeros([2, 4])]],
  },
  GRU: { ...recurrent, refuses: { ...recurrent.refuses, form: "other" } },
  GRUCell: { ...cell, refuses: { ...cell.refuses, form: "other" } },
  GaussianNoise: { takes: { std: 1 }, refuses: { std: each(-1, Number.NaN) } },
  GraphConvolution: {
    takes: { inFeatures: 3, outFeatures: 2 },
    refuses: sizes,
    inputs: () => [[zeros([2, 4]), zeros([2, 2])], [zeros([3])]],
  },
  GroupNorm: {
    takes: { groups: 2, channels: 6 },
    refuses: { groups: each(0, 4), channels: each(0, 5), eps: -1 },
    inputs: () => [[zeros([2, 4])], [zeros([6])]],
  },
  InstanceNorm1d: channelNorm(1),
  InstanceNorm2d: channelNorm(2),
  InstanceNorm3d: channelNorm(3),
  Jordan: {
    takes: { inFeatures: 3, hidden: 2, outFeatures: 1 },
    refuses: { inFeatures: 0, hidden: 0, outFeatures: 1.5 },
    inputs: () => [[zeros([4, 3])], [zeros([4, 1, 3]), { teacher: zeros([4, 1, 2]) }]],
  },
  KeyValueCache: {
    options: { batch: 1, heads: 2, size: 3, width: 4 },
    refuses: { batch: 0, heads: 0, size: 1.5, width: -1 },
  },
  LPPool1d: lpPool(1),
  LPPool2d: lpPool(2),
  LPPool3d: lpPool(3),
  LSTM: {
    ...recurrent,
    refuses: { ...recurrent.refuses, candidate: "relu", projection: each(0, 2, 0.5) },
    inputs: () => [[zeros([4, 1, 2])], [zeros([4, 1, 3]), [zeros([1, 2, 2]), zeros([1, 1, 2])]]],
  },
  LSTMCell: { ...cell, refuses: { ...cell.refuses, candidate: "relu" } },
  LayerGraph: {
    takes: { nodes: { only: { layer: new nn.Linear(3, 2), from: "input" } } },
    refuses: {
      output: "other",
      nodes: each({ a: { layer: new nn.Identity(), from: "b" } }),
    },
    inputs: () => [[zeros([2, 4])]],
  },
  LayerNorm: {
    takes: { normalizedShape: [2, 3] },
    refuses: { normalizedShape: each([], [0], 1.5), eps: -1 },
    inputs: () => [[zeros([4, 3, 2])], [zeros([3])]],
  },
  Leaky: {
    takes: { units: 2 },
    refuses: { units: 0, alpha: each(0, 1) },
    inputs: () => [[zeros([3, 1])], [zeros([])]],
  },
  LearnedFeatures: {
    takes: { features: new nn.Linear(3, 2), width: 2 },
    refuses: { features: 3, width: 0 },
    inputs: () => [[zeros([4, 2])]],
  },
  LearnedPositions: {
    takes: { places: 4, width: 2 },
    refuses: { places: 0, width: 1.5 },
    inputs: () => [[zeros([5, 2])], [zeros([3, 3])], [zeros([3, 2]), { position: -1 }]],
  },
  Linear: {
    takes: { inFeatures: 3, outFeatures: 2 },
    // Without inputs it gives its bias.
    refuses: { inFeatures: each(-1, 1.5, Number.NaN), outFeatures: each(-1, "3") },
    inputs: () => [[zeros([4, 5])], [zeros([])]],
  },
  LocalResponseNorm: {
    takes: { size: 5 },
    refuses: { size: each(0, 1.5), alpha: Number.NaN, beta: "1", k: Number.NaN },
    inputs: () => [[zeros([3])]],
  },
  MaxPool1d: maxPool(1),
  MaxPool2d: maxPool(2),
  MaxPool3d: maxPool(3),
  MaxUnpool1d: maxUnpool(1),
  MaxUnpool2d: maxUnpool(2),
  MaxUnpool3d: maxUnpool(3),
  Maxout: {
    takes: { inFeatures: 3, outFeatures: 2 },
    refuses: { ...sizes, pieces: each(0, 1.5) },
    inputs: () => [[zeros([2, 4])]],
  },
  MultiTask: {
    takes: { trunk: new nn.Linear(3, 2), heads: { only: new nn.Linear(2, 1) } },
    refuses: { trunk: 3, heads: each({}, { one: 3 }) },
    inputs: () => [[zeros([2, 4])]],
  },
  MultiheadAttention: {
    takes: { width: 4, heads: 2 },
    refuses: { width: each(0, 5), heads: each(0, 3), kdim: 0, vdim: 0, dropout: -1 },
    inputs: () => [
      [zeros([1, 2, 3])],
      [zeros([4])],
      [zeros([1, 2, 4]), zeros([1, 3, 4]), zeros([1, 5, 4])],
    ],
  },
  PReLU: {
    refuses: { parameters: each(0, 1.5), init: Number.NaN },
    options: { parameters: 3 },
    inputs: () => [[zeros([2, 4])]],
  },
  PixelShuffle: {
    takes: { upscaleFactor: 2 },
    refuses: { upscaleFactor: each(0, 1.5) },
    inputs: () => [[zeros([3, 2, 2])], [zeros([4, 2])]],
  },
  PixelUnshuffle: {
    takes: { downscaleFactor: 2 },
    refuses: { downscaleFactor: each(0, 1.5) },
    inputs: () => [[zeros([1, 3, 2])], [zeros([4, 2])]],
  },
  QuantizedConv2d: {
    takes: { layer: new nn.Conv2d(4, 2, 3), range: { scale: tensor(1), zero: tensor(0) } },
    refuses: { layer: 3, range: each(3, { scale: ones([2]), zero: zeros([]) }) },
    inputs: () => [[places(2, 3)], [places(1, 4)]],
  },
  QuantizedLinear: {
    takes: { layer: new nn.Linear(4, 2), range: { scale: tensor(1), zero: tensor(0) } },
    refuses: { layer: 3, range: each(3, { scale: ones([2]), zero: zeros([]) }) },
    inputs: () => [[zeros([2, 3])], [zeros([])]],
  },
  RMSNorm: {
    takes: { normalizedShape: [2, 3] },
    refuses: { normalizedShape: each([], [0], 1.5), eps: -1 },
    inputs: () => [[zeros([4, 3, 2])], [zeros([3])]],
  },
  ReflectionPad1d: padding(1),
  ReflectionPad2d: padding(2),
  ReflectionPad3d: padding(3),
  ReplicationPad1d: padding(1),
  ReplicationPad2d: padding(2),
  ReplicationPad3d: padding(3),
  RNN: { ...recurrent, refuses: { ...recurrent.refuses, nonlinearity: "gelu" } },
  RNNCell: { ...cell, refuses: { ...cell.refuses, nonlinearity: "gelu" } },
  Residual: {
    takes: { body: new nn.Linear(3, 2) },
    refuses: { body: 3, shortcut: "x" },
    inputs: () => [[zeros([2, 3])]],
  },
  Sequential: {
    takes: { entry: new nn.Linear(3, 2) },
    refuses: { entry: each(3, {}) },
    inputs: () => [[zeros([2, 4])]],
  },
  SinusoidalPositions: {
    takes: { width: 4 },
    refuses: { width: each(0, 1.5) },
    inputs: () => [[zeros([3, 3])], [zeros([4])]],
  },
  Skip: {
    takes: { body: new nn.Linear(3, 2) },
    refuses: { body: 3, axis: 0.5 },
    options: { axis: 0 },
    inputs: () => [[zeros([2, 3])]],
  },
  Standardize: {
    takes: { features: [3] },
    refuses: { features: each([0], [1.5]) },
    inputs: () => [[zeros([2, 4])]],
  },
  Transformer: {
    options: { width: 4, heads: 2, encoderLayers: 1, decoderLayers: 1, dimFeedforward: 2 },
    refuses: { ...transformerLayer.refuses, encoderLayers: 0, decoderLayers: 1.5 },
    inputs: () => [
      [zeros([1, 2, 3]), zeros([1, 2, 4])],
      [zeros([1, 2, 4]), zeros([1, 2, 5])],
    ],
  },
  TransformerDecoder: {
    takes: { layers: [new nn.TransformerDecoderLayer(4, 2, { dimFeedforward: 2 })] },
    refuses: { layers: each([], [3]) },
    inputs: () => [[zeros([1, 2, 3]), zeros([1, 2, 4])]],
  },
  TransformerDecoderLayer: {
    ...transformerLayer,
    inputs: () => [
      [zeros([1, 2, 3]), zeros([1, 2, 4])],
      [zeros([1, 2, 4]), zeros([1, 2, 3])],
    ],
  },
  TransformerEncoder: {
    takes: { layers: [new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 2 })] },
    refuses: { layers: each([], [3]) },
    inputs: () => [[zeros([1, 2, 3])]],
  },
  TransformerEncoderLayer: { ...transformerLayer, inputs: () => [[zeros([1, 2, 3])]] },
  Unflatten: {
    takes: { axis: 1, sizes: [2, -1] },
    refuses: { axis: 0.5, sizes: each([], [-2], [1.5]) },
    inputs: () => [[zeros([2, 3])], [zeros([2])]],
  },
  Unfold: {
    takes: { kernelSize: 2 },
    refuses: { kernelSize: each(0, [2, 2, 2]), stride: 0, padding: -1, dilation: 0.5 },
    inputs: () => [[zeros([4, 4])], [zeros([1, 1, 1])]],
  },
  Upsample: {
    options: { size: 4 },
    refuses: {
      size: each(0, undefined, [1.5]),
      scaleFactor: each(0, 2),
      mode: "bilinear",
      alignCorners: true,
      antialias: true,
    },
    inputs: () => [[zeros([4, 4])]],
  },
  ZeroPad1d: padding(1),
  ZeroPad2d: padding(2),
  ZeroPad3d: padding(3),
};

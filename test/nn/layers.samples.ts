// One row a layer: how to make it and the shape of an input. layers.test.ts checks on each: shape,
// gradient, save and load, train and eval, compiled as eager. A new layer is a row here.

import { sparseMatrix } from "../../src/linalg/index.ts";
import * as nn from "../../src/nn/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { rand, randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

export interface LayerSample {
  readonly name: string;
  readonly make: () => nn.Module & { forward(x: Tensor, ...others: Tensor[]): Tensor };
  readonly input: () => Tensor;
  /** What forward takes beside the input: the targets of a loss, for example. */
  readonly others?: () => Tensor[];
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
const signs = (...shape: number[]): Tensor => randn(shape, { dtype }).sign();
const probabilities = (...shape: number[]): Tensor => rand(shape, { dtype }).mul(0.9).add(0.05);
const labels = (): Tensor => tensor([0, 2, 1], { dtype: "i32" });
const factors = (): Tensor => tensor([0.5, 1, 2], { dtype });

/** A row of an activation: from [3, 4] to [3, 4]. */
const activation = (name: string, make: LayerSample["make"]): LayerSample => ({
  name,
  make,
  input: normal(3, 4),
  output: [3, 4],
});

/** A row of a loss of [3, 4], and what it takes beside. */
const loss = (
  name: string,
  make: LayerSample["make"],
  others: () => Tensor[],
  input: () => Tensor = normal(3, 4),
): LayerSample => ({ name, make, others, input, output: [] });

/** A row of a layer of one tensor. */
const plain = (
  name: string,
  make: LayerSample["make"],
  input: LayerSample["input"],
  output: readonly number[],
): LayerSample => ({ name, make, input, output });

/** What rows of dropouts have beside. */
const random = { modes: true, random: true } as const;

/** Sizes of a transformer's layer. */
const small = { dimFeedforward: 3, dropout: 0, activation: "gelu", dtype } as const;

/** A layer of two tensors; what more it takes are options. */
type OfTwo = nn.Module & { forward(x: Tensor, ...others: Tensor[]): Tensor };

const another = (): Tensor[] => [randn([3, 4], { dtype })];

/** The first of what a layer gives: the states of a recurrent one. */
class First extends nn.Module {
  readonly layer: nn.Module & { forward(x: Tensor): readonly [Tensor, unknown] };

  constructor(layer: First["layer"]) {
    super();
    this.layer = layer;
  }

  forward(x: Tensor): Tensor {
    return this.layer.forward(x)[0];
  }
}

/** The graph convolution on a path of three nodes, the ends with loops. */
class OnPath extends nn.Module {
  readonly layer = new nn.GraphConvolution(2, 4, { dtype });

  forward(x: Tensor): Tensor {
    const pairs = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 1],
      [2, 2],
    ] as const;
    const entries = pairs.map(([row, column]) => [row, column, 0.5] as const);
    return this.layer.forward(x, sparseMatrix(entries, [3, 3], { dtype }));
  }
}

/** The loss among what the adaptive softmax gives. */
class LossOf extends nn.Module {
  readonly layer = new nn.AdaptiveLogSoftmaxWithLoss(4, 4, [1, 2], { divValue: 2, dtype });

  forward(x: Tensor, y: Tensor): Tensor {
    return this.layer.forward(x, y).loss;
  }
}

/** The first task of several. */
class FirstTask extends nn.Module {
  readonly net = new nn.MultiTask(new nn.Linear(3, 4, { dtype }), {
    one: new nn.Linear(4, 2, { dtype }),
    other: new nn.Linear(4, 1, { dtype }),
  });

  forward(x: Tensor): Tensor {
    const { one, other } = this.net.forward(x);
    return one.add(other);
  }
}

export const layerSamples: readonly LayerSample[] = [
  {
    name: "Ensemble",
    make: () => new nn.Ensemble([1, 2].map(() => new nn.Linear(3, 2, { dtype }))),
    input: normal(4, 3),
    output: [4, 2],
  },
  {
    name: "FeedForward",
    make: () => new nn.FeedForward([3, 4, 2], { activation: nn.tanh, dtype }),
    input: normal(4, 3),
    output: [4, 2],
  },
  {
    name: "FullyConnected",
    make: () => new nn.FullyConnected(3, 2, { dtype }),
    input: normal(4, 3),
    output: [4, 2],
  },
  {
    name: "LayerGraph",
    make: () =>
      new nn.LayerGraph({
        hidden: { layer: new nn.Linear(3, 3, { dtype }), from: "input" },
        sum: { layer: (a, b) => a.tanh().add(b), from: ["hidden", "input"] },
      }),
    input: normal(4, 3),
    output: [4, 3],
  },
  {
    name: "LearnedFeatures",
    make: () => new nn.LearnedFeatures(new nn.Linear(3, 5, { dtype }), 5, { dtype }),
    input: normal(4, 3),
    output: [4],
  },
  { name: "MultiTask", make: () => new FirstTask(), input: normal(4, 3), output: [4, 2] },
  { name: "GraphConvolution", make: () => new OnPath(), input: normal(3, 2), output: [3, 4] },
  {
    name: "GaussianNoise",
    make: () => new nn.GaussianNoise(0.5),
    input: normal(3, 4),
    output: [3, 4],
    modes: true,
    random: true,
  },
  loss(
    "TanhSquaredLoss",
    () => new nn.TanhSquaredLoss(),
    () => [signs(3, 4)],
  ),
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
  {
    name: "Conv1d",
    make: () => new nn.Conv1d(2, 3, 3, { stride: 2, dtype }),
    input: normal(2, 2, 5),
    output: [2, 3, 2],
  },
  {
    name: "Conv3d",
    make: () => new nn.Conv3d(1, 2, 2, { padding: "same", dtype }),
    input: normal(1, 1, 2, 3, 2),
    output: [1, 2, 2, 3, 2],
  },
  {
    name: "ConvTranspose1d",
    make: (): nn.Module & nn.Layer => new nn.ConvTranspose1d(2, 1, 3, { stride: 2, dtype }),
    input: normal(2, 2, 3),
    output: [2, 1, 7],
  },
  {
    name: "ConvTranspose2d",
    make: (): nn.Module & nn.Layer =>
      new nn.ConvTranspose2d(2, 1, 3, { stride: 2, padding: 1, dtype }),
    input: normal(1, 2, 3, 2),
    output: [1, 1, 5, 3],
  },
  {
    name: "ConvTranspose3d",
    make: (): nn.Module & nn.Layer => new nn.ConvTranspose3d(1, 1, 2, { dtype }),
    input: normal(1, 1, 2, 2, 1),
    output: [1, 1, 3, 3, 2],
  },
  {
    name: "ConvStages",
    make: () =>
      new nn.ConvStages([2, 5, 4], [{ maps: 2, padding: 1, activation: nn.tanh }], { dtype }),
    input: image,
    output: [2, 2, 2, 2],
  },
  {
    name: "MaxPool1d",
    make: () => new nn.MaxPool1d(2),
    input: normal(2, 2, 5),
    output: [2, 2, 2],
  },
  {
    name: "MaxPool3d",
    make: () => new nn.MaxPool3d(2),
    input: normal(1, 1, 2, 3, 2),
    output: [1, 1, 1, 1, 1],
  },
  {
    name: "AvgPool1d",
    make: () => new nn.AvgPool1d(2),
    input: normal(2, 2, 5),
    output: [2, 2, 2],
  },
  {
    name: "AvgPool3d",
    make: () => new nn.AvgPool3d(2),
    input: normal(1, 1, 2, 3, 2),
    output: [1, 1, 1, 1, 1],
  },
  {
    name: "AdaptiveAvgPool1d",
    make: () => new nn.AdaptiveAvgPool1d(2),
    input: normal(2, 2, 5),
    output: [2, 2, 2],
  },
  {
    name: "AdaptiveAvgPool2d",
    make: () => new nn.AdaptiveAvgPool2d([2, 3]),
    input: image,
    output: [2, 2, 2, 3],
  },
  {
    name: "AdaptiveAvgPool3d",
    make: () => new nn.AdaptiveAvgPool3d(1),
    input: normal(1, 2, 2, 3, 2),
    output: [1, 2, 1, 1, 1],
  },
  {
    name: "AdaptiveMaxPool1d",
    make: () => new nn.AdaptiveMaxPool1d(2),
    input: normal(2, 2, 5),
    output: [2, 2, 2],
  },
  {
    name: "AdaptiveMaxPool2d",
    make: () => new nn.AdaptiveMaxPool2d(2),
    input: image,
    output: [2, 2, 2, 2],
  },
  {
    name: "AdaptiveMaxPool3d",
    make: () => new nn.AdaptiveMaxPool3d([1, 2, 1]),
    input: normal(1, 2, 2, 3, 2),
    output: [1, 2, 1, 2, 1],
  },
  {
    name: "Skip",
    make: () => new nn.Skip(new nn.Linear(3, 2, { dtype })),
    input: normal(4, 3),
    output: [4, 5],
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
  plain("ZeroPad1d", () => new nn.ZeroPad1d([[1, 2]]), normal(2, 3), [2, 6]),
  plain("ZeroPad2d", () => new nn.ZeroPad2d(1), image, [2, 2, 7, 6]),
  plain("ZeroPad3d", () => new nn.ZeroPad3d(1), normal(1, 1, 2, 2), [1, 3, 4, 4]),
  plain("ConstantPad1d", () => new nn.ConstantPad1d(1, 2), normal(2, 3), [2, 5]),
  plain("ConstantPad2d", () => new nn.ConstantPad2d([[1, 0], 2], 0.5), image, [2, 2, 6, 8]),
  plain("ConstantPad3d", () => new nn.ConstantPad3d(1, 0), normal(1, 1, 2, 2), [1, 3, 4, 4]),
  plain("ReflectionPad1d", () => new nn.ReflectionPad1d(2), normal(2, 3), [2, 7]),
  plain("ReflectionPad2d", () => new nn.ReflectionPad2d([1, 2]), image, [2, 2, 7, 8]),
  plain("ReflectionPad3d", () => new nn.ReflectionPad3d(1), normal(1, 2, 2, 2), [1, 4, 4, 4]),
  plain("ReplicationPad1d", () => new nn.ReplicationPad1d(2), normal(2, 3), [2, 7]),
  plain("ReplicationPad2d", () => new nn.ReplicationPad2d(1), image, [2, 2, 7, 6]),
  plain("ReplicationPad3d", () => new nn.ReplicationPad3d(1), normal(1, 1, 2, 2), [1, 3, 4, 4]),
  plain("CircularPad1d", () => new nn.CircularPad1d(2), normal(2, 3), [2, 7]),
  plain("CircularPad2d", () => new nn.CircularPad2d(1), image, [2, 2, 7, 6]),
  plain("CircularPad3d", () => new nn.CircularPad3d(1), normal(1, 1, 2, 2), [1, 3, 4, 4]),
  plain("LPPool1d", () => new nn.LPPool1d(2, 2), normal(2, 2, 5), [2, 2, 2]),
  plain("LPPool2d", () => new nn.LPPool2d(2, 2), image, [2, 2, 2, 2]),
  plain("LPPool3d", () => new nn.LPPool3d(2, 2), normal(1, 2, 2, 2), [1, 1, 1, 1]),
  plain("Unflatten", () => new nn.Unflatten(1, [2, -1]), normal(3, 4), [3, 2, 2]),
  plain("Unfold", () => new nn.Unfold(2, { stride: 2, padding: 1 }), image, [2, 8, 9]),
  plain("Fold", () => new nn.Fold(3, 2, { stride: 1 }), normal(2, 4, 4), [2, 1, 3, 3]),
  plain("Upsample", () => new nn.Upsample({ size: [3, 5], mode: "linear" }), image, [2, 2, 3, 5]),
  plain("PixelShuffle", () => new nn.PixelShuffle(2), normal(2, 4, 2, 1), [2, 1, 4, 2]),
  plain("PixelUnshuffle", () => new nn.PixelUnshuffle(2), normal(1, 4, 2), [4, 2, 1]),
  plain("ChannelShuffle", () => new nn.ChannelShuffle(2), normal(2, 4, 2), [2, 4, 2]),
  plain("RMSNorm", () => new nn.RMSNorm(4, { dtype }), normal(3, 4), [3, 4]),
  {
    ...plain("MaxUnpool1d", () => new nn.MaxUnpool1d(2) as OfTwo, normal(1, 2), [1, 4]),
    others: () => [tensor([[1, 2]], { dtype: "i32" })],
  },
  {
    ...plain("MaxUnpool2d", () => new nn.MaxUnpool2d(2) as OfTwo, normal(1, 1, 2), [1, 2, 4]),
    others: () => [tensor([[[4, 3]]], { dtype: "i32" })],
  },
  {
    ...plain("MaxUnpool3d", () => new nn.MaxUnpool3d(2) as OfTwo, normal(1, 1, 1, 1), [1, 2, 2, 2]),
    others: () => [tensor([[[[5]]]], { dtype: "i32" })],
  },
  {
    ...plain(
      "FractionalMaxPool2d",
      () => new nn.FractionalMaxPool2d(2, { outputRatio: 0.7 }),
      image,
      [2, 2, 3, 2],
    ),
    others: () => [rand([2, 2, 2], { dtype })],
  },
  {
    ...plain(
      "FractionalMaxPool3d",
      () => new nn.FractionalMaxPool3d(2, { outputSize: 2 }),
      normal(1, 3, 3, 4),
      [1, 2, 2, 2],
    ),
    others: () => [rand([1, 3], { dtype })],
  },
  {
    ...plain("Bilinear", () => new nn.Bilinear(4, 2, 3, { dtype }) as OfTwo, normal(3, 4), [3, 3]),
    others: () => [randn([3, 2], { dtype })],
  },
  {
    ...plain(
      "EmbeddingBag",
      () => new nn.EmbeddingBag(4, 3, { paddingIdx: 0, dtype }),
      () => tensor([3, 0, 1, 1, 2], { dtype: "i32" }),
      [3, 3],
    ),
    others: () => [tensor([0, 2, 2], { dtype: "i32" })],
  },
  {
    ...plain("AdaptiveLogSoftmaxWithLoss", () => new LossOf(), normal(3, 4), []),
    others: () => [labels()],
  },
  { ...plain("Dropout1d", () => new nn.Dropout1d(0.4), normal(6, 4, 2), [6, 4, 2]), ...random },
  {
    ...plain("Dropout2d", () => new nn.Dropout2d(0.4), normal(8, 4, 2, 1), [8, 4, 2, 1]),
    ...random,
  },
  {
    ...plain("Dropout3d", () => new nn.Dropout3d(0.4), normal(24, 1, 2, 1), [24, 1, 2, 1]),
    ...random,
  },
  { ...plain("AlphaDropout", () => new nn.AlphaDropout(0.4), normal(4, 6), [4, 6]), ...random },
  {
    ...plain("FeatureAlphaDropout", () => new nn.FeatureAlphaDropout(), normal(4, 6, 2), [4, 6, 2]),
    ...random,
  },
  activation("ReLU", () => new nn.ReLU()),
  { ...activation("RReLU", () => new nn.RReLU()), modes: true, random: true },
  { name: "Softmax2d", make: () => new nn.Softmax2d(), input: image, output: [2, 2, 5, 4] },
  activation("LeakyReLU", () => new nn.LeakyReLU({ negativeSlope: 0.2 })),
  activation("PReLU", () => new nn.PReLU({ parameters: 4, dtype })),
  activation("AbsoluteValue", () => new nn.AbsoluteValue()),
  activation("Threshold", () => new nn.Threshold({ threshold: 0.1, value: 3 })),
  activation("ReLU6", () => new nn.ReLU6()),
  activation("ELU", () => new nn.ELU({ alpha: 1.5 })),
  activation("CELU", () => new nn.CELU({ alpha: 1.5 })),
  activation("SELU", () => new nn.SELU()),
  activation("Softplus", () => new nn.Softplus({ beta: 2 })),
  activation("Sigmoid", () => new nn.Sigmoid()),
  activation("LogSigmoid", () => new nn.LogSigmoid()),
  activation("Tanh", () => new nn.Tanh()),
  activation("Softsign", () => new nn.Softsign()),
  activation("Hardtanh", () => new nn.Hardtanh({ minVal: -0.5 })),
  activation("Hardsigmoid", () => new nn.Hardsigmoid()),
  activation("Hardswish", () => new nn.Hardswish()),
  activation("Hardshrink", () => new nn.Hardshrink()),
  activation("Softshrink", () => new nn.Softshrink()),
  activation("Tanhshrink", () => new nn.Tanhshrink()),
  activation("GELU", () => new nn.GELU()),
  activation("GELU tanh", () => new nn.GELU({ approximate: "tanh" })),
  activation("GELU sigmoid", () => new nn.GELU({ approximate: "sigmoid" })),
  activation("SiLU", () => new nn.SiLU()),
  activation("Swish", () => new nn.Swish({ beta: 1.5, dtype })),
  activation("Mish", () => new nn.Mish()),
  activation("Cosine", () => new nn.Cosine(4, { dtype })),
  { name: "GLU", make: () => new nn.GLU({ axis: 1 }), input: normal(3, 4), output: [3, 2] },
  {
    name: "Maxout",
    make: () => new nn.Maxout(4, 2, { pieces: 3, dtype }),
    input: normal(3, 4),
    output: [3, 2],
  },
  activation("LogSoftmax", () => new nn.LogSoftmax({ temperature: 2 })),
  activation("Softmin", () => new nn.Softmin({ axis: 0 })),
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
    name: "BatchNorm1d",
    make: () => new nn.BatchNorm1d(3, { dtype }),
    input: normal(4, 3),
    output: [4, 3],
    modes: true,
  },
  {
    name: "BatchNorm3d",
    make: () => new nn.BatchNorm3d(2, { dtype }),
    input: normal(2, 2, 2, 1, 2),
    output: [2, 2, 2, 1, 2],
    modes: true,
  },
  {
    name: "InstanceNorm1d",
    make: () => new nn.InstanceNorm1d(2, { dtype }),
    input: normal(2, 2, 4),
    output: [2, 2, 4],
  },
  {
    name: "InstanceNorm2d",
    make: () => new nn.InstanceNorm2d(2, { trackRunningStats: true, dtype }),
    input: normal(2, 2, 2, 3),
    output: [2, 2, 2, 3],
    modes: true,
  },
  {
    name: "InstanceNorm3d",
    make: () => new nn.InstanceNorm3d(2, { dtype }),
    input: normal(1, 2, 2, 2, 2),
    output: [1, 2, 2, 2, 2],
  },
  {
    name: "GroupNorm",
    make: () => new nn.GroupNorm(2, 6, { dtype }),
    input: normal(2, 6, 2),
    output: [2, 6, 2],
  },
  {
    name: "LocalResponseNorm",
    make: () => new nn.LocalResponseNorm(3, { alpha: 0.5 }),
    input: normal(2, 4, 2),
    output: [2, 4, 2],
  },
  {
    name: "Linear, its weight normalised",
    make: () => nn.weightNorm(new nn.Linear(3, 2, { dtype })),
    input: normal(4, 3),
    output: [4, 2],
  },
  {
    name: "MultiheadAttention with keys of its own",
    make: () => {
      const options = { addBiasKv: true, addZeroAttn: true, dtype } as const;
      return new nn.MultiheadAttention(4, 2, options) as nn.Module & nn.Layer;
    },
    input: normal(3, 2, 4),
    output: [3, 2, 4],
  },
  {
    name: "Standardize",
    make: () =>
      new nn.Standardize([3], { dtype }).fit(
        tensor(
          [
            [1, 2, 3],
            [3, 6, 4],
          ],
          { dtype },
        ),
      ),
    input: normal(4, 3),
    output: [4, 3],
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
  {
    name: "Residual",
    make: () =>
      new nn.Residual(nn.sequential(new nn.Linear(3, 4, { dtype }), nn.tanh), {
        shortcut: new nn.Linear(3, 4, { bias: false, dtype }),
      }),
    input: normal(2, 3),
    output: [2, 4],
  },
  {
    name: "AdditiveAttention",
    make: () => new nn.AdditiveAttention(3, 4, { hidden: 2, dtype }),
    input: normal(2, 3, 3),
    others: () => [randn([2, 4, 4], { dtype })],
    output: [2, 3, 4],
  },
  {
    name: "TransformerEncoderLayer",
    make: () => new nn.TransformerEncoderLayer(4, 2, small) as nn.Module & nn.Layer,
    input: normal(2, 3, 4),
    output: [2, 3, 4],
  },
  {
    name: "TransformerDecoderLayer",
    make: () => new nn.TransformerDecoderLayer(4, 2, small) as OfTwo,
    input: normal(2, 3, 4),
    others: () => [randn([2, 2, 4], { dtype })],
    output: [2, 3, 4],
  },
  {
    name: "TransformerEncoder",
    make: () => {
      const layers = [new nn.TransformerEncoderLayer(4, 1, { ...small, normFirst: true })];
      const norm = new nn.LayerNorm(4, { dtype });
      return new nn.TransformerEncoder(layers, { norm }) as nn.Module & nn.Layer;
    },
    input: normal(2, 3, 4),
    output: [2, 3, 4],
  },
  {
    name: "TransformerDecoder",
    make: () => new nn.TransformerDecoder([new nn.TransformerDecoderLayer(4, 1, small)]) as OfTwo,
    input: normal(2, 3, 4),
    others: () => [randn([2, 2, 4], { dtype })],
    output: [2, 3, 4],
  },
  {
    name: "Transformer",
    make: () => {
      const size = { width: 4, heads: 2, encoderLayers: 1, decoderLayers: 1 };
      return new nn.Transformer({ ...small, ...size }) as OfTwo;
    },
    input: normal(2, 3, 4),
    others: () => [randn([2, 2, 4], { dtype })],
    output: [2, 2, 4],
  },
  {
    name: "SinusoidalPositions",
    make: () => new nn.SinusoidalPositions(4) as nn.Module & nn.Layer,
    input: normal(2, 3, 4),
    output: [2, 3, 4],
  },
  {
    name: "LearnedPositions",
    make: () => new nn.LearnedPositions(5, 4, { dtype }) as nn.Module & nn.Layer,
    input: normal(2, 3, 4),
    output: [2, 3, 4],
  },
  {
    name: "AttentionDecoder",
    make: () => {
      const sizes = { vocabulary: 3, width: 2, hidden: 3, memorySize: 2 };
      return new nn.AttentionDecoder({ ...sizes, dtype }) as unknown as OfTwo;
    },
    input: () => tensor([[0, 2]], { dtype: "i32" }),
    others: () => [randn([1, 3, 2], { dtype })],
    output: [1, 2, 3],
  },
  {
    name: "MultiheadAttention",
    make: () => new nn.MultiheadAttention(4, 2, { dtype }) as nn.Module & nn.Layer,
    input: normal(3, 2, 4),
    output: [3, 2, 4],
  },
  {
    name: "RNNCell",
    make: () => new nn.RNNCell(3, 2, { dtype }),
    others: () => [randn([4, 2], { dtype })],
    input: normal(4, 3),
    output: [4, 2],
  },
  {
    name: "GRUCell",
    make: () => new nn.GRUCell(3, 2, { form: "cho", dtype }),
    others: () => [randn([4, 2], { dtype })],
    input: normal(4, 3),
    output: [4, 2],
  },
  {
    name: "LSTMCell",
    make: () => new First(new nn.LSTMCell(3, 2, { dtype })),
    input: normal(4, 3),
    output: [4, 2],
  },
  {
    name: "RNN",
    make: () => new First(new nn.RNN(3, 2, { nonlinearity: "sigmoid", dtype })),
    input: normal(4, 2, 3),
    output: [4, 2, 2],
  },
  {
    name: "LSTM",
    make: () => new First(new nn.LSTM(3, 2, { layers: 2, candidate: "sigmoid", dtype })),
    input: normal(3, 2, 3),
    output: [3, 2, 2],
  },
  {
    name: "GRU",
    make: () => new First(new nn.GRU(3, 2, { bidirectional: true, batchFirst: true, dtype })),
    input: normal(2, 3, 3),
    output: [2, 3, 4],
  },
  {
    name: "Elman",
    make: () => new nn.Elman(2, 3, 1, { dtype }),
    input: normal(4, 2, 2),
    output: [4, 2, 1],
  },
  {
    name: "Jordan",
    make: () => new nn.Jordan(2, 3, 1, { recurrent: true, dtype }) as nn.Module & nn.Layer,
    input: normal(4, 2, 2),
    output: [4, 2, 1],
  },
  {
    name: "Leaky",
    make: () => new nn.Leaky(2, { trainable: true, dtype }),
    input: normal(4, 3, 2),
    output: [4, 3, 2],
  },
  {
    name: "Autoencoder",
    make: () => new nn.Autoencoder(4, 2, { output: nn.sigmoid, dtype }),
    input: normal(3, 4),
    output: [3, 4],
  },
  {
    name: "DeepAutoencoder",
    make: () =>
      new nn.DeepAutoencoder([
        new nn.Autoencoder(4, 3, { dtype }),
        new nn.Autoencoder(3, 2, { activation: nn.tanh, dtype }),
      ]),
    input: normal(3, 4),
    output: [3, 4],
  },
  loss("MSELoss", () => new nn.MSELoss(), another),
  loss("L1Loss", () => new nn.L1Loss(), another),
  loss("SmoothL1Loss", () => new nn.SmoothL1Loss({ beta: 0.5 }), another),
  loss("HuberLoss", () => new nn.HuberLoss({ delta: 0.5 }), another),
  loss(
    "KLDivLoss",
    () => new nn.KLDivLoss(),
    () => [probabilities(3, 4)],
  ),
  loss(
    "GaussianNLLLoss",
    () => new nn.GaussianNLLLoss(),
    () => [...another(), probabilities(3, 1)],
  ),
  loss(
    "PoissonNLLLoss",
    () => new nn.PoissonNLLLoss(),
    () => [probabilities(3, 4).mul(5)],
  ),
  loss(
    "PerceptronLoss",
    () => new nn.PerceptronLoss(),
    () => [signs(3, 4)],
  ),
  loss(
    "HingeLoss",
    () => new nn.HingeLoss(),
    () => [signs(3, 4)],
  ),
  loss(
    "SoftMarginLoss",
    () => new nn.SoftMarginLoss(),
    () => [signs(3, 4)],
  ),
  loss(
    "HingeEmbeddingLoss",
    () => new nn.HingeEmbeddingLoss(),
    () => [signs(3, 4)],
  ),
  loss(
    "MarginRankingLoss",
    () => new nn.MarginRankingLoss({ margin: 0.5 }),
    () => [...another(), signs(3, 4)],
  ),
  loss(
    "CosineEmbeddingLoss",
    () => new nn.CosineEmbeddingLoss(),
    () => [...another(), signs(3)],
  ),
  loss(
    "TripletMarginLoss",
    () => new nn.TripletMarginLoss(),
    () => [...another(), ...another()],
  ),
  loss(
    "MultiMarginLoss",
    () => new nn.MultiMarginLoss({ weight: factors() }),
    () => [labels()],
    normal(3, 3),
  ),
  loss(
    "MultiLabelMarginLoss",
    () => new nn.MultiLabelMarginLoss(),
    () => [
      tensor(
        [
          [2, -1, 0],
          [0, 1, -1],
        ],
        { dtype: "i32" },
      ),
    ],
    normal(2, 3),
  ),
  loss(
    "CTCLoss",
    () => new nn.CTCLoss(),
    () => [
      tensor(
        [
          [1, 2],
          [2, 0],
        ],
        { dtype: "i32" },
      ),
      tensor([4, 3], { dtype: "i32" }),
      tensor([2, 1], { dtype: "i32" }),
    ],
    normal(4, 2, 3),
  ),
  loss(
    "MultiLabelSoftMarginLoss",
    () => new nn.MultiLabelSoftMarginLoss({ weight: factors() }),
    () => [probabilities(2, 3)],
    normal(2, 3),
  ),
  loss(
    "CrossEntropyLoss",
    () => new nn.CrossEntropyLoss(),
    () => [labels()],
  ),
  loss(
    "CrossEntropyLoss weighted",
    () => new nn.CrossEntropyLoss({ weight: factors(), labelSmoothing: 0.1 }),
    () => [labels()],
    normal(3, 3),
  ),
  loss(
    "NLLLoss",
    () => new nn.NLLLoss({ weight: factors(), ignoreIndex: 1 }),
    () => [labels()],
    normal(3, 3),
  ),
  loss(
    "BCELoss",
    () => new nn.BCELoss({ weight: factors() }),
    () => [probabilities(2, 3)],
    () => probabilities(2, 3),
  ),
  loss(
    "BCEWithLogitsLoss",
    () => new nn.BCEWithLogitsLoss({ posWeight: factors() }),
    () => [probabilities(2, 3)],
    normal(2, 3),
  ),
  {
    name: "CosineSimilarity",
    make: () => new nn.CosineSimilarity(),
    others: another,
    input: normal(3, 4),
    output: [3],
  },
  {
    name: "PairwiseDistance",
    make: () => new nn.PairwiseDistance({ p: 3 }),
    others: another,
    input: normal(3, 4),
    output: [3],
  },
];

// Padding, pooling, resampling, shuffles, bags and what else make-places.py has, against PyTorch.

import * as nn from "../../src/nn/index.ts";
import { arange, ones, tensor } from "../../src/tensor/create.ts";
import { concat } from "../../src/tensor/functions.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { describeLayers, type MakeLayer } from "./layers-golden.ts";

/** A function as a layer. */
class Of extends nn.Module {
  readonly function: (x: Tensor) => Tensor;

  constructor(function_: (x: Tensor) => Tensor) {
    super();
    this.function = function_;
  }

  forward(x: Tensor): Tensor {
    return this.function(x);
  }
}

const of = (function_: (x: Tensor) => Tensor) => (): Of => new Of(function_);
const whole = (...data: number[]): Tensor => tensor(data, { dtype: "i32" });

/** The largest of each window, squared, back in its place. */
const unpooled = (
  pool: nn.MaxPool1d | nn.MaxPool2d | nn.MaxPool3d,
  unpool: nn.MaxUnpool1d | nn.MaxUnpool2d | nn.MaxUnpool3d,
  outputSize?: (x: Tensor) => number[],
): (() => Of) =>
  of((x) => {
    const { values, indices } = pool.withIndices(x);
    return unpool.forward(values.square(), indices, { outputSize: outputSize?.(x) });
  });

/** The bags one after the other. */
class Bags extends nn.EmbeddingBag {
  readonly offsets: readonly number[];
  readonly factors: readonly number[] | undefined;

  constructor(
    offsets: readonly number[],
    options: nn.EmbeddingBagOptions,
    factors?: readonly number[],
  ) {
    super(5, 3, options);
    this.offsets = offsets;
    this.factors = factors;
  }

  override forward(x: Tensor): Tensor {
    const factors = this.factors && tensor([...this.factors]).cast(this.weight.dtype);
    return super.forward(x, whole(...this.offsets), factors);
  }
}

/** The input cut in two. */
class Pair extends nn.Bilinear {
  override forward(x: Tensor): Tensor {
    return super.forward(x.at("...", ":3"), x.at("...", "3:"));
  }
}

/** Log-probabilities of the labels and of all classes, and the loss. */
class Adaptive extends nn.Module {
  readonly inner: nn.AdaptiveLogSoftmaxWithLoss;

  constructor(inner: nn.AdaptiveLogSoftmaxWithLoss) {
    super();
    this.inner = inner;
  }

  override get fieldNames(): nn.FieldNames {
    return { inner: "" };
  }

  forward(x: Tensor): Tensor {
    const { output, loss } = this.inner.forward(x, whole(0, 9, 3, 4, 6, 2));
    return concat([output, this.inner.logProb(x).flatten(), loss.flatten()]);
  }
}

const places = [
  [
    [
      [-1.3, 0.2],
      [0.1, -0.6],
      [0.7, 1.6],
    ],
    [
      [0.35, 0.15],
      [-0.45, 0.9],
      [2.6, -2.3],
    ],
  ],
];
const volume = [
  [
    [
      [
        [-0.3, 0.2, 0.7],
        [0.9, -1.3, 0.15],
      ],
    ],
  ],
];
const sampled = (options: nn.GridSampleOptions) =>
  of((x) => nn.gridSample(x, tensor(places, { dtype: "f64" }).cast(x.dtype), options));
const byGrid = (options: nn.GridSampleOptions) =>
  of((grid) => {
    const x = arange(0, 12, { dtype: grid.dtype }).reshape([1, 1, 4, 3]).sin();
    return nn.gridSample(x, grid, options);
  });
const [border, reflection] = [{ paddingMode: "border" }, { paddingMode: "reflection" }] as const;
const met = { alignCorners: true } as const;

const samples = [
  [
    [0.1, 0.9],
    [0.5, 0],
  ],
  [
    [0.75, 0.25],
    [0.99, 0.4],
  ],
];
const fractional = (
  layer: nn.FractionalMaxPool2d | nn.FractionalMaxPool3d,
  drawn: number[][][],
): (() => Of) => of((x) => layer.forward(x, tensor(drawn, { dtype: "f64" }).cast(x.dtype)));

const indexed = (pool: (x: Tensor) => nn.Largest) =>
  of((x) => {
    const { values, indices } = pool(x);
    return concat([values.flatten().mul(2), indices.flatten().cast(x.dtype)]);
  });

const orthogonal =
  (inFeatures: number, outFeatures: number): MakeLayer =>
  (dtype) =>
    nn.orthogonalParametrization(new nn.Linear(inFeatures, outFeatures, { bias: false, dtype }));

const cutOff = (options: nn.MagnitudeMaskOptions) =>
  of((x) => x.where(nn.magnitudeMask(x, options), 0));

const sized = (options: nn.InterpolateOptions) => () => new nn.Upsample(options);
const linear = { mode: "linear" } as const;
const aligned = { mode: "linear", alignCorners: true } as const;
const cubic = { mode: "cubic" } as const;
const smooth = { antialias: true };
const bags = (["sum", "mean", "max"] as const).flatMap((mode): [string, MakeLayer][] => [
  [`embeddingBag ${mode}`, (dtype) => new nn.EmbeddingBag(5, 3, { mode, dtype })],
  [
    `embeddingBag ${mode} padding`,
    (dtype) => new nn.EmbeddingBag(5, 2, { mode, paddingIdx: 1, dtype }),
  ],
  [`embeddingBag ${mode} list`, (dtype) => new Bags([0, 3, 3, 5], { mode, paddingIdx: 1, dtype })],
]);

describeLayers("nn/places.json", {
  zeroPad1d: () => new nn.ZeroPad1d([[1, 2]]),
  zeroPad2d: () =>
    new nn.ZeroPad2d([
      [2, -1],
      [1, 0],
    ]),
  zeroPad3d: () => new nn.ZeroPad3d([[2, 0], [0, 1], 1]),
  constantPad1d: () => new nn.ConstantPad1d([[1, 2]], 1.5),
  constantPad2d: () => new nn.ConstantPad2d(1, -0.5),
  constantPad3d: () => new nn.ConstantPad3d([1, [1, 0], [0, 1]], 2),
  reflectionPad1d: () => new nn.ReflectionPad1d([[2, 1]]),
  reflectionPad2d: () =>
    new nn.ReflectionPad2d([
      [0, 1],
      [1, 2],
    ]),
  reflectionPad3d: () => new nn.ReflectionPad3d(1),
  replicationPad1d: () => new nn.ReplicationPad1d([[3, 1]]),
  replicationPad2d: () =>
    new nn.ReplicationPad2d([
      [0, 1],
      [1, 2],
    ]),
  replicationPad3d: () =>
    new nn.ReplicationPad3d([
      [0, 1],
      [2, 1],
      [1, 0],
    ]),
  circularPad1d: () => new nn.CircularPad1d([[2, 1]]),
  circularPad2d: () =>
    new nn.CircularPad2d([
      [0, 1],
      [1, 2],
    ]),
  circularPad3d: () => new nn.CircularPad3d([[2, 0], [0, 1], 1]),
  "avgPool2d divisor": () => new nn.AvgPool2d(2, { stride: 1, padding: 1, divisorOverride: 3 }),
  lpPool1d: () => new nn.LPPool1d(2, 3, { stride: 2 }),
  lpPool2d: () => new nn.LPPool2d(2, 2),
  "lpPool2d ceil": () => new nn.LPPool2d(3, [2, 3], { stride: 2, ceilMode: true }),
  lpPool3d: () => new nn.LPPool3d(2, 2),
  fractionalMaxPool2d: fractional(
    new nn.FractionalMaxPool2d([2, 3], { outputSize: [4, 3] }),
    samples,
  ),
  fractionalMaxPool3d: fractional(new nn.FractionalMaxPool3d(2, { outputRatio: [0.7, 0.5, 0.6] }), [
    [[0.1, 0.9, 0.3]],
  ]),
  "adaptiveMaxPool1d indices": indexed((x) => new nn.AdaptiveMaxPool1d(3).withIndices(x)),
  "adaptiveMaxPool2d indices": indexed((x) => new nn.AdaptiveMaxPool2d([3, 2]).withIndices(x)),
  "adaptiveMaxPool3d indices": indexed((x) => new nn.AdaptiveMaxPool3d([2, 3, 2]).withIndices(x)),
  "fractionalMaxPool2d indices": indexed((x) =>
    new nn.FractionalMaxPool2d([2, 3], { outputSize: [4, 3] }).withIndices(
      x,
      tensor(samples, { dtype: "f64" }).cast(x.dtype),
    ),
  ),
  maxUnpool2d: unpooled(new nn.MaxPool2d(2), new nn.MaxUnpool2d(2), (x) => x.shape.slice(2)),
  maxUnpool1d: unpooled(new nn.MaxPool1d(3, { padding: 1 }), new nn.MaxUnpool1d(3, { padding: 1 })),
  maxUnpool3d: unpooled(new nn.MaxPool3d(2), new nn.MaxUnpool3d(2)),
  "upsample nearest": sized({ scaleFactor: 2 }),
  "upsample nearest down": sized({ size: [2, 5] }),
  "upsample nearest scale": sized({ scaleFactor: 1.5 }),
  "upsample nearestExact": sized({ mode: "nearestExact", size: [2, 7] }),
  "upsample nearestExact volume": sized({ mode: "nearestExact", scaleFactor: [2, 1.5, 0.5] }),
  "upsample linear": sized({ ...linear, size: 7 }),
  "upsample linear aligned": sized({ ...aligned, size: 7 }),
  "upsample linear one": sized({ ...aligned, size: 1 }),
  "upsample bilinear": sized({ ...linear, scaleFactor: [2, 1.7] }),
  "upsample bilinear down": sized({ ...linear, size: [2, 3] }),
  "upsample bilinear aligned": sized({ ...aligned, size: [5, 2] }),
  "upsample trilinear": sized({ ...linear, size: [3, 2, 5] }),
  "upsample bicubic": sized({ ...cubic, size: [5, 7] }),
  "upsample bicubic down": sized({ ...cubic, scaleFactor: [0.5, 2.5] }),
  "upsample bicubic aligned": sized({ ...cubic, size: [5, 3], alignCorners: true }),
  "upsample bilinear antialias": sized({ ...linear, size: [2, 3], ...smooth }),
  "upsample bilinear antialias up": sized({ ...linear, scaleFactor: [2, 0.4], ...smooth }),
  "upsample bilinear antialias aligned": sized({ ...aligned, size: [2, 4], ...smooth }),
  "upsample bicubic antialias": sized({ ...cubic, size: [2, 3], ...smooth }),
  "upsample bicubic antialias up": sized({ ...cubic, size: [7, 3], ...smooth }),
  "upsample area": sized({ mode: "area", size: [2, 5] }),
  pixelShuffle: () => new nn.PixelShuffle(2),
  "pixelShuffle more axes": () => new nn.PixelShuffle(3),
  pixelUnshuffle: () => new nn.PixelUnshuffle(2),
  channelShuffle: () => new nn.ChannelShuffle(3),
  unflatten: () => new nn.Unflatten(1, [2, 3]),
  unfold: () => new nn.Unfold([2, 3], { dilation: [2, 1], padding: [1, 0], stride: [1, 2] }),
  "unfold without batch": () => new nn.Unfold(2),
  fold: () => new nn.Fold([4, 5], [2, 3], { dilation: [2, 1], padding: [1, 0], stride: [2, 1] }),
  "fold without batch": () => new nn.Fold(3, 2),
  "alphaDropout eval": () => new nn.AlphaDropout(0.3),
  rmsNorm: (dtype) => new nn.RMSNorm(6, { eps: 1e-5, dtype }),
  "rmsNorm two axes": (dtype) => new nn.RMSNorm([3, 4], { eps: 1e-3, dtype }),
  ...Object.fromEntries(bags),
  "embeddingBag last offset": (dtype) => new Bags([0, 3, 3, 7], { includeLastOffset: true, dtype }),
  "embeddingBag factors": (dtype) =>
    new Bags([0, 3, 5], { mode: "sum", dtype }, [0.5, 1, -2, 0.25, 0, 1, 3]),
  "embedding maxNorm": (dtype) => new nn.Embedding(5, 3, { maxNorm: 0.75, dtype }),
  "embedding maxNorm order 1": (dtype) =>
    new nn.Embedding(5, 3, { maxNorm: 1, normType: 1, dtype }),
  "embedding scaleGradByFreq": (dtype) =>
    new nn.Embedding(5, 3, { scaleGradByFreq: true, paddingIdx: 1, dtype }),
  "embeddingBag maxNorm": (dtype) =>
    new nn.EmbeddingBag(5, 3, { mode: "sum", maxNorm: 0.75, dtype }),
  "embeddingBag scaleGradByFreq sum": (dtype) =>
    new nn.EmbeddingBag(5, 3, { mode: "sum", scaleGradByFreq: true, paddingIdx: 1, dtype }),
  "embeddingBag scaleGradByFreq mean": (dtype) =>
    new nn.EmbeddingBag(5, 3, { scaleGradByFreq: true, paddingIdx: 1, dtype }),
  maskParameter: (dtype) => {
    const layer = new nn.Linear(3, 2, { dtype });
    return nn.maskParameter(layer, ones([2, 3]));
  },
  orthogonalParametrization: orthogonal(3, 4),
  "orthogonalParametrization square": orthogonal(3, 3),
  "orthogonalParametrization wide": orthogonal(4, 2),
  magnitudeMask: cutOff({ share: 0.4 }),
  "magnitudeMask of slices": cutOff({ share: 0.5, axis: 0 }),
  "magnitudeMask of slices, order 1": cutOff({ share: 0.34, axis: 1, order: 1 }),
  bilinear: (dtype) => new Pair(3, 2, 4, { dtype }),
  "bilinear without bias": (dtype) => new Pair(3, 4, 1, { bias: false, dtype }),
  adaptiveLogSoftmax: (dtype) =>
    new Adaptive(new nn.AdaptiveLogSoftmaxWithLoss(8, 10, [3, 6], { divValue: 2, dtype })),
  "adaptiveLogSoftmax bias": (dtype) =>
    new Adaptive(new nn.AdaptiveLogSoftmaxWithLoss(5, 10, [5], { headBias: true, dtype })),
  "gridSample nearest border": sampled({ mode: "nearest", ...border }),
  "gridSample nearest zeros aligned": sampled({ mode: "nearest", ...met }),
  "gridSample bilinear zeros": sampled({}),
  "gridSample bilinear border aligned": sampled({ ...border, ...met }),
  "gridSample bilinear reflection": sampled(reflection),
  "gridSample bilinear reflection aligned": sampled({ ...reflection, ...met }),
  "gridSample bicubic zeros aligned": sampled({ ...cubic, ...met }),
  "gridSample bicubic reflection": sampled({ ...cubic, ...reflection }),
  "gridSample bilinear zeros by grid": byGrid({}),
  "gridSample bilinear border by grid": byGrid(border),
  "gridSample bilinear reflection by grid": byGrid(reflection),
  "gridSample bicubic zeros by grid": byGrid(cubic),
  "gridSample volume": of((x) => nn.gridSample(x, tensor(volume, { dtype: "f64" }).cast(x.dtype))),
  affineGrid: of((theta) => nn.affineGrid(theta, [3, 2])),
  "affineGrid aligned": of((theta) => nn.affineGrid(theta, [3, 1], { alignCorners: true })),
  "affineGrid volume": of((theta) => nn.affineGrid(theta, [2, 3, 2])),
  normalize: of((x) => nn.normalize(x)),
  "normalize order 1": of((x) => nn.normalize(x, { order: 1, axis: -1, eps: 0.5 })),
  pdist: of((x) => nn.pdist(x)),
  "pdist order 3": of((x) => nn.pdist(x, { p: 3 })),
});

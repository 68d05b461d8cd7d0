// hebb/nn: modules, layers, losses, initialisers.

export {
  elu,
  GELU,
  gelu,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  mish,
  ReLU,
  relu,
  Sigmoid,
  Softmax,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  Tanh,
  tanh,
} from "./activation.ts";
export { Conv2d, type Conv2dOptions } from "./conv.ts";
export { Dropout, type DropoutOptions, dropout } from "./dropout.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export { Flatten, type FlattenOptions, flatten } from "./flatten.ts";
export { type Functional, functional } from "./functional.ts";
export * as init from "./init.ts";
export { Identity, Linear, type LinearOptions } from "./linear.ts";
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  type LossOptions,
  mseLoss,
  type Reduction,
} from "./loss.ts";
export { Module } from "./module.ts";
export {
  BatchNorm2d,
  type BatchNormOptions,
  LayerNorm,
  type LayerNormOptions,
} from "./norm.ts";
export { AvgPool2d, MaxPool2d, type PoolOptions } from "./pool.ts";
export { type Layer, Sequential, type Step, sequential } from "./sequential.ts";
export type { LoadOptions, LoadReport, StateDict } from "./state-dict.ts";
export type { FieldNames } from "./state-keys.ts";

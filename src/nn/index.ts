// hebb/nn: modules, layers, losses, initialisers.

export {
  elu,
  gelu,
  hardsigmoid,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  mish,
  relu,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  tanh,
} from "../tensor/functions.ts";
export type { SoftmaxOptions } from "../tensor/reduce.ts";
export { Cosine } from "./activations/cosine.ts";
export { deadUnits, pruneUnits, reviveUnits } from "./activations/dead-units.ts";
export { Maxout, type MaxoutOptions, maxout } from "./activations/maxout.ts";
export {
  activationPattern,
  countPatterns,
  maxPatterns,
  patternJacobian,
} from "./activations/patterns.ts";
export {
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  type HardtanhOptions,
  hardshrink,
  hardswish,
  hardtanh,
  ReLU6,
  relu6,
  type ShrinkOptions,
  Softshrink,
  softshrink,
  Tanhshrink,
  tanhshrink,
} from "./activations/piecewise-linear.ts";
export {
  AbsoluteValue,
  LeakyReLU,
  PReLU,
  type PReLUOptions,
  prelu,
  ReLU,
  RReLU,
  type RReLUOptions,
  rectifier,
  rrelu,
  Threshold,
  type ThresholdOptions,
  threshold,
} from "./activations/rectifiers.ts";
export {
  heaviside,
  LogSigmoid,
  logit,
  Sigmoid,
  Softsign,
  Tanh,
} from "./activations/saturating.ts";
export {
  GELU,
  type GeluApproximation,
  GLU,
  glu,
  Mish,
  SiLU,
  Swish,
  stochasticGate,
  swish,
} from "./activations/self-gated.ts";
export {
  type AlphaOptions,
  CELU,
  celu,
  ELU,
  SELU,
  Softplus,
} from "./activations/smooth-rectifiers.ts";
export {
  type GumbelSoftmaxOptions,
  gumbelSoftmax,
  LogSoftmax,
  Softmax,
  Softmax2d,
  Softmin,
  softmin,
} from "./activations/softmax.ts";
export { isSubderivative, type SubderivativeOptions } from "./activations/subderivative.ts";
export { AlphaDropout, FeatureAlphaDropout } from "./alpha-dropout.ts";
export {
  AdditiveAttention,
  type AdditiveAttentionOptions,
} from "./attention/additive-attention.ts";
export {
  type AttentionOptions,
  attention,
  attentionWeights,
  dotScore,
  type ScaledDotProductOptions,
  type Score,
  type SelfAttentionWeights,
  scaledDotProductAttention,
  scaledDotScore,
  selfAttention,
} from "./attention/attention.ts";
export {
  type KeysAndValues,
  KeyValueCache,
  type KeyValueCacheSize,
} from "./attention/key-value-cache.ts";
export {
  type CausalMaskOptions,
  causalMask,
  maskedSoftmax,
  paddingMask,
} from "./attention/masks.ts";
export {
  type Attended,
  type LookOptions,
  MultiheadAttention,
  type MultiheadAttentionOptions,
} from "./attention/multihead-attention.ts";
export {
  Autoencoder,
  type AutoencoderOptions,
  type Coder,
  DeepAutoencoder,
} from "./autoencoder.ts";
export { Bilinear } from "./bilinear.ts";
export { Dropout1d, Dropout2d, Dropout3d } from "./channel-dropout.ts";
export {
  convolveFunctions,
  integralOperator,
  type QuadratureOptions,
  type RealFunction,
} from "./convolution/continuous.ts";
export { Conv1d, Conv2d, Conv3d, type ConvOptions } from "./convolution/conv.ts";
export {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
  type OutputSizeOptions,
} from "./convolution/conv-transpose.ts";
export {
  type ConvolveMode,
  type ConvolveOptions,
  convolve,
  correlate,
} from "./convolution/convolve.ts";
export {
  filterImages,
  gaussianKernel,
  laplaceKernel,
  sobelKernel,
} from "./convolution/filters.ts";
export { Fold, type FoldOptions, Unfold } from "./convolution/fold.ts";
export { type Complex, fft, fftConvolve, ifft } from "./convolution/fourier.ts";
export {
  type BorderMode,
  type ConvolutionCountOptions,
  convolutionParameters,
  convolutionProducts,
  outputSize,
  paddingOf,
  receptiveField,
  type SlidingWindow,
  transposedOutputSize,
  type WindowOptions,
} from "./convolution/geometry.ts";
export {
  circulant,
  convolutionMatrix,
  impulseResponse,
  matrixOf,
  toeplitz,
} from "./convolution/matrix.ts";
export { ConvStages, type Stage } from "./convolution/stages.ts";
export { type CountOptions, countParameters } from "./count.ts";
export {
  type BeamSearchOptions,
  type BeamStep,
  beamSearch,
  type Hypothesis,
} from "./decoding/beam-search.ts";
export { type SamplingOptions, sampleLogits } from "./decoding/sampling.ts";
export { Dropout, type DropoutOptions, dropout } from "./dropout.ts";
export {
  arithmeticEnsemble,
  dropoutMasks,
  type EnsembleMeanOptions,
  geometricEnsemble,
  maskProbabilities,
} from "./dropout-ensemble.ts";
export { Embedding } from "./embedding.ts";
export { EmbeddingBag, type EmbeddingBagOptions } from "./embedding-bag.ts";
export { Ensemble } from "./ensemble.ts";
export { FeedForward, type FeedForwardOptions } from "./feed-forward.ts";
export { Flatten, type FlattenOptions, flatten, Unflatten } from "./flatten.ts";
export { FullyConnected, type FullyConnectedOptions } from "./fully-connected.ts";
export { type Functional, functional } from "./functional.ts";
export { type Fusible, fuseBatchNorm } from "./fuse.ts";
export {
  adjacencyMatrix,
  type NormalizedAdjacencyOptions,
  normalizedAdjacency,
  symmetricallyNormalized,
  withSelfLoops,
} from "./graph/adjacency.ts";
export {
  aggregate,
  GraphConvolution,
  type GraphConvolutionOptions,
  graphConvolutionOfColumns,
  labelledNodesLoss,
} from "./graph/graph-convolution.ts";
export { type FittedFilter, fitGraphFilter, graphFilter } from "./graph/graph-filter.ts";
export * as init from "./init.ts";
export { type GraphNode, type JoiningStep, LayerGraph } from "./layer-graph.ts";
export { LearnedFeatures } from "./learned-features.ts";
export { Identity, Linear, type LinearOptions } from "./linear.ts";
export {
  type AdaptiveLogSoftmaxOptions,
  type AdaptiveLogSoftmaxResult,
  AdaptiveLogSoftmaxWithLoss,
} from "./losses/adaptive-log-softmax.ts";
export {
  BCELoss,
  type BCELossOptions,
  BCEWithLogitsLoss,
  type BinaryCrossEntropyOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
} from "./losses/binary-cross-entropy.ts";
export {
  MultiLabelMarginLoss,
  MultiLabelSoftMarginLoss,
  type MultilabelOptions,
  MultiMarginLoss,
  type MultiMarginOptions,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
} from "./losses/classes.ts";
export {
  CrossEntropyLoss,
  type CrossEntropyOptions,
  crossEntropy,
  NLLLoss,
  type NLLLossOptions,
  nllLoss,
} from "./losses/cross-entropy.ts";
export { CTCLoss, type CTCLossOptions, ctcLoss } from "./losses/ctc.ts";
export { type DistillationOptions, distillationLoss } from "./losses/distillation.ts";
export {
  CosineEmbeddingLoss,
  type CosineEmbeddingOptions,
  CosineSimilarity,
  type CosineSimilarityOptions,
  cosineEmbeddingLoss,
  cosineSimilarity,
  PairwiseDistance,
  type PairwiseDistanceOptions,
  pairwiseDistance,
  pdist,
  TripletMarginLoss,
  type TripletMarginOptions,
  tripletMarginLoss,
} from "./losses/embeddings.ts";
export {
  bernoulliFamily,
  categoricalFamily,
  type ExponentialFamily,
  exponentialFamilyLoss,
  gaussianFamily,
  poissonFamily,
} from "./losses/exponential-family.ts";
export {
  GaussianNLLLoss,
  type GaussianNLLOptions,
  gaussianNllLoss,
  KLDivLoss,
  type KLDivOptions,
  klDiv,
  type LaplaceNLLOptions,
  laplaceNllLoss,
  PoissonNLLLoss,
  type PoissonNLLOptions,
  poissonNllLoss,
} from "./losses/likelihood.ts";
export type { LossOptions, Reduction } from "./losses/loss.ts";
export {
  HuberLoss,
  type HuberLossOptions,
  halfSquaredLoss,
  huberLoss,
  L1Loss,
  l1Loss,
  MSELoss,
  mseLoss,
  SmoothL1Loss,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from "./losses/regression.ts";
export {
  absoluteNorm,
  halfSquaredNorm,
  type RegularizedOptions,
  regularized,
} from "./losses/regularized.ts";
export { type SemiSupervisedOptions, semiSupervisedNllLoss } from "./losses/semi-supervised.ts";
export { type SequenceNLLOptions, sequenceNllLoss } from "./losses/sequence.ts";
export {
  HingeEmbeddingLoss,
  HingeLoss,
  hingeEmbeddingLoss,
  hingeLoss,
  type MarginOptions,
  MarginRankingLoss,
  marginRankingLoss,
  PerceptronLoss,
  perceptronLoss,
  SoftMarginLoss,
  softMarginLoss,
  TanhSquaredLoss,
  tanhSquaredLoss,
} from "./losses/signed-labels.ts";
export { zeroOneLoss } from "./losses/zero-one.ts";
export { Module } from "./module.ts";
export { MultiTask, multiTaskLoss } from "./multi-task.ts";
export {
  addNoise,
  flipLabels,
  GaussianNoise,
  type NoiseOptions,
  smoothLabels,
} from "./noise.ts";
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormOptions,
} from "./normalization/batch-norm.ts";
export { GroupNorm, type GroupNormOptions } from "./normalization/group-norm.ts";
export {
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type InstanceNormOptions,
} from "./normalization/instance-norm.ts";
export { LayerNorm, type LayerNormOptions } from "./normalization/layer-norm.ts";
export {
  LocalResponseNorm,
  type LocalResponseNormOptions,
  localResponseNorm,
} from "./normalization/local-response-norm.ts";
export { type NormalizeOptions, normalize } from "./normalization/normalize.ts";
export { RMSNorm, type RMSNormOptions } from "./normalization/rms-norm.ts";
export {
  removeSpectralNormalization,
  type SpectralNormalizationOptions,
  spectralNormalization,
} from "./normalization/spectral-normalization.ts";
export { Standardize, type StandardizeOptions } from "./normalization/standardize.ts";
export {
  removeWeightNorm,
  type WeightNormOptions,
  weightNorm,
  weightNormalized,
} from "./normalization/weight-norm.ts";
export { orthogonalParametrization } from "./orthogonal-parametrization.ts";
export { linearOutput, type OutputUnit, softmaxOutput } from "./output-units.ts";
export {
  CircularPad1d,
  CircularPad2d,
  CircularPad3d,
  ConstantPad1d,
  ConstantPad2d,
  ConstantPad3d,
  ReflectionPad1d,
  ReflectionPad2d,
  ReflectionPad3d,
  ReplicationPad1d,
  ReplicationPad2d,
  ReplicationPad3d,
  ZeroPad1d,
  ZeroPad2d,
  ZeroPad3d,
} from "./padding.ts";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
  globalAvgPool,
} from "./pooling/adaptive-pool.ts";
export {
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  type AvgPoolLayerOptions,
  LPPool1d,
  LPPool2d,
  LPPool3d,
} from "./pooling/avg-pool.ts";
export {
  FractionalMaxPool2d,
  FractionalMaxPool3d,
  type FractionalMaxPoolOptions,
} from "./pooling/fractional-max-pool.ts";
export {
  type Largest,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  type MaxPoolLayerOptions,
} from "./pooling/max-pool.ts";
export { MaxUnpool1d, MaxUnpool2d, MaxUnpool3d } from "./pooling/max-unpool.ts";
export type { PoolOptions } from "./pooling/pool.ts";
export { type PruneOptions, pruneByMagnitude } from "./prune.ts";
export {
  type MagnitudeMaskOptions,
  magnitudeMask,
  maskParameter,
  type PruneMaskOptions,
  randomMask,
} from "./prune-masks.ts";
export { quantize } from "./quantization/quantize.ts";
export { QuantizedConv2d, QuantizedLinear } from "./quantization/quantized-layers.ts";
export {
  type ActivationRange,
  activationRange,
  type QuantizedWeight,
  quantizeActivation,
  quantizeWeight,
} from "./quantization/scheme.ts";
export {
  type BackpropagationThroughTime,
  backpropagationThroughTime,
  type SimpleNetwork,
  type TruncatedOptions,
  truncatedBackpropagation,
  type WindowState,
} from "./recurrent/bptt.ts";
export { type CellOptions, GRUCell, LSTMCell, RNNCell } from "./recurrent/cells.ts";
export {
  Elman,
  Jordan,
  type JordanForwardOptions,
  type JordanOptions,
  type OutputNetworkOptions,
} from "./recurrent/jordan.ts";
export { GRU, LSTM, type LSTMState, RNN } from "./recurrent/layers.ts";
export { Leaky, type LeakyOptions } from "./recurrent/leaky.ts";
export {
  type PackedSequence,
  type PaddedSequences,
  type PadSequenceOptions,
  packSequence,
  padSequence,
  unpackSequence,
  unpadSequence,
} from "./recurrent/packed.ts";
export type { RecurrentOptions, SequenceOptions } from "./recurrent/recurrent.ts";
export type { GRUForm, Nonlinearity as RecurrentNonlinearity } from "./recurrent/steps.ts";
export {
  gradientBound,
  linearRecurrence,
  recurrentParameters,
  type SampleOptions,
  sampleSequences,
  sequenceLengths,
  spectralNorm,
  stateGradientNorms,
  tableParameters,
} from "./recurrent/theory.ts";
export {
  isReparametrized,
  type Reparametrization,
  removeReparametrization,
  reparametrize,
} from "./reparametrize.ts";
export {
  affineGrid,
  type GridSampleOptions,
  gridSample,
} from "./resampling/grid-sample.ts";
export {
  type InterpolateOptions,
  type InterpolationMode,
  interpolate,
} from "./resampling/interpolate.ts";
export { ChannelShuffle, PixelShuffle, PixelUnshuffle } from "./resampling/pixel-shuffle.ts";
export { Upsample } from "./resampling/upsample.ts";
export { Residual } from "./residual.ts";
export { associativeRecall, type RecallOptions } from "./sequence/associative-recall.ts";
export {
  AttentionDecoder,
  type AttentionDecoderOptions,
  type Decoded,
  type DecoderMemory,
  type DecoderStep,
  type Feed,
} from "./sequence/attention-decoder.ts";
export type { RecurrentState, RecurrentStep } from "./sequence/recurrent-cell.ts";
export { type Layer, Sequential, type Step, sequential } from "./sequential.ts";
export { densely, Skip } from "./skip.ts";
export type { LoadOptions, LoadReport, StateDict } from "./state-dict.ts";
export type { FieldNames } from "./state-keys.ts";
export type { EmbeddingOptions } from "./table-layer.ts";
export {
  type DecoderLayerCache,
  type DecoderLayerOptions,
  TransformerDecoderLayer,
} from "./transformer/decoder-layer.ts";
export { TransformerEncoderLayer } from "./transformer/encoder-layer.ts";
export type { TransformerLayerOptions } from "./transformer/feed-forward.ts";
export {
  type Frequencies,
  LearnedPositions,
  type PositionOptions,
  type SinusoidalOptions,
  SinusoidalPositions,
  sinusoidalPositions,
} from "./transformer/positions.ts";
export { type StackOptions, TransformerDecoder, TransformerEncoder } from "./transformer/stacks.ts";
export {
  Transformer,
  type TransformerMasks,
  type TransformerOptions,
} from "./transformer/transformer.ts";
export { type ParametersOf, parametersToVector, vectorToParameters } from "./vector.ts";

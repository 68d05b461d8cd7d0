// The door of the library: tensors, their operations, the transforms, devices and random numbers.
// Layers, optimisers, data and files have doors of their own.

export type { DeviceName } from "./device/device.ts";
export { clearKernelCache } from "./device/native/cache-folder.ts";
export type { DType } from "./ir/dtype.ts";
export {
  ArgumentError,
  CompileError,
  DataError,
  DeviceError,
  DTypeError,
  HebbError,
  IndexError,
  NumericError,
  ShapeError,
} from "./ir/errors.ts";
export type { PadMode, PadWidth } from "./tensor/arrangement.ts";
export type { Operand } from "./tensor/base.ts";
export { Cell, commit, Parameter, State } from "./tensor/cell.ts";
export { type Compiled, compile, type Loose } from "./tensor/compile.ts";
export {
  type ConvolutionOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type Spatial,
  type TransposedConvolutionOptions,
} from "./tensor/convolution.ts";
export {
  arange,
  type CreateOptions,
  eye,
  full,
  fullLike,
  linspace,
  meshgrid,
  type Nested,
  type NumberArray,
  ones,
  onesLike,
  type TensorOptions,
  tensor,
  zeros,
  zerosLike,
} from "./tensor/create.ts";
export {
  type DerivativeOptions,
  type Gradients,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  valueAndGrad,
  vjp,
} from "./tensor/derivatives.ts";
export {
  type Ceilings,
  type DeviceListing,
  type ExplainedProgram,
  type ExplainedStep,
  explain,
  listDevices,
  type Measured,
  type Memory,
  measureCeilings,
  memory,
  type Roofline,
  type RooflineStep,
  realize,
  realizeSync,
  roofline,
  rooflineLines,
  setDebugLevel,
  tidy,
  useDevice,
  withCancellation,
  withCells,
} from "./tensor/engine.ts";
export * from "./tensor/functions.ts";
export {
  defaultGenerator,
  Generator,
  type GeneratorState,
  seed,
} from "./tensor/generator.ts";
export { gradients } from "./tensor/gradients.ts";
export type { Index, Unique } from "./tensor/indexing.ts";
export type { Sorted, SortOptions } from "./tensor/order.ts";
export {
  type AveragePoolOptions,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type PoolOptions,
} from "./tensor/pooling.ts";
export { promoteTypes } from "./tensor/promotion.ts";
export {
  bernoulli,
  categorical,
  exponential,
  gumbel,
  normal,
  permutation,
  type RandomFloatOptions,
  type RandomOptions,
  rand,
  randint,
  randn,
  randomBits,
  truncatedNormal,
  uniform,
} from "./tensor/random.ts";
export type { AxisOptions, ReduceOptions, SoftmaxOptions } from "./tensor/reduce.ts";
export { type CustomGradients, checkpoint, customVjp, stopGradient } from "./tensor/rules.ts";
export { type ScanOptions, scan } from "./tensor/scan.ts";
export { type DataOf, type NestedArray, Tensor } from "./tensor/tensor.ts";
export { forbidInTrace, guard, isTracing } from "./tensor/trace.ts";
export { type CellTree, isCellTree, treeLeaves, treeMap, treeSymbol } from "./tensor/tree.ts";
export { type VmapOptions, vmap } from "./tensor/vmap.ts";

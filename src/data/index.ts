// The door to data: loaders, streams of examples, readers of files, MNIST and generated digits.

export {
  type CsvTensor,
  type FileSource,
  readCsv,
  readIdx,
  readNpy,
  readNpz,
} from "../io/tensors.ts";
export {
  type AugmentOptions,
  augment,
  cropImages,
  elasticField,
  flipImages,
  resizeImages,
  shiftColours,
  transformImages,
  warp,
} from "./augment.ts";
export { bootstrapSample } from "./bootstrap.ts";
export type { BatchOf, Column, Columns, Example } from "./dataset.ts";
export { type Digits, type DigitsOptions, generateDigits } from "./digits.ts";
export { batch, map, prefetch, type Source, shuffle } from "./iterate.ts";
export {
  type Loader,
  type LoaderOptions,
  type LoaderState,
  loader,
  type Stream,
} from "./loader.ts";
export {
  type DigitTensors,
  digitTensors,
  type MnistOptions,
  type MnistTensors,
  mnist,
} from "./mnist.ts";
export { shuffledOrder } from "./permutation.ts";
export { type PatchPairs, patchPairs } from "./pretext.ts";

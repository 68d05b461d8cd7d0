// The door to data: loaders, streams of examples, readers of files, data sets by name and generated
// digits.

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
export { type Cifar10, type ColourImages, cifar10, cifar10Classes } from "./cifar10.ts";
export { type CitationGraph, cora } from "./cora.ts";
export type { BatchOf, Column, Columns, Example } from "./dataset.ts";
export { type Digits, type DigitsOptions, generateDigits } from "./digits.ts";
export { type FashionMnist, fashionMnist, fashionMnistClasses } from "./fashion-mnist.ts";
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
export { type Multi30k, multi30k, type TranslatedSentence } from "./multi30k.ts";
export { shuffledOrder } from "./permutation.ts";
export {
  colouredImages,
  type GreyPairs,
  greyPairs,
  type PatchPairs,
  patchPairs,
} from "./pretext.ts";
export { type TinyShakespeare, tinyShakespeare } from "./tiny-shakespeare.ts";

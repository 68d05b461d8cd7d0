// What the functions of hebb/data refuse; see functions.ts. What is said of bytes that are no file, and of
// arrays that no file can hold, is a DataError: see test/io.

import { zeros } from "../../../src/tensor/create.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";
import type { Calls } from "./functions.ts";

const images = (): Tensor => zeros([2, 4, 4]);
const numbers: AsyncIterable<number> = {
  async *[Symbol.asyncIterator]() {
    yield* [1, 2, 3];
  },
};
/** The first item of a stream: only then does a generator look at its arguments. */
export const dataStreams: readonly string[] = ["batch", "map", "prefetch", "shuffle"];

export const dataFunctions: Calls = {
  augment: () => [
    ["images", zeros([4, 4])],
    ["rotate", images(), { rotate: -1 }],
    ["scale", images(), { scale: [0, 1] }],
    ["window", images(), { crop: [5, 2] }],
    ["smoothness", images(), { elastic: { strength: 1, smoothness: 0 } }],
  ],
  batch: () => [["size", numbers, 0]],
  bootstrapSample: () => [
    ["count", 0, { seed: 1 }],
    ["seed", 4, { seed: -1 }],
  ],
  colouredImages: () => [
    ["grey", { grey: zeros([2, 2, 4, 4]), colours: zeros([2, 2, 4, 4]) }],
    ["colours", { grey: zeros([2, 1, 4, 4]), colours: zeros([2, 1, 4, 4]) }],
  ],
  cropImages: () => [["window", images(), { size: [5, 2] }]],
  elasticField: () => [["smoothness", [1, 4, 4], { strength: 1, smoothness: 0 }]],
  generateDigits: () => [
    ["count", { count: -1 }],
    ["seed", { count: 1, seed: 0.5 }],
  ],
  greyPairs: () => [["images", zeros([2, 1, 4, 4])]],
  loader: () => [
    ["batchSize", { x: images() }, { batchSize: 0 }],
    ["axis", { x: zeros([]) }],
    ["examples", { x: images(), y: zeros([3]) }],
  ],
  patchPairs: () => [["images", zeros([1, 4, 4])]],
  prefetch: () => [["count", numbers, -1]],
  resizeImages: () => [["sides", images(), [0, 2]]],
  shiftColours: () => [["images", zeros([4, 4])]],
  shuffle: () => [
    ["seed", numbers, { seed: -1 }],
    ["buffer", numbers, { seed: 1, buffer: 0 }],
  ],
  shuffledOrder: () => [
    ["count", -1, { seed: 1 }],
    ["seed", 4, { seed: 0.5 }],
  ],
  transformImages: () => [["images", zeros([4, 4]), {}]],
  warp: () => [["places", images(), zeros([2, 4, 4])]],
};

/** They read files, or take any images or items. */
export const ofFiles: readonly string[] = [
  ...["readCsv", "readIdx", "readNpy", "readNpz", "cifar10", "cora", "fashionMnist", "mnist"],
  ...["multi30k", "tinyShakespeare", "digitTensors", "flipImages", "map"],
];

// MNIST, 70,000 handwritten digits, as plain bytes; generated digits where it cannot be had.
// LeCun, Cortes and Burges 1998, "The MNIST database of handwritten digits".

import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Digits, generateDigits } from "./digits.ts";
import { findIdxDataset, type IdxDataset, type SearchOptions } from "./idx-dataset.ts";

/** Options of mnist. */
export interface MnistOptions extends SearchOptions {
  /** Seed of the digits that stand in. Default 0 */
  seed?: number;
}

export interface Mnist {
  /** 60,000 images [28, 28] and labels; 12,000 where generated. */
  train: Digits;
  /** 10,000 images [28, 28] and labels; 2,000 where generated. */
  test: Digits;
  isGenerated: boolean;
  /** One line: where the digits came from and, where generated, why. */
  origin: string;
}

type Part = "trainImages" | "trainLabels" | "testImages" | "testLabels";

/** The four files by their content, and public copies of them. */
export const mnistDataset: IdxDataset<Part> = {
  title: "MNIST",
  folder: "mnist",
  files: {
    trainImages: {
      name: "train-images-idx3-ubyte.gz",
      shape: [60000, 28, 28],
      checksum: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    trainLabels: {
      name: "train-labels-idx1-ubyte.gz",
      shape: [60000],
      checksum: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    testImages: {
      name: "t10k-images-idx3-ubyte.gz",
      shape: [10000, 28, 28],
      checksum: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    testLabels: {
      name: "t10k-labels-idx1-ubyte.gz",
      shape: [10000],
      checksum: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
  },
  mirrors: [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
  ],
};

/**
 * MNIST from the nearest place that has it (HEBB_DATA, the cache, a mirror), or generated digits.
 *
 * @param options  mirrors, cache, network, timeouts, and the seed of the stand-in
 * @returns        train and test as bytes, and one line on where they came from
 * @throws DataError  only where a signal ends the search
 * @cost    11 MB to download once
 * @example
 * (await findMnist({ network: false, cache: null })).test.images.length % 784 // 0
 */
export async function findMnist(options: MnistOptions = {}): Promise<Mnist> {
  const { found, origin, reasons } = await findIdxDataset(mnistDataset, options);
  if (found) {
    return {
      train: { images: found.trainImages, labels: found.trainLabels },
      test: { images: found.testImages, labels: found.testLabels },
      isGenerated: false,
      origin: `MNIST ${origin}`,
    };
  }
  const { seed = 0 } = options;
  const [trainCount, testCount] = [12_000, 2_000];
  return {
    train: generateDigits({ count: trainCount, seed }),
    test: generateDigits({ count: testCount, seed, first: trainCount }),
    isGenerated: true,
    origin: `MNIST not found (${reasons.join("; ")}): using generated digits`,
  };
}

/** Images u8 [count, 28, 28], 0 is paper; labels u8 [count], 0…9. */
export type DigitTensors = {
  readonly images: Tensor;
  readonly labels: Tensor;
};

/** The data set MNIST, or generated digits in its place. */
export interface MnistTensors {
  /** 60,000 digits; 12,000 where generated. */
  readonly train: DigitTensors;
  /** 10,000 digits; 2,000 where generated. */
  readonly test: DigitTensors;
  readonly isGenerated: boolean;
  /** One line: where the digits came from and, where generated, why. */
  readonly origin: string;
}

/**
 * MNIST as tensors, from the nearest place that has it, or generated digits.
 *
 * @param options  mirrors, cache, network, timeouts, and the seed of the stand-in
 * @returns        train and test, { images: u8 [count, 28, 28], labels: u8 [count] }, and their origin
 * @throws DataError  only where a signal ends the search
 * @cost    11 MB to download once; 55 MB of memory
 * @example
 * const { train } = await mnist({ network: false, cache: null });
 * train.images.shape.slice(1); // [28, 28]
 */
export async function mnist(options: MnistOptions = {}): Promise<MnistTensors> {
  const { train, test, isGenerated, origin } = await findMnist(options);
  return { train: digitTensors(train), test: digitTensors(test), isGenerated, origin };
}

/** Digits as bytes as tensors. */
export function digitTensors({ images, labels }: Digits): DigitTensors {
  return {
    images: tensor(images, { shape: [labels.length, 28, 28] }),
    labels: tensor(labels),
  };
}

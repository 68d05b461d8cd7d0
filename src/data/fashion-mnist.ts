// Fashion-MNIST, 70,000 pictures of clothes in the form of MNIST.
// Xiao, Rasul and Vollgraf 2017, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
// Learning Algorithms". arXiv:1708.07747

import { DataError } from "../ir/errors.ts";
import { findIdxDataset, type IdxDataset, type SearchOptions } from "./idx-dataset.ts";
import { type DigitTensors, digitTensors } from "./mnist.ts";

type Part = "trainImages" | "trainLabels" | "testImages" | "testLabels";

/** The four files by their content, and a public copy of them. */
export const fashionMnistDataset: IdxDataset<Part> = {
  title: "Fashion-MNIST",
  folder: "fashion-mnist",
  files: {
    trainImages: {
      name: "train-images-idx3-ubyte.gz",
      shape: [60000, 28, 28],
      checksum: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    },
    trainLabels: {
      name: "train-labels-idx1-ubyte.gz",
      shape: [60000],
      checksum: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    },
    testImages: {
      name: "t10k-images-idx3-ubyte.gz",
      shape: [10000, 28, 28],
      checksum: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    },
    testLabels: {
      name: "t10k-labels-idx1-ubyte.gz",
      shape: [10000],
      checksum: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
  },
  mirrors: [
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
  ],
};

/** What the labels 0 … 9 mean. */
export const fashionMnistClasses: readonly string[] = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
];

/** The data set Fashion-MNIST. */
export interface FashionMnist {
  /** 60,000 pictures. */
  readonly train: DigitTensors;
  /** 10,000 pictures. */
  readonly test: DigitTensors;
  /** One line: where they came from. */
  readonly origin: string;
}

/**
 * Fashion-MNIST as tensors, from the nearest place that has it: HEBB_DATA, the cache, a mirror.
 *
 * @param options  mirrors, cache, network, timeouts
 * @returns        train and test, { images: u8 [count, 28, 28], labels: u8 [count] }, and their origin
 * @throws DataError  no place has it; the message gives the reason of each. Nothing stands in for it
 * @cost    30 MB to download once; 55 MB of memory
 */
export async function fashionMnist(options: SearchOptions = {}): Promise<FashionMnist> {
  const { found, origin, reasons } = await findIdxDataset(fashionMnistDataset, options);
  if (found === undefined) throw new DataError(`Fashion-MNIST not found: ${reasons.join("; ")}`);
  return {
    train: digitTensors({ images: found.trainImages, labels: found.trainLabels }),
    test: digitTensors({ images: found.testImages, labels: found.testLabels }),
    origin: `Fashion-MNIST ${origin}`,
  };
}

// CIFAR-10, small colour pictures of ten kinds of things, in its binary form: records of one byte for
// the label and 3,072 for the pixels, red, green and blue in turn, row after row.
// Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".
//
// Read from HEBB_DATA/cifar10 (or HEBB_DATA itself): data_batch_1.bin … data_batch_5.bin and
// test_batch.bin, or any part of the set in files whose names begin with train and test, gzipped or
// not.

import { environment, exists, joinPath, list, readFile } from "../device/host.ts";
import { dataError } from "../io/bytes.ts";
import { gunzipIfNeeded } from "../io/gzip.ts";
import { DataError } from "../ir/errors.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What the labels 0 … 9 mean. */
export const cifar10Classes: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/** Images u8 [count, 3, 32, 32] (red, green, blue); labels u8 [count], 0…9. */
export type ColourImages = {
  readonly images: Tensor;
  readonly labels: Tensor;
};

/** The data set CIFAR-10, or the part of it that is there. */
export interface Cifar10 {
  /** 50,000 pictures, or those that are there. */
  readonly train: ColourImages;
  /** 10,000 pictures, or those that are there. */
  readonly test: ColourImages;
  /** One line: where they came from, and how many they are. */
  readonly origin: string;
}

const pixels = 3 * 32 * 32;
const record = 1 + pixels;
const trainFile = /^(?:data_batch_\d|train.*)\.bin(?:\.gz)?$/;
const testFile = /^test.*\.bin(?:\.gz)?$/;

/**
 * CIFAR-10 as tensors, all of it or the part that HEBB_DATA has.
 *
 * @returns  train and test, { images: u8 [count, 3, 32, 32], labels: u8 [count] }, and their origin
 * @throws DataError  HEBB_DATA has none of it, or a file is damaged; the message names file and byte
 * @cost    184 MB of memory for all of it
 */
export async function cifar10(): Promise<Cifar10> {
  const root = environment("HEBB_DATA");
  const advice =
    "; put data_batch_1.bin … data_batch_5.bin and test_batch.bin into a folder cifar10 and name the one above it with HEBB_DATA";
  if (!root) throw new DataError(`CIFAR-10: HEBB_DATA is not set${advice}`);
  const candidates = [joinPath(root, "cifar10"), root];
  for (const folder of candidates) {
    if (!exists(folder)) continue;
    const names = (await list(folder)).sort();
    const [train, test] = [trainFile, testFile].map((form) =>
      names.filter((name) => form.test(name)),
    ) as [string[], string[]];
    if (train.length === 0 || test.length === 0) continue;
    const parts = { train: await readAll(folder, train), test: await readAll(folder, test) };
    const counts = [parts.train, parts.test].map(({ labels }) => labels.shape[0]);
    return {
      ...parts,
      origin: `CIFAR-10 from ${folder} (HEBB_DATA): ${counts[0]} to train, ${counts[1]} to test`,
    };
  }
  throw new DataError(`CIFAR-10: there are no such files in ${candidates.join(" or ")}${advice}`);
}

async function readAll(folder: string, names: readonly string[]): Promise<ColourImages> {
  const files: Uint8Array[] = [];
  for (const name of names) {
    const file = joinPath(folder, name);
    // A tenth of the set is the largest file that there is.
    const bytes = await gunzipIfNeeded(await readFile(file), { file, limit: 50_000 * record });
    checkRecords(bytes, file);
    files.push(bytes);
  }
  const count = files.reduce((sum, { length }) => sum + length / record, 0);
  const images = new Uint8Array(count * pixels);
  const labels = new Uint8Array(count);
  let at = 0;
  for (const bytes of files) {
    for (let start = 0; start < bytes.length; start += record) {
      labels[at] = bytes[start] as number;
      images.set(bytes.subarray(start + 1, start + record), at * pixels);
      at++;
    }
  }
  return { images: tensor(images, { shape: [count, 3, 32, 32] }), labels: tensor(labels) };
}

function checkRecords(bytes: Uint8Array, file: string): void {
  const rest = bytes.length % record;
  if (bytes.length === 0 || rest !== 0) {
    throw dataError(
      file,
      bytes.length - rest,
      `the file must be records of ${record} bytes; ${bytes.length} bytes are not a whole number of them`,
    );
  }
  for (let start = 0; start < bytes.length; start += record) {
    const label = bytes[start] as number;
    if (label > 9) throw dataError(file, start, `a label must be 0…9, not ${label}`);
  }
}

// Between tensors and arrays as files hold them, and the one-array formats as files: a reader gives
// tensors, a writer takes them and replaces the file whole or not at all.

import { readFile, writeFileAtomic } from "../device/host.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ArrayData } from "./array-data.ts";
import type { SourceOptions } from "./bytes.ts";
import { type CsvNumberOptions, parseCsvNumbers } from "./csv.ts";
import { gunzipIfNeeded } from "./gzip.ts";
import { f32ToBf16, f32ToF16 } from "./half.ts";
import { type IdxType, parseIdx, writeIdx } from "./idx.ts";
import { parseNpy, writeNpy } from "./npy.ts";
import { parseNpz, writeNpz } from "./npz.ts";

/** The path of a file (Node), or a file's bytes (anywhere). */
export type FileSource = string | Uint8Array;

/** A tensor with a file's array; the numbers are copied. */
export function toTensor({ data, shape, dtype }: ArrayData): Tensor {
  return tensor(data, { shape, dtype });
}

/** A tensor's numbers for a file; f16 and bf16 as raw bits. */
export async function fromTensor(value: Tensor): Promise<ArrayData> {
  const { dtype } = value;
  const shape = [...value.shape];
  // Halves are read as f32, which holds each of them exactly.
  if (dtype === "f16") return { shape, dtype, data: f32ToF16(await value.data("f32")) };
  if (dtype === "bf16") return { shape, dtype, data: f32ToBf16(await value.data("f32")) };
  return { shape, dtype, data: await value.data() };
}

/** The bytes behind a source, with the name for messages. */
export async function bytesOf(
  source: FileSource,
): Promise<{ bytes: Uint8Array; named: SourceOptions }> {
  if (typeof source !== "string") return { bytes: source, named: {} };
  return { bytes: await readFile(source), named: { file: source } };
}

/**
 * The array of an IDX file, gzipped or not.
 *
 * @param source  a path, or bytes
 * @throws DataError  it cannot be read or is not an IDX file; the message names the byte
 */
export async function readIdx(source: FileSource): Promise<Tensor> {
  const { bytes, named } = await bytesOf(source);
  return toTensor(parseIdx(await gunzipIfNeeded(bytes, named), named));
}

/** The array of a .npy file. @throws DataError  it cannot be read; the message names the byte */
export async function readNpy(source: FileSource): Promise<Tensor> {
  const { bytes, named } = await bytesOf(source);
  return toTensor(parseNpy(bytes, named));
}

/** The arrays of a .npz file by name. @throws DataError  it cannot be read */
export async function readNpz(source: FileSource): Promise<Record<string, Tensor>> {
  const { bytes, named } = await bytesOf(source);
  const arrays = await parseNpz(bytes, named);
  return Object.fromEntries(Array.from(arrays, ([name, array]) => [name, toTensor(array)]));
}

/** A table of numbers. */
export interface CsvTensor {
  /** Names of the columns that were read; undefined without a header. */
  readonly columns: readonly string[] | undefined;
  /** [rows, columns] */
  readonly values: Tensor;
}

/**
 * The numbers of a CSV file.
 *
 * @param source   a path, or bytes
 * @param options  header, columns, delimiter, empty, nonFinite, comment, skipLines, dtype
 * @throws DataError  a cell is no number; the message names line and column
 * @example
 * const { values } = await readCsv("iris.csv", { header: true, columns: ["width", "length"] });
 */
export async function readCsv(
  source: FileSource,
  options: CsvNumberOptions = {},
): Promise<CsvTensor> {
  const { bytes, named } = await bytesOf(source);
  const table = parseCsvNumbers(await gunzipIfNeeded(bytes, named), { ...named, ...options });
  const { header } = table;
  const columns = options.columns?.map((c) =>
    typeof c === "string" ? c : (header?.[c] as string),
  );
  return { columns: header && (columns ?? header), values: toTensor(table) };
}

/** Writes one tensor as a .npy file, which np.load reads. @throws DataError  bf16, or no access */
export async function saveNpy(path: string, value: Tensor): Promise<void> {
  await writeFileAtomic(path, writeNpy(await fromTensor(value)));
}

/** Writes named tensors as a .npz file. */
export async function saveNpz(
  path: string,
  values: Readonly<Record<string, Tensor>>,
): Promise<void> {
  const arrays: [string, ArrayData][] = [];
  for (const [name, value] of Object.entries(values)) arrays.push([name, await fromTensor(value)]);
  await writeFileAtomic(path, writeNpz(arrays));
}

/** Writes one tensor as an IDX file. */
export async function saveIdx(
  path: string,
  value: Tensor,
  options: { type?: IdxType } = {},
): Promise<void> {
  await writeFileAtomic(path, writeIdx(await fromTensor(value), options));
}

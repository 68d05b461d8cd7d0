// safetensors, the weights format that PyTorch users exchange: a u64 length, a JSON header that
// maps names to dtype, shape and byte range, then the values, little-endian. Nothing in it can
// run. The checks are those of the reference implementation: ranges start at 0, follow one
// another without hole or overlap, and end with the file; sizes match shapes; names are unique.
//
// https://huggingface.co/docs/safetensors (format section). The writer orders arrays as the
// reference does (widest type first, then by name), so a file that is read and written back is
// the same file.

import { DataError } from "../ir/errors.ts";
import type { ArrayData } from "./array-data.ts";
import { ByteReader, decodeText, elementCount, type SourceOptions } from "./bytes.ts";
import {
  checkArray,
  type FileType,
  fileTypeSize,
  memoryType,
  readElements,
  writeElements,
} from "./element.ts";
import { findRepeatedKey } from "./json-keys.ts";

/** Element types that are read and written, by their names in the header. */
export type SafetensorsType =
  | "U64"
  | "I64"
  | "F64"
  | "F32"
  | "U32"
  | "I32"
  | "BF16"
  | "F16"
  | "U16"
  | "I16"
  | "I8"
  | "U8"
  | "BOOL";

// The key order is the order in which the reference writer places arrays.
const fileTypes: Record<SafetensorsType, FileType> = {
  U64: "u64",
  I64: "i64",
  F64: "f64",
  F32: "f32",
  U32: "u32",
  I32: "i32",
  BF16: "bf16",
  F16: "f16",
  U16: "u16",
  I16: "i16",
  I8: "i8",
  U8: "u8",
  BOOL: "bool",
};

/** One array of a file, not yet read. */
export interface SafetensorsEntry {
  name: string;
  stored: SafetensorsType;
  shape: number[];
  /** First byte in the file. */
  start: number;
  /** First byte after it. */
  end: number;
}

/** What the header of a safetensors file says. */
export interface SafetensorsHeader {
  /** In the order of the file. */
  entries: SafetensorsEntry[];
  metadata: Map<string, string>;
}

/** An array and the type that it has, or shall have, in the file. */
export interface SafetensorsArray extends ArrayData {
  /** Default when writing: the array's own type. I64 for an i32 array is PyTorch's long. */
  stored?: SafetensorsType;
}

/** What a safetensors file holds. */
export interface SafetensorsFile {
  arrays: Map<string, SafetensorsArray>;
  metadata: Map<string, string>;
}

/** The reference implementation's bound on the header. */
const maximumHeader = 100_000_000;

/** The header alone: what is in the file and where. The raw bytes are `bytes.subarray(start, end)`. */
export function parseSafetensorsHeader(
  bytes: Uint8Array,
  options: SourceOptions = {},
): SafetensorsHeader {
  const reader = new ByteReader(bytes, options.file);
  const low = reader.u32("the header length");
  const length = reader.u32("the header length") * 2 ** 32 + low;
  if (length > maximumHeader) {
    throw reader.error(`not a safetensors file: a header of ${length} bytes is too long`, 0);
  }
  const text = decodeText(reader.slice(length, "the header"), options.file, 8);
  if (text[0] !== "{") throw reader.error("the header must begin with {", 8);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw reader.error(`the header is not JSON: ${(error as Error).message}`, 8);
  }
  const repeated = findRepeatedKey(text);
  if (repeated !== undefined) throw reader.error(`the key "${repeated}" is there twice`, 8);
  const dataStart = reader.offset;
  const metadata = new Map<string, string>();
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") readMetadata(reader, value, metadata);
    else entries.push(readEntry(reader, name, value, dataStart));
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let free = dataStart;
  for (const { name, start, end } of entries) {
    if (start !== free) {
      const what = start > free ? "a hole" : "an overlap";
      throw reader.error(`${what} before "${name}": it starts at ${start}, not ${free}`, start);
    }
    free = end;
  }
  reader.offset = free;
  reader.end();
  return { entries, metadata };
}

/** Reads a safetensors file; 64- and 16-bit integers become i32 or u32 and remember their type. */
export function parseSafetensors(bytes: Uint8Array, options: SourceOptions = {}): SafetensorsFile {
  const { entries, metadata } = parseSafetensorsHeader(bytes, options);
  const reader = new ByteReader(bytes, options.file);
  const arrays = new Map<string, SafetensorsArray>();
  for (const { name, stored, shape, start } of entries) {
    const type = fileTypes[stored];
    reader.offset = start;
    const data = readElements(reader, type, elementCount(reader, shape, start), true);
    arrays.set(name, { shape, dtype: memoryType(type), data, stored });
  }
  return { arrays, metadata };
}

/**
 * The bytes of a safetensors file.
 *
 * @param arrays   by name; `stored` names another width for integers
 * @param options  `metadata`: free text by key, PyTorch writes { format: "pt" }
 * @throws DataError  a name is repeated or reserved, or a value does not fit in its stored type
 */
export function writeSafetensors(
  arrays: Iterable<readonly [string, SafetensorsArray]>,
  options: { metadata?: Iterable<readonly [string, string]> } = {},
): Uint8Array {
  const order = Object.keys(fileTypes);
  const items = Array.from(arrays, ([name, array]) => {
    checkArray(`writeSafetensors: "${name}"`, array);
    if (name === "__metadata__") {
      throw new DataError(`writeSafetensors: the name "${name}" is reserved`);
    }
    const stored = array.stored ?? (array.dtype.toUpperCase() as SafetensorsType);
    return { name, array, stored, size: array.data.length * fileTypeSize(fileTypes[stored]) };
  });
  items.sort(
    (a, b) => order.indexOf(a.stored) - order.indexOf(b.stored) || (a.name < b.name ? -1 : 1),
  );
  // Joined by hand, because an object would move names that look like numbers to the front.
  const fields: string[] = [];
  const metadata = Object.fromEntries(options.metadata ?? []);
  if (Object.keys(metadata).length > 0) fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let length = 0;
  const names = new Set<string>();
  for (const { name, array, stored, size } of items) {
    if (names.has(name)) throw new DataError(`writeSafetensors: "${name}" is there twice`);
    names.add(name);
    const range = [length, length + size];
    const entry = JSON.stringify({ dtype: stored, shape: array.shape, data_offsets: range });
    fields.push(`${JSON.stringify(name)}:${entry}`);
    length += size;
  }
  let header = new TextEncoder().encode(`{${fields.join(",")}}`);
  if (header.length % 8 !== 0) {
    const padded = new Uint8Array(Math.ceil(header.length / 8) * 8).fill(0x20);
    padded.set(header);
    header = padded;
  }
  const bytes = new Uint8Array(8 + header.length + length);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 8);
  let at = 8 + header.length;
  for (const { name, array, stored, size } of items) {
    try {
      writeElements(bytes, at, array, fileTypes[stored], true);
    } catch (error) {
      throw new DataError(`writeSafetensors: "${name}": ${(error as Error).message}`);
    }
    at += size;
  }
  return bytes;
}

function readMetadata(reader: ByteReader, value: unknown, metadata: Map<string, string>): void {
  if (!isRecord(value)) throw reader.error("__metadata__ must be an object", 8);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") throw reader.error(`__metadata__ "${key}" must be text`, 8);
    metadata.set(key, text);
  }
}

function readEntry(
  reader: ByteReader,
  name: string,
  value: unknown,
  dataStart: number,
): SafetensorsEntry {
  const fail = (message: string): DataError => reader.error(`header of "${name}": ${message}`, 8);
  if (!isRecord(value)) throw fail("not an object");
  const { dtype, shape, data_offsets: range, ...rest } = value;
  for (const key of Object.keys(rest)) throw fail(`unknown key "${key}"`);
  if (typeof dtype !== "string" || !Object.hasOwn(fileTypes, dtype)) {
    const known = Object.keys(fileTypes).join(", ");
    throw fail(`the dtype ${JSON.stringify(dtype)} is not supported; supported are ${known}`);
  }
  if (!isSizes(shape)) throw fail("shape must be a list of sizes");
  if (!isSizes(range) || range.length !== 2) throw fail("data_offsets must be two byte offsets");
  const [from, to] = range as [number, number];
  const stored = dtype as SafetensorsType;
  const needed = elementCount(reader, shape, 8) * fileTypeSize(fileTypes[stored]);
  if (to - from !== needed) {
    throw fail(
      `${dtype} [${shape.join(", ")}] needs ${needed} bytes, data_offsets give ${to - from}`,
    );
  }
  const left = reader.bytes.length - dataStart;
  if (to > left) throw fail(`data_offsets end at ${to}, the file has ${left} bytes of data`);
  return { name, stored, shape, start: dataStart + from, end: dataStart + to };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

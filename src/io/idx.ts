// IDX, the format of MNIST: a magic word (two zero bytes, the element type, the rank), one
// big-endian u32 per axis, then the values, big-endian. LeCun, Cortes and Burges 1998, "The MNIST
// database of handwritten digits". gzip around it is undone by readIdx.

import { DataError } from "../ir/errors.ts";
import type { ArrayData } from "./array-data.ts";
import { ByteReader, elementCount, type SourceOptions } from "./bytes.ts";
import {
  checkArray,
  type FileType,
  fileTypeSize,
  memoryType,
  readElements,
  writeElements,
} from "./element.ts";
import { gunzipIfNeeded } from "./gzip.ts";

/** Element types that IDX knows. */
export type IdxType = "u8" | "i8" | "i16" | "i32" | "f32" | "f64";

const codes: Record<IdxType, number> = { u8: 8, i8: 9, i16: 11, i32: 12, f32: 13, f64: 14 };

/** Reads an IDX file's bytes; i16 becomes i32. */
export function parseIdx(bytes: Uint8Array, options: SourceOptions = {}): ArrayData {
  const reader = new ByteReader(bytes, options.file);
  if (reader.u16("the magic word", false) !== 0) {
    throw reader.error("not an IDX file: it must begin with two zero bytes", 0);
  }
  const code = reader.u8("the element type");
  const found = Object.entries(codes).find(([, value]) => value === code);
  if (!found) {
    const known = Object.entries(codes).map(([name, value]) => `${value} ${name}`);
    throw reader.error(`unknown IDX element type ${code}; known are ${known.join(", ")}`, 2);
  }
  const type = found[0] as IdxType;
  const rank = reader.u8("the number of axes");
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) shape.push(reader.u32(`the size of axis ${axis}`, false));
  const count = elementCount(reader, shape, 4);
  const data = readElements(reader, type, count, false);
  reader.end();
  return { shape, dtype: memoryType(type), data };
}

/** parseIdx, for bytes that may be gzipped. */
export async function readIdx(bytes: Uint8Array, options: SourceOptions = {}): Promise<ArrayData> {
  return parseIdx(await gunzipIfNeeded(bytes, options), options);
}

/**
 * The bytes of an IDX file.
 *
 * @param array    f32, f64, i32, u8, i8; bool is written as u8
 * @param options  `type`: write integers in this width instead
 * @throws DataError  IDX has no such type, or a value does not fit in it
 */
export function writeIdx(array: ArrayData, options: { type?: IdxType } = {}): Uint8Array {
  checkArray("writeIdx", array);
  const type: FileType = options.type ?? (array.dtype === "bool" ? "u8" : array.dtype);
  const code = (codes as Partial<Record<FileType, number>>)[type];
  if (code === undefined) {
    throw new DataError(
      `writeIdx: IDX has no ${type}; convert to ${Object.keys(codes).join(", ")}`,
    );
  }
  const { shape } = array;
  if (shape.length > 255)
    throw new DataError(`writeIdx: ${shape.length} axes; IDX has room for 255`);
  const start = 4 + 4 * shape.length;
  const bytes = new Uint8Array(start + array.data.length * fileTypeSize(type));
  const view = new DataView(bytes.buffer);
  bytes[2] = code;
  bytes[3] = shape.length;
  for (const [axis, size] of shape.entries()) {
    if (size >= 2 ** 32) throw new DataError(`writeIdx: axis ${axis} of size ${size} is too long`);
    view.setUint32(4 + 4 * axis, size, false);
  }
  writeElements(bytes, start, array, type, false);
  return bytes;
}

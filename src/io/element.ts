// How single numbers lie in files: eleven widths and both byte orders, to and from typed arrays.
//
// 64- and 16-bit integers have no array type of their own in this library. They are read to i32
// or u32 with every value checked, and written back in the width that the caller names.

import { DataError } from "../ir/errors.ts";
import type { ArrayData, ArrayType, ArrayValues } from "./array-data.ts";
import type { ByteReader } from "./bytes.ts";

/** An element type as files have it. */
export type FileType = ArrayType | "i16" | "u16" | "i64" | "u64";

/** Bytes of one element in a file. */
export function fileTypeSize(type: FileType): number {
  switch (type) {
    case "u8":
    case "i8":
    case "bool":
      return 1;
    case "f16":
    case "bf16":
    case "i16":
    case "u16":
      return 2;
    case "f32":
    case "i32":
    case "u32":
      return 4;
    default:
      return 8;
  }
}

/** The array type that a file type is read to. */
export function memoryType(type: FileType): ArrayType {
  if (type === "i16" || type === "i64") return "i32";
  if (type === "u16" || type === "u64") return "u32";
  return type;
}

/** A zeroed typed array for `count` elements of the type. */
export function allocate(type: ArrayType, count: number): ArrayValues {
  switch (type) {
    case "f32":
      return new Float32Array(count);
    case "f64":
      return new Float64Array(count);
    case "i32":
      return new Int32Array(count);
    case "u32":
      return new Uint32Array(count);
    case "i8":
      return new Int8Array(count);
    case "f16":
    case "bf16":
      return new Uint16Array(count);
    default:
      return new Uint8Array(count);
  }
}

/** Reads `count` elements at the reader's place into a new array. */
export function readElements(
  reader: ByteReader,
  type: FileType,
  count: number,
  littleEndian: boolean,
): ArrayValues {
  const size = fileTypeSize(type);
  const start = reader.take(count * size, `the data (${count} of ${type})`);
  const { view } = reader;
  const dtype = memoryType(type);
  const data = allocate(dtype, count);
  if (dtype === type) {
    const copy = new Uint8Array(data.buffer);
    copy.set(reader.bytes.subarray(start, start + count * size));
    if (littleEndian !== hostIsLittleEndian()) swapBytes(copy, size);
    // Any byte but zero is true, as in NumPy; arithmetic wants exactly 1.
    if (type === "bool") for (let i = 0; i < count; i++) copy[i] = copy[i] ? 1 : 0;
    return data;
  }
  for (let i = 0, at = start; i < count; i++, at += size) {
    if (type === "i16") data[i] = view.getInt16(at, littleEndian);
    else if (type === "u16") data[i] = view.getUint16(at, littleEndian);
    else {
      const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
      const high = view.getInt32(littleEndian ? at + 4 : at, littleEndian);
      if (high !== (type === "i64" ? (low | 0) >> 31 : 0)) {
        const value =
          type === "i64" ? view.getBigInt64(at, littleEndian) : view.getBigUint64(at, littleEndian);
        throw reader.error(`the ${type} value ${value} does not fit in ${dtype}`, at);
      }
      data[i] = low;
    }
  }
  return data;
}

/** Writes an array's elements at `offset` in the width `type`; the caller has made the room. */
export function writeElements(
  target: Uint8Array,
  offset: number,
  array: ArrayData,
  type: FileType,
  littleEndian: boolean,
): void {
  const { data } = array;
  const size = fileTypeSize(type);
  if (array.dtype === type) {
    const copy = target.subarray(offset, offset + data.byteLength);
    copy.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    if (littleEndian !== hostIsLittleEndian()) swapBytes(copy, size);
    return;
  }
  if (!isInteger(array.dtype) || !isInteger(type)) {
    throw new DataError(`an array of ${array.dtype} cannot be written as ${type}`);
  }
  const view = new DataView(target.buffer, target.byteOffset);
  const [lowest, highest] = integerRange(type);
  for (let i = 0, at = offset; i < data.length; i++, at += size) {
    const value = data[i] as number;
    if (value < lowest || value > highest) {
      throw new DataError(`the value ${value} at position ${i} does not fit in ${type}`);
    }
    if (size === 1) view.setUint8(at, value);
    else if (size === 2) view.setUint16(at, value, littleEndian);
    else if (size === 4) view.setUint32(at, value, littleEndian);
    else {
      view.setUint32(littleEndian ? at : at + 4, value, littleEndian);
      view.setInt32(littleEndian ? at + 4 : at, value < 0 ? -1 : 0, littleEndian);
    }
  }
}

/** Throws unless the array has as many values as its shape says. */
export function checkArray(operation: string, array: ArrayData): void {
  const count = array.shape.reduce((product, size) => product * size, 1);
  if (count !== array.data.length) {
    const shape = array.shape.join(", ");
    throw new DataError(
      `${operation}: the shape [${shape}] means ${count} values, the array has ${array.data.length}`,
    );
  }
}

function isInteger(type: FileType): boolean {
  return /^[iu]\d/.test(type) || type === "bool";
}

function integerRange(type: FileType): [number, number] {
  if (type === "bool") return [0, 1];
  const bits = fileTypeSize(type) * 8;
  return type.startsWith("u") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

function hostIsLittleEndian(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  if (size === 1) return;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

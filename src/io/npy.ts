// NumPy's .npy: a magic string, a version, the length of a header that is a Python dictionary
// literal with descr, fortran_order and shape, then the values. Format versions 1.0 to 3.0 are
// read, 1.0 is written. NEP 1; structured, complex, text and object types are refused by name.

import { DataError } from "../ir/errors.ts";
import type { ArrayData, ArrayType, ArrayValues } from "./array-data.ts";
import { ByteReader, decodeText, elementCount, type SourceOptions } from "./bytes.ts";
import {
  allocate,
  checkArray,
  type FileType,
  fileTypeSize,
  memoryType,
  readElements,
  writeElements,
} from "./element.ts";
import { type Literal, parsePythonLiteral } from "./python-literal.ts";

const fileTypes: Record<string, FileType> = {
  f2: "f16",
  f4: "f32",
  f8: "f64",
  i1: "i8",
  i2: "i16",
  i4: "i32",
  i8: "i64",
  u1: "u8",
  u2: "u16",
  u4: "u32",
  u8: "u64",
  b1: "bool",
};

const descriptions: Record<Exclude<ArrayType, "bf16">, string> = {
  f16: "<f2",
  f32: "<f4",
  f64: "<f8",
  i8: "|i1",
  i32: "<i4",
  u8: "|u1",
  u32: "<u4",
  bool: "|b1",
};

/** Reads a .npy file's bytes; arrays in Fortran order are transposed to row-major. */
export function parseNpy(bytes: Uint8Array, options: SourceOptions = {}): ArrayData {
  const reader = new ByteReader(bytes, options.file);
  const magic = reader.slice(6, "the magic string");
  if (String.fromCharCode(...magic) !== "\x93NUMPY") {
    throw reader.error("not a .npy file: it must begin with \\x93NUMPY", 0);
  }
  const major = reader.u8("the version");
  reader.u8("the version");
  if (major < 1 || major > 3) {
    throw reader.error(`.npy version ${major} is unknown; 1, 2 and 3 are read`, 6);
  }
  const length = major === 1 ? reader.u16("the header length") : reader.u32("the header length");
  const headerStart = reader.offset;
  const text = decodeText(reader.slice(length, "the header"), options.file, headerStart);
  const header = readHeader(reader, text, headerStart);
  const { type, littleEndian, fortran, shape } = header;
  const count = elementCount(reader, shape, headerStart);
  const values = readElements(reader, type, count, littleEndian);
  reader.end();
  const dtype = memoryType(type);
  return { shape, dtype, data: fortran ? fromFortran(values, shape, dtype) : values };
}

/**
 * The bytes of a .npy file, version 1.0, row-major, little-endian.
 *
 * @throws DataError  NumPy has no bf16; convert it to f32 first
 */
export function writeNpy(array: ArrayData): Uint8Array {
  checkArray("writeNpy", array);
  const { dtype, shape } = array;
  if (dtype === "bf16") throw new DataError("writeNpy: NumPy has no bf16; convert to f32 first");
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${descriptions[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // Spaces and a line end bring the data to a multiple of 64 bytes.
  const start = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  if (start - 10 > 0xffff) throw new DataError(`writeNpy: ${shape.length} axes do not fit`);
  const header = `\x93NUMPY\x01\x00..${dictionary.padEnd(start - 11)}\n`;
  const bytes = new Uint8Array(start + array.data.length * fileTypeSize(dtype));
  for (let i = 0; i < start; i++) bytes[i] = header.charCodeAt(i);
  new DataView(bytes.buffer).setUint16(8, start - 10, true);
  writeElements(bytes, start, array, dtype, true);
  return bytes;
}

interface Header {
  type: FileType;
  littleEndian: boolean;
  fortran: boolean;
  shape: number[];
}

function readHeader(reader: ByteReader, text: string, start: number): Header {
  const fail = (message: string): DataError => reader.error(`.npy header: ${message}`, start);
  let header: Literal;
  try {
    header = parsePythonLiteral(text);
  } catch (error) {
    throw fail((error as Error).message);
  }
  if (!(header instanceof Map)) throw fail("not a dictionary");
  const wanted = ["descr", "fortran_order", "shape"];
  for (const key of wanted) if (!header.has(key)) throw fail(`'${key}' is missing`);
  for (const key of header.keys()) if (!wanted.includes(key)) throw fail(`unknown key '${key}'`);
  const descr = header.get("descr");
  if (typeof descr !== "string") throw fail("structured types are not supported");
  const match = /^([<>|=])([a-zA-Z]\d*)(?:\[.*)?$/.exec(descr);
  const type = match && fileTypes[match[2] as string];
  if (!type) {
    const known = Object.keys(fileTypes).join(" ");
    throw fail(`the type '${descr}' is not supported; supported are ${known}`);
  }
  if (match[1] === "|" && fileTypeSize(type) > 1) throw fail(`'${descr}' has no byte order`);
  const fortran = header.get("fortran_order");
  if (typeof fortran !== "boolean") throw fail("'fortran_order' must be True or False");
  const shape = header.get("shape");
  if (!Array.isArray(shape) || shape.some((size) => typeof size !== "number")) {
    throw fail("'shape' must be a tuple of integers");
  }
  return { type, littleEndian: match[1] !== ">", fortran, shape: shape as number[] };
}

/** Column-major values in row-major order. */
function fromFortran(values: ArrayValues, shape: number[], dtype: ArrayType): ArrayValues {
  const result = allocate(dtype, values.length);
  const strides: number[] = [];
  let stride = 1;
  for (const size of shape) {
    strides.push(stride);
    stride *= size;
  }
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const step = strides[axis] as number;
      const next = (index[axis] as number) + 1;
      from += step;
      if (next < (shape[axis] as number)) {
        index[axis] = next;
        break;
      }
      index[axis] = 0;
      from -= next * step;
    }
  }
  return result;
}

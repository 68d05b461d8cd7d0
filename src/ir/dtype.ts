// Element types: what a number in a tensor is, how wide it is, and which type two of them make.
//
// f32 is the default. f64, i32, u32, u8 and bool compute; f16, bf16 and i8 are storage only: they
// are read and written, and arithmetic on them happens in f32 (i8: i32).

import { DTypeError } from "./errors.ts";

/** The element types by name. */
export type DType = "f32" | "f64" | "i32" | "u32" | "u8" | "bool" | "f16" | "bf16" | "i8";

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint8Array
  | Uint16Array
  | Int8Array;

interface DTypeFacts {
  readonly bytes: number;
  readonly kind: "float" | "integer" | "bool";
  /** The type that arithmetic uses; itself unless the type is for storage only. */
  readonly compute: DType;
  readonly array: {
    new (length: number): TypedArray;
    new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray;
  };
}

export const dtypes = {
  f32: { bytes: 4, kind: "float", compute: "f32", array: Float32Array },
  f64: { bytes: 8, kind: "float", compute: "f64", array: Float64Array },
  i32: { bytes: 4, kind: "integer", compute: "i32", array: Int32Array },
  u32: { bytes: 4, kind: "integer", compute: "u32", array: Uint32Array },
  u8: { bytes: 1, kind: "integer", compute: "u8", array: Uint8Array },
  bool: { bytes: 1, kind: "bool", compute: "bool", array: Uint8Array },
  f16: { bytes: 2, kind: "float", compute: "f32", array: Uint16Array },
  bf16: { bytes: 2, kind: "float", compute: "f32", array: Uint16Array },
  i8: { bytes: 1, kind: "integer", compute: "i32", array: Int8Array },
} as const satisfies Record<DType, DTypeFacts>;

/** Throws where a program without types names a type that there is not. */
export function checkType(operation: string, dtype: DType): void {
  if (Object.hasOwn(dtypes, dtype)) return;
  throw new DTypeError(
    `${operation}: there is no type ${JSON.stringify(dtype)}; choose one of ${Object.keys(dtypes).join(", ")}`,
  );
}

export const isFloat = (dtype: DType): boolean => dtypes[dtype].kind === "float";
export const isInteger = (dtype: DType): boolean => dtypes[dtype].kind === "integer";
export const bytesOf = (dtype: DType): number => dtypes[dtype].bytes;

/** Rank of a computing type in promotion: the larger of two wins; u8 with a signed type is signed. */
const rank: Partial<Record<DType, number>> = { bool: 0, u8: 1, i32: 2, u32: 3, f32: 4, f64: 5 };

/** The type that `a op b` has. bool < u8 < i32 < u32 < f32 < f64; storage types count as f32 (i8: i32). */
export function promote(a: DType, b: DType): DType {
  const x = dtypes[a].compute;
  const y = dtypes[b].compute;
  return (rank[x] as number) >= (rank[y] as number) ? x : y;
}

/** The type a sum or product of this type has: u8, i8 and bool add up in i32. */
export function accumulate(dtype: DType): DType {
  const type = dtypes[dtype].compute;
  return type === "u8" || type === "bool" ? "i32" : type;
}

/** A new zeroed array whose elements hold the raw bits of `dtype`. */
export function arrayOf(dtype: DType, length: number): TypedArray {
  return new dtypes[dtype].array(length);
}

/** The typed view of raw bytes. */
export function viewOf(
  dtype: DType,
  buffer: ArrayBufferLike,
  byteOffset = 0,
  length?: number,
): TypedArray {
  return new (dtypes[dtype].array as DTypeFacts["array"])(buffer, byteOffset, length);
}

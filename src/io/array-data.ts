// What every format reads to and writes from: a shape, an element type and one typed array in
// row-major order. It knows nothing of tensors, so a reader can be used, tested and fuzzed alone.
//
// bool is stored as bytes 0 and 1; f16 and bf16 as their raw 16 bits. The wider and narrower
// integers that files may hold (i64, u64, i16, u16) become i32 or u32, checked for range.

/** Element types of arrays in memory. */
export type ArrayType = "f32" | "f64" | "i32" | "u32" | "u8" | "bool" | "f16" | "bf16" | "i8";

/** The typed arrays that files hold. */
export type ArrayValues =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint8Array
  | Int8Array
  | Uint16Array;

/** An array as a file holds it: row-major values, as many as the product of the shape. */
export interface ArrayData {
  shape: number[];
  dtype: ArrayType;
  data: ArrayValues;
}

// Numbers of JavaScript as the bytes of a tensor: nested arrays, typed arrays and single numbers,
// checked, converted and copied.

import { arrayOf, type DType, type TypedArray } from "../ir/dtype.ts";
import { DataError, DTypeError, ShapeError } from "../ir/errors.ts";
import { halfToBits } from "../ir/half-bits.ts";
import { castScalar } from "../ir/scalar.ts";
import { type Shape, showShape, sizeOf } from "../ir/shape.ts";
import { Base } from "./base.ts";

/** A typed array of numbers. Uint16Array holds raw bits if the type asked for is f16 or bf16. */
export type NumberArray =
  | TypedArray
  | Uint8ClampedArray
  | Int16Array
  | BigInt64Array
  | BigUint64Array;

/** Numbers or booleans, nested like axes; the innermost level may be typed arrays. */
export type Nested = number | boolean | NumberArray | readonly Nested[];

export interface Literal {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Raw elements of `dtype`; a copy. */
  readonly data: TypedArray;
}

export function literal(data: Nested, shape: Shape | undefined, dtype: DType | undefined): Literal {
  const found = isNumberArray(data) ? [data.length] : nestedShape(data);
  const size = sizeOf(found);
  const sizes = shape ?? found;
  if (sizes.some((d) => !(Number.isInteger(d) && d >= 0)) || sizeOf(sizes) !== size) {
    throw new ShapeError(
      `tensor: ${size} numbers do not fill ${showShape(sizes)}, which has ${sizeOf(sizes)} elements`,
    );
  }
  if (isNumberArray(data)) {
    const type = dtype ?? typeOf(data);
    return { shape: [...sizes], dtype: type, data: convert(data, type) };
  }
  const values = new Float64Array(size);
  const onlyBooleans = fill(values, data, 0, found, []) > 0;
  const type = dtype ?? (onlyBooleans && size > 0 ? "bool" : "f32");
  return { shape: [...sizes], dtype: type, data: convert(values, type) };
}

const isNumberArray = (data: unknown): data is NumberArray =>
  ArrayBuffer.isView(data) && !(data instanceof DataView);

/** The type that a typed array has by itself. */
function typeOf(data: NumberArray): DType {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Float64Array) return "f64";
  if (data instanceof Uint32Array) return "u32";
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return "u8";
  if (data instanceof Int8Array) return "i8";
  return "i32";
}

/** The sizes along the first element of every level. */
function nestedShape(data: Nested): number[] {
  const shape: number[] = [];
  let level: Nested | undefined = data;
  while (Array.isArray(level) || isNumberArray(level)) {
    shape.push(level.length);
    if (isNumberArray(level)) break;
    level = level[0];
  }
  return shape;
}

const showPath = (path: readonly number[]): string => path.map((i) => `[${i}]`).join("");

/** Copies the numbers below `data` and checks that it has the shape. Returns 1 if all are booleans. */
function fill(
  values: Float64Array,
  data: Nested,
  from: number,
  shape: Shape,
  path: number[],
): number {
  if (typeof data === "number" || typeof data === "boolean") {
    if (shape.length > 0) throw ragged(path, "a number", shape);
    values[from] = Number(data);
    return typeof data === "boolean" ? 1 : 0;
  }
  if (!Array.isArray(data) && !isNumberArray(data)) {
    throw new DataError(
      `tensor: the element at ${showPath(path) || "the top"} is ${describe(data)}`,
    );
  }
  if (data.length !== shape[0]) throw ragged(path, `${data.length} elements`, shape);
  if (isNumberArray(data)) {
    if (shape.length !== 1) throw ragged(path, `${data.length} numbers`, shape);
    values.set(Float64Array.from(data as ArrayLike<number>, Number), from);
    return 0;
  }
  const inner = shape.slice(1);
  const stride = sizeOf(inner);
  let booleans = 1;
  path.push(0);
  for (let i = 0; i < data.length; i++) {
    path[path.length - 1] = i;
    booleans &= fill(values, data[i] as Nested, from + i * stride, inner, path);
  }
  path.pop();
  return booleans;
}

/** What stands where a number should, and what to do about it. */
function describe(data: unknown): string {
  if (data instanceof Base) return "a tensor already; stack joins tensors";
  const isNothing = data === null || data === undefined;
  const what = isNothing ? data : `of type ${typeof data}`;
  return `${what}, not a number; convert it first`;
}

function ragged(path: readonly number[], found: string, shape: Shape): ShapeError {
  const expected = shape.length === 0 ? "a number" : `${shape[0]} elements`;
  return new ShapeError(
    `tensor: the array is ragged: ${showPath(path) || "the top level"} holds ${found} where ${expected} are expected; every row must have the same length`,
  );
}

function convert(from: NumberArray, dtype: DType): TypedArray {
  const to = arrayOf(dtype, from.length);
  if (dtype === "f16" || dtype === "bf16") {
    if (from instanceof Uint16Array) to.set(from);
    else for (let i = 0; i < from.length; i++) to[i] = halfToBits(Number(from[i]), dtype);
    return to;
  }
  if (from instanceof BigInt64Array || from instanceof BigUint64Array)
    return narrow(from, dtype, to);
  if (
    dtype === "f32" ||
    dtype === "f64" ||
    (dtype !== "bool" && from.constructor === to.constructor)
  ) {
    to.set(from);
    return to;
  }
  for (let i = 0; i < from.length; i++) to[i] = castScalar(from[i] as number, "f64", dtype);
  return to;
}

/** 64-bit integers, of which none may be lost. */
function narrow(from: BigInt64Array | BigUint64Array, dtype: DType, to: TypedArray): TypedArray {
  for (let i = 0; i < from.length; i++) {
    const value = Number(from[i]);
    const stored = castScalar(value, "f64", dtype);
    if (dtype !== "f32" && dtype !== "bool" && BigInt(Math.trunc(stored)) !== from[i]) {
      throw new DTypeError(
        `tensor: element ${i} is ${from[i]}, which ${dtype} cannot hold; make it smaller, or ask for dtype "f64" or "f32"`,
      );
    }
    to[i] = stored;
  }
  return to;
}

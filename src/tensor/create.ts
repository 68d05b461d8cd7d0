// Making tensors: from numbers of JavaScript (copied), and from rules (which take no memory until
// they are read).

import type { DeviceName } from "../device/device.ts";
import { deviceNamed } from "../device/devices.ts";
import { upload } from "../engine/memory.ts";
import * as ir from "../ir/build.ts";
import { checkType, type DType, isFloat } from "../ir/dtype.ts";
import { ShapeError } from "../ir/errors.ts";
import { type Shape, showShape } from "../ir/shape.ts";
import { literal, type Nested } from "./literal.ts";
import { fromNode, type Tensor } from "./tensor.ts";

export type { Nested, NumberArray } from "./literal.ts";

/** Options of tensor. */
export interface TensorOptions {
  /** Default: f32; of booleans bool; of a typed array its own type (16- and 64-bit integers: i32). */
  dtype?: DType;
  /** Default: as the arrays are nested. */
  shape?: readonly number[];
  /** Default: the default device, at the first use. */
  device?: DeviceName;
}

/** Options of new tensors. */
export interface CreateOptions {
  /** Default f32. */
  dtype?: DType;
}

/**
 * A tensor of the given numbers, which are copied.
 *
 * @param data  a number or boolean, arrays nested like axes, or a typed array with `shape`
 * @throws ShapeError  rows of different lengths, or numbers that do not fill the shape
 * @throws DataError   something that is no number
 * @example
 * tensor([[1, 2], [3, 4]]); // f32 [2, 2]
 * tensor(new Uint8Array(6), { shape: [2, 3] }); // u8 [2, 3]
 */
export function tensor(data: Nested, { dtype, shape, device }: TensorOptions = {}): Tensor {
  if (dtype !== undefined) checkType("tensor", dtype);
  if (
    device === undefined &&
    shape === undefined &&
    (typeof data === "number" || typeof data === "boolean")
  ) {
    return fromNode(
      ir.constant(Number(data), dtype ?? (typeof data === "boolean" ? "bool" : "f32")),
    );
  }
  const made = literal(data, shape, dtype);
  const { buffer, byteOffset, byteLength } = made.data;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const place = device === undefined ? undefined : deviceNamed(device);
  return fromNode(upload(bytes, made.shape, made.dtype, place));
}

export function checkShape(operation: string, shape: Shape, dtype?: DType): void {
  if (dtype !== undefined) checkType(operation, dtype);
  if (!Array.isArray(shape) || shape.some((d) => !(Number.isInteger(d) && d >= 0))) {
    throw new ShapeError(
      `${operation}: a shape is a list of whole numbers ≥ 0, not ${Array.isArray(shape) ? showShape(shape) : String(shape)}`,
    );
  }
}

/** One number everywhere. The type is f32 unless told, bool for a boolean. */
export function full(
  shape: readonly number[],
  value: number | boolean,
  { dtype }: CreateOptions = {},
): Tensor {
  checkShape("full", shape, dtype);
  const type = dtype ?? (typeof value === "boolean" ? "bool" : "f32");
  return fromNode(ir.constant(Number(value), type, [...shape]));
}

/** Zeros. */
export function zeros(shape: readonly number[], { dtype = "f32" }: CreateOptions = {}): Tensor {
  checkShape("zeros", shape, dtype);
  return fromNode(ir.constant(0, dtype, [...shape]));
}

/** Ones. */
export function ones(shape: readonly number[], { dtype = "f32" }: CreateOptions = {}): Tensor {
  checkShape("ones", shape, dtype);
  return fromNode(ir.constant(1, dtype, [...shape]));
}

/** Zeros in the shape and type of another tensor. */
export function zerosLike(x: Tensor, { dtype = x.dtype }: CreateOptions = {}): Tensor {
  return zeros(x.shape, { dtype });
}

/** Ones in the shape and type of another tensor. */
export function onesLike(x: Tensor, { dtype = x.dtype }: CreateOptions = {}): Tensor {
  return ones(x.shape, { dtype });
}

/** One number in the shape and type of another tensor. */
export function fullLike(
  x: Tensor,
  value: number,
  { dtype = x.dtype }: CreateOptions = {},
): Tensor {
  return full(x.shape, value, { dtype });
}

/**
 * 1 on the diagonal and 0 elsewhere.
 *
 * @param options  columns, default as many as rows; offset of the diagonal, positive to the right
 */
export function eye(
  rows: number,
  {
    columns = rows,
    offset = 0,
    dtype = "f32",
  }: CreateOptions & { columns?: number; offset?: number } = {},
): Tensor {
  checkShape("eye", [rows, columns], dtype);
  const shape = [rows, columns];
  const row = ir.add(ir.iota(shape, 0), ir.constant(offset, "i32"));
  return fromNode(ir.cast(ir.equal(row, ir.iota(shape, 1)), dtype));
}

/**
 * start, start + step, … up to, not including, stop.
 *
 * @param start  with one argument: the stop, and the start is 0
 * @param options  step, default 1; dtype, default i32 if all are whole numbers, else f32
 * @example
 * arange(3); // i32 [0, 1, 2]
 * arange(1, 2, { step: 0.25 }); // f32 [1, 1.25, 1.5, 1.75]
 */
export function arange(
  start: number,
  stop?: number,
  { step = 1, dtype }: CreateOptions & { step?: number } = {},
): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const count = Math.ceil((to - from) / step);
  if (!Number.isFinite(count))
    throw new ShapeError(`arange: ${from} to ${to} by ${step} does not end`);
  const whole = Number.isInteger(from) && Number.isInteger(step);
  const type = dtype ?? (whole ? "i32" : "f32");
  checkType("arange", type);
  // Counted in a type that holds the steps; fractions in a float even if the result is cut to integers.
  const counting = isFloat(type) || whole ? type : "f32";
  const index = ir.iota(
    [Math.max(0, count)],
    0,
    isFloat(counting) ? (counting === "f64" ? "f64" : "f32") : "i32",
  );
  const scaled = step === 1 ? index : ir.mul(index, ir.constant(step, index.dtype));
  const moved = from === 0 ? scaled : ir.add(scaled, ir.constant(from, index.dtype));
  return fromNode(ir.cast(moved, type));
}

/** `count` numbers from start to stop, both included, evenly spaced. */
export function linspace(
  start: number,
  stop: number,
  { count = 50, dtype = "f32" }: { count?: number; dtype?: "f32" | "f64" } = {},
): Tensor {
  checkShape("linspace", [count], dtype);
  if (count < 2) return full([count], start, { dtype });
  const number = (value: number) => ir.constant(value, dtype);
  const step = number((stop - start) / (count - 1));
  const up = ir.iota([count], 0, dtype);
  const down = ir.sub(number(count - 1), up);
  // Each half is counted from its own end, so that both ends are exact.
  const first = ir.add(number(start), ir.mul(up, step));
  const last = ir.sub(number(stop), ir.mul(down, step));
  return fromNode(ir.where(ir.less(up, number(count / 2)), first, last));
}

/**
 * Coordinates of a grid: one tensor a vector, each of the shape of the whole grid.
 *
 * @param options  indexing: "ij" (default; axis i follows vector i) or "xy" (the first two exchanged)
 */
export function meshgrid(
  vectors: readonly Tensor[],
  { indexing = "ij" }: { indexing?: "ij" | "xy" } = {},
): Tensor[] {
  const rank = vectors.length;
  const place = (i: number): number => (indexing === "xy" && rank > 1 && i < 2 ? 1 - i : i);
  const shape = new Array<number>(rank).fill(1);
  vectors.forEach((v, i) => {
    if (v.rank !== 1) throw new ShapeError(`meshgrid: needs vectors, not ${showShape(v.shape)}`);
    shape[place(i)] = v.size;
  });
  return vectors.map((v, i) =>
    v.reshape(shape.map((_, axis) => (axis === place(i) ? v.size : 1))).expand(shape),
  );
}

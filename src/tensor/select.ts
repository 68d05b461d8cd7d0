// Results whose shape depends on the data: they need the values, so they wait for them. In a traced
// function they throw and name the masked form.

import { type Placed, upload } from "../engine/memory.ts";
import { constant } from "../ir/build.ts";
import { arrayOf, type DType, dtypes } from "../ir/dtype.ts";
import { DTypeError, ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { showShape, sizeOf } from "../ir/shape.ts";
import type { Tensor } from "./tensor.ts";
import { forbidInTrace } from "./trace.ts";

/** The different numbers of a tensor. */
export interface Unique {
  /** Ascending, each once. */
  readonly values: Tensor;
  /** Per element, which of `values` it is: i32 of the tensor's shape. */
  readonly inverse: Tensor;
  /** How often each occurs: i32. */
  readonly counts: Tensor;
}

/** Makes a tensor; handed in, because this file stands below the class. */
type Wrap = (node: Node) => Tensor;

/** Data on the device of `like`. */
function beside(
  like: Tensor,
  data: Int32Array | Float64Array,
  shape: readonly number[],
  dtype: DType,
): Node {
  const raw = arrayOf(dtype, data.length);
  raw.set(data);
  const bytes = new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength);
  const { storage } = like.node;
  const device = storage === undefined ? undefined : (storage as Placed).device;
  // Any operation makes a tensor of the right class; this one is replaced at once.
  return upload(bytes, shape, dtype, device);
}

/** Row-major positions of what is not 0. */
async function positions(mask: Tensor): Promise<Int32Array> {
  const data = await mask.data();
  const found: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) found.push(i);
  return Int32Array.from(found);
}

export async function select(x: Tensor, mask: Tensor, wrap: Wrap): Promise<Tensor> {
  forbidInTrace("select", "where(mask, x, other) or maskedFill");
  if (mask.dtype !== "bool") {
    throw new DTypeError(
      `select: the mask must be bool, not ${mask.dtype}; compare it with something. Indices select with take or at`,
    );
  }
  const leading = x.shape.slice(0, mask.rank);
  if (mask.rank === 0 || mask.shape.some((d, i) => d !== leading[i])) {
    throw new ShapeError(
      `select: the mask ${showShape(mask.shape)} must have the first axes of ${showShape(x.shape)}`,
    );
  }
  const chosen = await positions(mask);
  const rows = x.reshape([sizeOf(leading), ...x.shape.slice(mask.rank)]);
  return rows.take(wrap(beside(mask, chosen, [chosen.length], "i32")));
}

export async function nonZero(x: Tensor, wrap: Wrap): Promise<Tensor> {
  forbidInTrace("nonZero", "where(x.notEqual(0), a, b)");
  const chosen = await positions(x.cast("bool"));
  const flat = wrap(beside(x, chosen, [chosen.length], "i32")); // [count]
  const columns: Tensor[] = [];
  let stride = 1;
  for (let axis = x.rank - 1; axis >= 0; axis--) {
    const size = x.shape[axis] as number;
    columns.unshift(flat.floorDivide(stride).mod(Math.max(1, size)).unsqueeze(1));
    stride *= size;
  }
  const [first, ...rest] = columns;
  if (first !== undefined) return first.concat(rest, { axis: 1 });
  // A single number has no place to tell; that it is there is told by the count.
  return wrap(constant(0, "i32", [chosen.length, 0]));
}

export async function unique(x: Tensor, wrap: Wrap): Promise<Unique> {
  forbidInTrace("unique", "sort, or oneHot and sum for labels of a known range");
  const data = await x.data();
  const order = Int32Array.from(data.keys()).sort((a, b) =>
    compare(data[a] as number, data[b] as number),
  );
  const values: number[] = [];
  const counts: number[] = [];
  const inverse = new Int32Array(data.length);
  for (const i of order) {
    const value = data[i] as number;
    // −0 and 0 are one number; so are all NaN.
    if (values.length === 0 || compare(values[values.length - 1] as number, value) !== 0) {
      values.push(value);
      counts.push(0);
    }
    const last = values.length - 1;
    counts[last] = (counts[last] as number) + 1;
    inverse[i] = last;
  }
  const dtype = dtypes[x.dtype].compute;
  const n = values.length;
  return {
    values: wrap(beside(x, Float64Array.from(values), [n], dtype)),
    inverse: wrap(beside(x, inverse, x.shape, "i32")),
    counts: wrap(beside(x, Int32Array.from(counts), [n], "i32")),
  };
}

/** Ascending, NaN last. */
function compare(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

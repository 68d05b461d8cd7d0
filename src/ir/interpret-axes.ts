// What the ops that move, combine or select along axes mean: the part of the interpreter that walks
// over positions. Rounding is as interpret.ts says: sums and products in f64, rounded once.

import { arrayOf, type DType, isFloat, type TypedArray } from "./dtype.ts";
import { halfFromBits, halfToBits } from "./half-bits.ts";
import type { Node } from "./node.ts";
import type { Op, OpOf } from "./op.ts";
import { evaluateScalar } from "./scalar.ts";
import { sizeOf, stridesOf } from "./shape.ts";

/** An index that lay outside the axis it selects from. */
export interface OutOfRange {
  readonly operation: string;
  readonly value: number;
}

export type Report = (fault: OutOfRange) => void;

/** For `part` the sources are all the results of its scan or call. */
export type Meaning<O extends Op> = (
  node: Node<O>,
  src: readonly TypedArray[],
  report: Report,
) => TypedArray | TypedArray[];

/** Element `i` as a number. */
export function get(array: TypedArray, i: number, dtype: DType): number {
  const raw = array[i] as number;
  return dtype === "f16" || dtype === "bf16" ? halfFromBits(raw, dtype) : raw;
}

/** An array of `dtype` from numbers, each rounded once. */
export function store(values: ArrayLike<number>, dtype: DType): TypedArray {
  const result = arrayOf(dtype, values.length);
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    result[i] = dtype === "f16" || dtype === "bf16" ? halfToBits(v, dtype) : v;
  }
  return result;
}

/** Every position of `shape` in row-major order. The array is the same each time. */
export function eachPosition(
  shape: readonly number[],
  visit: (at: number[], i: number) => void,
): void {
  const total = sizeOf(shape);
  const at = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < total; i++) {
    visit(at, i);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1;
      if ((at[axis] as number) < (shape[axis] as number)) break;
      at[axis] = 0;
    }
  }
}

function offset(at: readonly number[], strides: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < strides.length; i++) sum += (at[i] as number) * (strides[i] as number);
  return sum;
}

/** A movement op from what it does to a position: where in the source the element at `at` lies. */
function move<O extends Op>(
  from: (at: readonly number[], node: Node<O>, shape: readonly number[]) => readonly number[],
): Meaning<O> {
  return (node, [x]) => {
    const { shape } = node.src[0] as Node;
    const strides = stridesOf(shape);
    const result = arrayOf(node.dtype, sizeOf(node.shape));
    eachPosition(node.shape, (at, i) => {
      result[i] = (x as TypedArray)[offset(from(at, node, shape), strides)] as number;
    });
    return result;
  };
}

export const same: Meaning<Op> = (_, [x]) => x as TypedArray;

/** Addition or multiplication along an axis: floats in f64, integers wrapped at every step. */
const combine =
  (op: "add" | "mul" | "max", dtype: DType) =>
  (a: number, b: number): number => {
    if (op === "max" || !isFloat(dtype)) return evaluateScalar(op, dtype, [a, b]);
    return op === "add" ? a + b : a * b;
  };

/** The position with its axis replaced or removed, as an offset into `strides`. */
const along = (
  at: readonly number[],
  axis: number,
  index: number,
  strides: readonly number[],
): number => offset(at, strides) + (index - (at[axis] as number)) * (strides[axis] as number);

const isLarger = (a: number, b: number): boolean => a > b || (Number.isNaN(a) && !Number.isNaN(b));

/** An index within an axis of `size`; one outside is reported and clamped. */
function clampIndex(index: number, size: number, operation: string, report: Report): number {
  if (index >= 0 && index < size) return index;
  report({ operation, value: index });
  return Math.min(Math.max(index, 0), size - 1);
}

type AlongAxes = OpOf<"movement" | "reduction" | "contraction" | "indexed">;

export const alongAxes: { [O in AlongAxes]: Meaning<O> } = {
  reshape: same,
  permute: move((at, node) => {
    const from = new Array<number>(at.length);
    node.arg.order.forEach((axis, i) => {
      from[axis] = at[i] as number;
    });
    return from;
  }),
  expand: move((at, _, shape) => at.map((p, i) => (shape[i] === 1 ? 0 : p))),
  slice: move((at, { arg }) =>
    at.map((p, i) => (arg.start[i] as number) + p * (arg.step[i] as number)),
  ),
  pad: (node, [x]) => {
    const { before, between, value } = node.arg;
    const strides = stridesOf(node.shape);
    const result = store(new Float64Array(sizeOf(node.shape)).fill(value), node.dtype);
    eachPosition((node.src[0] as Node).shape, (at, i) => {
      const to = at.map((p, k) => (before[k] as number) + p * ((between[k] as number) + 1));
      result[offset(to, strides)] = (x as TypedArray)[i] as number;
    });
    return result;
  },
  flip: move((at, { arg }, shape) =>
    at.map((p, i) => (arg.axes.includes(i) ? (shape[i] as number) - 1 - p : p)),
  ),
  window: move((at, { arg: { axis, stride, dilation } }) => [
    ...at.slice(0, axis),
    (at[axis] as number) * stride + (at[axis + 1] as number) * dilation,
    ...at.slice(axis + 2),
  ]),

  reduce: (node, [x]) => {
    const { kind, axes } = node.arg;
    const { shape } = node.src[0] as Node;
    const kept = stridesOf(node.shape);
    const strides = shape.map((_, i) => (axes.includes(i) ? 0 : (kept.shift() as number)));
    const start = kind === "add" ? 0 : kind === "mul" ? 1 : NaN;
    const values = new Float64Array(sizeOf(node.shape)).fill(start);
    const begun = new Uint8Array(values.length);
    const step = combine(kind, node.dtype);
    eachPosition(shape, (at, i) => {
      const to = offset(at, strides);
      const v = get(x as TypedArray, i, node.dtype);
      values[to] = begun[to] ? step(values[to] as number, v) : v;
      begun[to] = 1;
    });
    return store(values, node.dtype);
  },
  fold: (node, [x]) => {
    const { axis, stride, dilation } = node.arg;
    const strides = stridesOf(node.shape);
    const values = new Float64Array(sizeOf(node.shape));
    const step = combine("add", node.dtype);
    eachPosition((node.src[0] as Node).shape, (at, i) => {
      const to = [
        ...at.slice(0, axis),
        (at[axis] as number) * stride + (at[axis + 1] as number) * dilation,
        ...at.slice(axis + 2),
      ];
      const k = offset(to, strides);
      values[k] = step(values[k] as number, get(x as TypedArray, i, node.dtype));
    });
    return store(values, node.dtype);
  },
  cumsum: (node, [x]) => {
    const { axis, reverse } = node.arg;
    const strides = stridesOf(node.shape);
    const length = node.shape[axis] as number;
    const values = new Float64Array(sizeOf(node.shape));
    const step = combine("add", node.dtype);
    eachPosition(node.shape, (at) => {
      const k = reverse ? length - 1 - (at[axis] as number) : (at[axis] as number);
      const to = along(at, axis, k, strides);
      const before = reverse ? k + 1 : k - 1;
      const sum =
        before < 0 || before >= length
          ? undefined
          : (values[along(at, axis, before, strides)] as number);
      const v = get(x as TypedArray, to, node.dtype);
      values[to] = sum === undefined ? v : step(sum, v);
    });
    return store(values, node.dtype);
  },
  argmax: (node, [x]) => {
    const { axis } = node.arg;
    const { shape, dtype } = node.src[0] as Node;
    const strides = stridesOf(shape);
    const result = arrayOf("i32", sizeOf(node.shape));
    eachPosition(node.shape, (at, i) => {
      const row = offset([...at.slice(0, axis), 0, ...at.slice(axis)], strides);
      const of = (k: number): number =>
        get(x as TypedArray, row + k * (strides[axis] as number), dtype);
      let best = 0;
      for (let k = 1; k < (shape[axis] as number); k++) if (isLarger(of(k), of(best))) best = k;
      result[i] = best;
    });
    return result;
  },
  argsort: (node, [x]) => {
    const { axis, descending } = node.arg;
    const { shape, dtype } = node.src[0] as Node;
    const strides = stridesOf(shape);
    const result = arrayOf("i32", sizeOf(shape));
    eachPosition(shape, (at, i) => {
      if (at[axis] !== 0) return;
      const order = Array.from({ length: shape[axis] as number }, (_, k) => k);
      const of = (k: number): number =>
        get(x as TypedArray, i + k * (strides[axis] as number), dtype);
      const ascending = (a: number, b: number): number =>
        +isLarger(of(a), of(b)) - +isLarger(of(b), of(a));
      order.sort((a, b) => (descending ? ascending(b, a) : ascending(a, b)));
      order.forEach((k, n) => {
        result[i + n * (strides[axis] as number)] = k;
      });
    });
    return result;
  },

  contract: (node, [x, y]) => {
    const { a, b, out } = node.arg;
    const [u, v] = node.src as [Node, Node];
    const summed = a.filter((label) => !out.includes(label));
    const labels = [...out, ...summed];
    const sizes = labels.map(
      (l) => (a.includes(l) ? u.shape[a.indexOf(l)] : v.shape[b.indexOf(l)]) as number,
    );
    const stridesFor = (of: readonly number[], shape: readonly number[]): number[] =>
      labels.map((l) => (of.includes(l) ? (stridesOf(shape)[of.indexOf(l)] as number) : 0));
    const [xStrides, yStrides] = [stridesFor(a, u.shape), stridesFor(b, v.shape)];
    const outStrides = stridesFor(out, node.shape);
    const values = new Float64Array(sizeOf(node.shape));
    const [times, plus] = [combine("mul", node.dtype), combine("add", node.dtype)];
    eachPosition(sizes, (at) => {
      const to = offset(at, outStrides);
      const product = times(
        (x as TypedArray)[offset(at, xStrides)] as number,
        (y as TypedArray)[offset(at, yStrides)] as number,
      );
      values[to] = plus(values[to] as number, product);
    });
    return store(values, node.dtype);
  },

  gather: (node, [x, index], report) => {
    const { axis, checks = "gather" } = node.arg;
    const { shape } = node.src[0] as Node;
    const strides = stridesOf(shape);
    const result = arrayOf(node.dtype, sizeOf(node.shape));
    eachPosition(node.shape, (at, i) => {
      const k = clampIndex(
        (index as TypedArray)[i] as number,
        shape[axis] as number,
        checks,
        report,
      );
      result[i] = (x as TypedArray)[along(at, axis, k, strides)] as number;
    });
    return result;
  },
  // Of several values set at one place the last (in row-major order of the index) stays.
  scatter: (node, [target, index, from], report) => {
    const { axis, kind } = node.arg;
    const strides = stridesOf(node.shape);
    const values = Float64Array.from(target as TypedArray, (_, i) =>
      get(target as TypedArray, i, node.dtype),
    );
    const step = combine("add", node.dtype);
    eachPosition((node.src[1] as Node).shape, (at, i) => {
      const k = clampIndex(
        (index as TypedArray)[i] as number,
        node.shape[axis] as number,
        "scatter",
        report,
      );
      const to = along(at, axis, k, strides);
      const v = get(from as TypedArray, i, node.dtype);
      values[to] = kind === "set" ? v : step(values[to] as number, v);
    });
    return store(values, node.dtype);
  },
};

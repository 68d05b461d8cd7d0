// The only way to make a node: checks shapes and types where the user wrote the call, broadcasts,
// promotes, and drops what changes nothing. Rules and libraries are written in these functions.

import { accumulate, type DType, dtypes, isFloat, promote } from "./dtype.ts";
import { DTypeError, ShapeError } from "./errors.ts";
import { type Body, is, makeNode, type Node, type Part } from "./node.ts";
import type { CallArgs, Elementwise, OpArgs, ReduceKind, ScanArgs } from "./op.ts";
import { castScalar, evaluateScalar } from "./scalar.ts";
import {
  broadcastShapes,
  equalShapes,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  showShape,
  sizeOf,
  windowLength,
} from "./shape.ts";

// Leaves

export const buffer = (shape: Shape, dtype: DType): Node<"buffer"> =>
  makeNode("buffer", [], null, shape, dtype);

export const input = (slot: number, shape: Shape, dtype: DType): Node<"input"> =>
  makeNode("input", [], { slot }, shape, dtype);

/** One number everywhere. */
export function constant(value: number, dtype: DType, shape: Shape = []): Node<"const"> {
  return makeNode("const", [], { value: castScalar(value, "f64", dtype) }, shape, dtype);
}

/** 0, 1, 2, … along an axis. */
export const iota = (shape: Shape, axis: number, dtype: DType = "i32"): Node =>
  makeNode("iota", [], { axis: normalizeAxis(axis, shape.length, "iota") }, shape, dtype);

// Movement

export function reshape(x: Node, shape: Shape): Node {
  if (sizeOf(shape) !== sizeOf(x.shape)) {
    throw new ShapeError(
      `reshape: ${showShape(x.shape)} has ${sizeOf(x.shape)} elements, ${showShape(shape)} has ${sizeOf(shape)}; they must be equal`,
    );
  }
  if (equalShapes(shape, x.shape)) return x;
  if (is(x, "const")) return constant(x.arg.value, x.dtype, shape);
  return makeNode(
    "reshape",
    [is(x, "reshape") ? (x.src[0] as Node) : x],
    null,
    [...shape],
    x.dtype,
  );
}

export function permute(x: Node, order: readonly number[]): Node {
  const axes = order.map((a) => normalizeAxis(a, x.shape.length, "permute"));
  if (axes.length !== x.shape.length || new Set(axes).size !== axes.length) {
    throw new ShapeError(
      `permute: ${showShape(order)} is not an order of the ${x.shape.length} axes of ${showShape(x.shape)}; name each axis once`,
    );
  }
  if (axes.every((a, i) => a === i)) return x;
  const shape = axes.map((a) => x.shape[a] as number);
  if (is(x, "const")) return constant(x.arg.value, x.dtype, shape);
  return makeNode("permute", [x], { order: axes }, shape, x.dtype);
}

/** Repeat axes of size 1; new axes in front. */
export function expand(x: Node, shape: Shape): Node {
  if (equalShapes(shape, x.shape)) return x;
  const added = shape.length - x.shape.length;
  const from = added > 0 ? reshape(x, [...new Array<number>(added).fill(1), ...x.shape]) : x;
  if (added < 0 || from.shape.some((d, i) => d !== shape[i] && d !== 1)) {
    throw new ShapeError(
      `expand: ${showShape(x.shape)} does not broadcast to ${showShape(shape)}; only axes of size 1 can be repeated`,
    );
  }
  if (equalShapes(shape, from.shape)) return from;
  if (is(from, "const")) return constant(from.arg.value, x.dtype, shape);
  return makeNode("expand", [from], null, [...shape], x.dtype);
}

/** Elements start, start + step, … below stop of every axis; 0 ≤ start ≤ stop ≤ size, step ≥ 1. */
export function slice(x: Node, arg: OpArgs["slice"]): Node {
  const shape = x.shape.map((d, i) => {
    const [start, stop, step] = [
      arg.start[i] as number,
      arg.stop[i] as number,
      arg.step[i] as number,
    ];
    if (!(start >= 0 && start <= d && stop <= d && step >= 1)) {
      throw new ShapeError(
        `slice: ${start}:${stop}:${step} does not lie within axis ${i} of ${showShape(x.shape)}`,
      );
    }
    return Math.max(0, Math.ceil((stop - start) / step));
  });
  if (equalShapes(shape, x.shape)) return x;
  if (is(x, "const")) return constant(x.arg.value, x.dtype, shape);
  return makeNode("slice", [x], arg, shape, x.dtype);
}

/** One axis of `x`, from start to stop. */
export function sliceAxis(x: Node, axis: number, start: number, stop: number, step = 1): Node {
  const at = x.shape.map(
    (d, i) => (i === axis ? [start, stop, step] : [0, d, 1]) as [number, number, number],
  );
  return slice(x, {
    start: at.map((a) => a[0]),
    stop: at.map((a) => a[1]),
    step: at.map((a) => a[2]),
  });
}

export function pad(
  x: Node,
  before: readonly number[],
  after: readonly number[],
  {
    between = x.shape.map(() => 0),
    value = 0,
  }: { between?: readonly number[]; value?: number } = {},
): Node {
  const all = [...before, ...after, ...between];
  if (all.length !== 3 * x.shape.length || all.some((n) => !(Number.isInteger(n) && n >= 0))) {
    throw new ShapeError(
      `pad: ${showShape(before)}, ${showShape(after)} and ${showShape(between)} must each hold one count ≥ 0 for the ${x.shape.length} axes of ${showShape(x.shape)}`,
    );
  }
  if (all.every((n) => n === 0)) return x;
  const shape = x.shape.map(
    (d, i) =>
      (before[i] as number) +
      (after[i] as number) +
      d +
      Math.max(0, d - 1) * (between[i] as number),
  );
  return makeNode(
    "pad",
    [x],
    { before: [...before], after: [...after], between: [...between], value },
    shape,
    x.dtype,
  );
}

export function flip(x: Node, axes: readonly number[]): Node {
  const list = normalizeAxes(axes, x.shape.length, "flip").filter(
    (a) => (x.shape[a] as number) > 1,
  );
  if (list.length === 0) return x;
  if (is(x, "const")) return x;
  return makeNode("flip", [x], { axes: list }, x.shape, x.dtype);
}

/** [.., length, ..] to [.., out, size, ..]. */
export function window(x: Node, arg: OpArgs["window"]): Node {
  const length = x.shape[arg.axis] as number;
  const out = windowLength(length, arg.size, arg.stride, arg.dilation);
  if (!(out >= 1 && arg.size >= 1 && arg.stride >= 1 && arg.dilation >= 1)) {
    throw new ShapeError(
      `window: ${arg.size} elements ${arg.dilation} apart, moved by ${arg.stride}, do not fit in axis ${arg.axis} of ${showShape(x.shape)}; pad it or take a smaller window`,
    );
  }
  const shape = [...x.shape.slice(0, arg.axis), out, arg.size, ...x.shape.slice(arg.axis + 1)];
  if (is(x, "const")) return constant(x.arg.value, x.dtype, shape);
  return makeNode("window", [x], arg, shape, x.dtype);
}

/** The adjoint of window: [.., out, size, ..] to [.., length, ..]. */
export function fold(x: Node, arg: OpArgs["fold"]): Node {
  const out = x.shape[arg.axis] as number;
  const size = x.shape[arg.axis + 1] as number;
  if (out !== windowLength(arg.length, size, arg.stride, arg.dilation)) {
    throw new ShapeError(
      `fold: ${showShape(x.shape)} at axis ${arg.axis} is not a window of ${size} over ${arg.length} elements`,
    );
  }
  const shape = [...x.shape.slice(0, arg.axis), arg.length, ...x.shape.slice(arg.axis + 2)];
  return makeNode("fold", [x], arg, shape, x.dtype);
}

// Elementwise

function elementwise(op: Elementwise, src: readonly Node[], dtype: DType): Node {
  const shape =
    src.length === 1 ? (src[0] as Node).shape : broadcastShapes(op, ...src.map((s) => s.shape));
  const operands = src.map((s) => expand(s, shape));
  if (op !== "cast" && op !== "bitcast" && operands.every((s) => s.op === "const")) {
    const type = op === "where" ? dtype : (operands[0] as Node).dtype;
    const values = operands.map((s) => (s as Node<"const">).arg.value);
    return constant(evaluateScalar(op, type, values), dtype, shape);
  }
  return makeNode(op, operands, null, shape, dtype);
}

export function cast(x: Node, dtype: DType): Node {
  if (x.dtype === dtype) return x;
  if (is(x, "const")) return constant(castScalar(x.arg.value, x.dtype, dtype), dtype, x.shape);
  return elementwise("cast", [x], dtype);
}

/** The same bits as another type of the same width. */
export function bitcast(x: Node, dtype: DType): Node {
  if (x.dtype === dtype) return x;
  if (dtypes[x.dtype].bytes !== dtypes[dtype].bytes || dtypes[dtype].bytes !== 4) {
    throw new DTypeError(
      `bitcast: ${x.dtype} to ${dtype}: only f32, i32 and u32 can be seen as each other`,
    );
  }
  return elementwise("bitcast", [x], dtype);
}

const number = (x: Node, op: string): Node => {
  if (x.dtype === "bool")
    throw new DTypeError(`${op}: the tensor holds bool; cast it to a number first`);
  return cast(x, dtypes[x.dtype].compute);
};
/** Integers and bool become f32. */
const float = (x: Node): Node => cast(x, isFloat(x.dtype) ? dtypes[x.dtype].compute : "f32");

type Unary = (x: Node) => Node;
const floatUnary =
  (op: Elementwise): Unary =>
  (x) => {
    const y = float(x);
    return elementwise(op, [y], y.dtype);
  };

export const neg: Unary = (x) => {
  const y = number(x, "neg");
  return is(y, "neg") ? (y.src[0] as Node) : elementwise("neg", [y], y.dtype);
};
export const exp: Unary = (x) => floatUnary("exp")(x);
export const expm1: Unary = (x) => floatUnary("expm1")(x);
export const log: Unary = (x) => floatUnary("log")(x);
export const log1p: Unary = (x) => floatUnary("log1p")(x);
export const sin: Unary = (x) => floatUnary("sin")(x);
export const cos: Unary = (x) => floatUnary("cos")(x);
export const tanh: Unary = (x) => floatUnary("tanh")(x);
export const erf: Unary = (x) => floatUnary("erf")(x);
export const sqrt: Unary = (x) => floatUnary("sqrt")(x);
export const floor: Unary = (x) => (isFloat(x.dtype) ? floatUnary("floor")(x) : x);

function promoted(a: Node, b: Node): [Node, Node, DType] {
  const dtype = promote(a.dtype, b.dtype);
  return [cast(a, dtype), cast(b, dtype), dtype];
}

const arithmetic =
  (op: Elementwise) =>
  (a: Node, b: Node): Node => {
    let [x, y, dtype] = promoted(a, b);
    if (dtype === "bool") [x, y, dtype] = [cast(x, "i32"), cast(y, "i32"), "i32"];
    return elementwise(op, [x, y], dtype);
  };

export const add = (a: Node, b: Node): Node => arithmetic("add")(a, b);
export const mul = (a: Node, b: Node): Node => arithmetic("mul")(a, b);
/** True division for floats; floor division for integers. */
export const div = (a: Node, b: Node): Node => arithmetic("div")(a, b);
/** The remainder with the divisor's sign. */
export const mod = (a: Node, b: Node): Node => arithmetic("mod")(a, b);
export const sub = (a: Node, b: Node): Node => {
  const [x, y] = promoted(a, b);
  return add(x, neg(x.dtype === "bool" ? cast(y, "i32") : y));
};
export const max = (a: Node, b: Node): Node => {
  const [x, y, dtype] = promoted(a, b);
  return elementwise(dtype === "bool" ? "or" : "max", [x, y], dtype);
};
export const min = (a: Node, b: Node): Node => {
  const [x, y, dtype] = promoted(a, b);
  if (dtype === "bool") return and(x, y);
  // Negation is not monotone for unsigned and smallest integers: compare instead.
  if (!isFloat(dtype)) return where(less(y, x), y, x);
  return neg(max(neg(x), neg(y)));
};

const comparison =
  (op: "less" | "equal") =>
  (a: Node, b: Node): Node => {
    const [x, y] = promoted(a, b);
    return elementwise(op, [x, y], "bool");
  };
export const less = (a: Node, b: Node): Node => comparison("less")(a, b);
export const equal = (a: Node, b: Node): Node => comparison("equal")(a, b);

const bitwise =
  (op: "and" | "or" | "xor" | "shl" | "shr") =>
  (a: Node, b: Node): Node => {
    const [x, y, dtype] = promoted(a, b);
    if (isFloat(dtype) || (dtype === "bool" && (op === "shl" || op === "shr"))) {
      throw new DTypeError(
        `${op}: needs integers${op.startsWith("sh") ? "" : " or bool"}, not ${a.dtype} and ${b.dtype}`,
      );
    }
    return elementwise(op, [x, y], dtype);
  };
export const and = (a: Node, b: Node): Node => bitwise("and")(a, b);
export const or = (a: Node, b: Node): Node => bitwise("or")(a, b);
export const xor = (a: Node, b: Node): Node => bitwise("xor")(a, b);
export const shl = (a: Node, b: Node): Node => bitwise("shl")(a, b);
export const shr = (a: Node, b: Node): Node => bitwise("shr")(a, b);
export const not = (x: Node): Node => xor(cast(x, "bool"), constant(1, "bool"));

export function where(condition: Node, a: Node, b: Node): Node {
  if (condition.dtype !== "bool") {
    throw new DTypeError(
      `where: the condition must be bool, not ${condition.dtype}; compare it with something, or cast it`,
    );
  }
  const [x, y, dtype] = promoted(a, b);
  return elementwise("where", [condition, x, y], dtype);
}

export function threefry(k0: Node, k1: Node, c0: Node, c1: Node): Node {
  return elementwise(
    "threefry",
    [k0, k1, c0, c1].map((x) => cast(x, "u32")),
    "u32",
  );
}

// Along axes

export function reduce(x: Node, kind: ReduceKind, axes: readonly number[]): Node {
  const list = normalizeAxes(axes, x.shape.length, `reduce ${kind}`);
  const dtype = kind === "max" ? dtypes[x.dtype].compute : accumulate(x.dtype);
  const y = cast(x, dtype);
  if (list.length === 0) return y;
  if (kind === "max" && list.some((a) => x.shape[a] === 0)) {
    throw new ShapeError(
      `max: axis ${list.find((a) => x.shape[a] === 0)} of ${showShape(x.shape)} is empty and has no largest element`,
    );
  }
  const shape = x.shape.filter((_, i) => !list.includes(i));
  return makeNode("reduce", [y], { kind, axes: list }, shape, dtype);
}

/** A reduction that leaves its axes behind with size 1. */
export function reduceKeep(x: Node, kind: ReduceKind, axes: readonly number[]): Node {
  return reshape(
    reduce(x, kind, axes),
    x.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
  );
}

export function cumsum(x: Node, axis: number, reverse = false): Node {
  const at = normalizeAxis(axis, x.shape.length, "cumSum");
  const y = cast(x, accumulate(x.dtype));
  return makeNode("cumsum", [y], { axis: at, reverse }, x.shape, y.dtype);
}

export function argmax(x: Node, axis: number): Node {
  const at = normalizeAxis(axis, x.shape.length, "argMax");
  if (x.shape[at] === 0)
    throw new ShapeError(
      `argMax: axis ${axis} of ${showShape(x.shape)} is empty and has no largest element`,
    );
  return makeNode(
    "argmax",
    [cast(x, dtypes[x.dtype].compute)],
    { axis: at },
    x.shape.filter((_, i) => i !== at),
    "i32",
  );
}

export function argsort(x: Node, axis: number, descending = false): Node {
  const at = normalizeAxis(axis, x.shape.length, "sort");
  return makeNode(
    "argsort",
    [cast(x, dtypes[x.dtype].compute)],
    { axis: at, descending },
    x.shape,
    "i32",
  );
}

// Contraction

/** Einsum over two operands; labels are small integers, one an axis. */
export function contract(
  a: Node,
  aLabels: readonly number[],
  b: Node,
  bLabels: readonly number[],
  out: readonly number[],
): Node {
  const sizes = new Map<number, number>();
  for (const [x, labels] of [
    [a, aLabels],
    [b, bLabels],
  ] as const) {
    if (labels.length !== x.shape.length || new Set(labels).size !== labels.length) {
      throw new ShapeError(
        `contract: ${labels.length} distinct labels needed for ${showShape(x.shape)}`,
      );
    }
    labels.forEach((label, i) => {
      const size = x.shape[i] as number;
      const known = sizes.get(label);
      if (known !== undefined && known !== size) {
        throw new ShapeError(
          `contract: sizes of an axis differ: ${showShape(a.shape)} and ${showShape(b.shape)} (${known} ≠ ${size})`,
        );
      }
      sizes.set(label, size);
    });
  }
  const keepOf = (
    x: Node,
    labels: readonly number[],
    other: readonly number[],
  ): [Node, number[]] => {
    const lonely = labels.flatMap((l, i) => (other.includes(l) || out.includes(l) ? [] : [i]));
    return [reduce(x, "add", lonely), labels.filter((_, i) => !lonely.includes(i))];
  };
  const dtype = accumulate(promote(a.dtype, b.dtype));
  const [x, xLabels] = keepOf(cast(a, dtype), aLabels, bLabels);
  const [y, yLabels] = keepOf(cast(b, dtype), bLabels, aLabels);
  const shape = out.map((l) => {
    const size = sizes.get(l);
    if (size === undefined)
      throw new ShapeError(`contract: label ${l} of the result stands in no operand`);
    return size;
  });
  return makeNode("contract", [x, y], { a: xLabels, b: yLabels, out: [...out] }, shape, dtype);
}

// Indexed

function checkIndexed(operation: string, x: Node, index: Node, axis: number): void {
  if (isFloat(index.dtype) || index.dtype === "bool") {
    throw new DTypeError(`${operation}: the index must hold integers, not ${index.dtype}`);
  }
  if (
    index.shape.length !== x.shape.length ||
    index.shape.some((d, i) => i !== axis && d !== x.shape[i])
  ) {
    throw new ShapeError(
      `${operation}: index ${showShape(index.shape)} must equal ${showShape(x.shape)} in every axis but ${axis}`,
    );
  }
}

export function gather(x: Node, index: Node, axis: number): Node {
  const at = normalizeAxis(axis, x.shape.length, "gather");
  checkIndexed("gather", x, index, at);
  return makeNode("gather", [x, cast(index, "i32")], { axis: at }, index.shape, x.dtype);
}

export function scatter(
  target: Node,
  index: Node,
  values: Node,
  axis: number,
  kind: "add" | "set",
): Node {
  const at = normalizeAxis(axis, target.shape.length, "scatter");
  checkIndexed("scatter", target, index, at);
  const dtype = kind === "add" ? accumulate(target.dtype) : target.dtype;
  return makeNode(
    "scatter",
    [cast(target, dtype), cast(index, "i32"), cast(expand(values, index.shape), dtype)],
    { axis: at, kind },
    target.shape,
    dtype,
  );
}

// Structure

/** The last carries, then the stacked outputs. */
export function scan(arg: ScanArgs, src: readonly Node[]): Node[] {
  const parts: Part[] = arg.body.outputs.map((o, i) => ({
    shape: i < arg.carries ? o.shape : [arg.length, ...o.shape],
    dtype: o.dtype,
  }));
  for (let i = 0; i < arg.carries; i++) {
    const [from, to] = [src[i] as Node, arg.body.outputs[i] as Node];
    if (from.dtype !== to.dtype || !equalShapes(from.shape, to.shape)) {
      throw new ShapeError(
        `scan: carry ${i} enters as ${from.dtype} ${showShape(from.shape)} and leaves the body as ${to.dtype} ${showShape(to.shape)}; they must be equal`,
      );
    }
  }
  const node = makeNode("scan", src, arg, [], "f32", parts);
  return parts.map((_, i) => part(node, i));
}

export function call(arg: CallArgs, src: readonly Node[]): Node[] {
  const parts: Part[] = arg.body.outputs.map((o) => ({ shape: o.shape, dtype: o.dtype }));
  const node = makeNode("call", src, arg, [], "f32", parts);
  return parts.map((_, i) => part(node, i));
}

export function part(node: Node, index: number): Node {
  const { shape, dtype } = (node.parts as readonly Part[])[index] as Part;
  return makeNode("part", [node], { index }, shape, dtype);
}

export const keep = (x: Node): Node => makeNode("keep", [x], null, x.shape, x.dtype);
export const detach = (x: Node): Node => makeNode("detach", [x], null, x.shape, x.dtype);
export const alias = (x: Node): Node => makeNode("alias", [x], null, x.shape, x.dtype);

/** A body from a function over placeholder nodes. */
export function body(
  shapes: readonly Part[],
  make: (inputs: readonly Node[]) => readonly Node[],
): Body {
  const inputs = shapes.map((p, slot) => input(slot, p.shape, p.dtype));
  return { inputs, outputs: make(inputs) };
}

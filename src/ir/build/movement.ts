// Views: elements elsewhere, none of them changed.

import { ShapeError } from "../errors.ts";
import { is, makeNode, type Node } from "../node.ts";
import type { OpArgs } from "../op.ts";
import {
  equalShapes,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  showShape,
  sizeOf,
  spreadsTo,
  windowLength,
} from "../shape.ts";
import { constant } from "./leaves.ts";

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
  if (!spreadsTo(x.shape, shape)) {
    throw new ShapeError(
      `expand: ${showShape(x.shape)} does not broadcast to ${showShape(shape)}; only axes of size 1 can be repeated`,
    );
  }
  if (is(x, "const")) return constant(x.arg.value, x.dtype, shape);
  const from = x.shape.length < shape.length ? reshape(x, withAxesInFront(x.shape, shape)) : x;
  if (equalShapes(shape, from.shape)) return from;
  return makeNode("expand", [from], null, [...shape], x.dtype);
}

function withAxesInFront(shape: Shape, like: Shape): Shape {
  const added = like.length - shape.length;
  return like.map((_, i) => (i < added ? 1 : (shape[i - added] as number)));
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
  const { axis, size, stride, dilation, form } = arg;
  const own = { axis, size, stride, dilation, ...(form && { form }) };
  return makeNode("window", [x], own, shape, x.dtype);
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
  const { axis, length, stride, dilation, form } = arg;
  const own = { axis, length, stride, dilation, ...(form && { form }) };
  return makeNode("fold", [x], own, shape, x.dtype);
}

// The reverse rules: for y = op(x…) and g = ∂L/∂y, the gradient ∂L/∂x, a rule for each source, null
// where nothing flows. They are written in the same ops, so a gradient is a graph like any other and
// can be differentiated again. `null` for all sources: constant almost everywhere, or a leaf.
//
// At edges they do what PyTorch does: the elementwise `max` and `reduce max` share the gradient evenly
// among ties, sqrt has slope ∞ at 0, and floor, argmax and comparisons have none.

import {
  add,
  cast,
  constant,
  contract,
  cos,
  cumsum,
  div,
  equal,
  exp,
  flip,
  floor,
  fold,
  gather,
  iota,
  less,
  mul,
  neg,
  pad,
  permute,
  reduce,
  reshape,
  scatter,
  sin,
  slice,
  sub,
  where,
  window,
} from "../ir/build.ts";
import type { Node } from "../ir/node.ts";
import { derivativeType, type Operands, type Primitive, spread, zeros } from "./operands.ts";
import { productOfOthers } from "./product-of-others.ts";

/** The gradient of one source; asked only where it is wanted. */
type Rule<O extends Primitive> = (g: Node, y: Node<O>, ...src: Operands<O, Node>) => Node;

export type Rules = { [O in Primitive]: Operands<O, Rule<O> | null> | null };

export const rules: Rules = {
  buffer: null,
  input: null,
  const: null,
  iota: null,

  reshape: [(g, _, x) => reshape(g, x.shape)],
  permute: [(g, y) => permute(g, inverse(y.arg.order))],
  expand: [
    (g, y, x) => {
      const axes: number[] = [];
      for (let i = 0; i < x.shape.length; i++) if (x.shape[i] !== y.shape[i]) axes.push(i);
      return reshape(reduce(g, "add", axes), x.shape);
    },
  ],
  slice: [
    (g, y, x) => {
      const { start, step } = y.arg;
      const end = (i: number): number => {
        const n = y.shape[i] as number;
        return (start[i] as number) + (n > 0 ? (n - 1) * (step[i] as number) + 1 : 0);
      };
      const after = x.shape.map((d, i) => d - end(i));
      return pad(g, start, after, { between: step.map((s) => s - 1) });
    },
  ],
  pad: [
    (g, y, x) => {
      const { before, between } = y.arg;
      const step = between.map((n) => n + 1);
      const stop = x.shape.map((d, i) => {
        const last = Math.max(0, d - 1) * (step[i] as number);
        return (before[i] as number) + (d > 0 ? last + 1 : 0);
      });
      return slice(g, { start: before, stop, step });
    },
  ],
  flip: [(g, y) => flip(g, y.arg.axes)],
  window: [
    (g, y, x) => {
      const { axis, stride, dilation, form } = y.arg;
      return fold(g, { axis, length: x.shape[axis] as number, stride, dilation, form });
    },
  ],

  neg: [(g) => neg(g)],
  exp: [(g, y) => mul(g, y)],
  expm1: [(g, y) => mul(g, add(y, one(y)))],
  log: [(g, _, x) => div(g, x)],
  log1p: [(g, _, x) => div(g, add(x, one(x)))],
  sin: [(g, _, x) => mul(g, cos(x))],
  cos: [(g, _, x) => neg(mul(g, sin(x)))],
  tanh: [(g, y) => mul(g, sub(one(y), mul(y, y)))],
  // erf′(x) = 2/√π · exp(−x²)
  erf: [(g, _, x) => mul(g, erfSlope(x))],
  sqrt: [(g, y) => div(g, mul(y, constant(2, y.dtype, y.shape)))],
  floor: null,
  cast: [(g, _, x) => cast(g, derivativeType(x.dtype))],
  bitcast: null,
  add: [(g) => g, (g) => g],
  mul: [(g, _, _a, b) => mul(g, b), (g, _, a) => mul(g, a)],
  div: [(g, _, _a, b) => div(g, b), (g, y, _, b) => neg(mul(g, div(y, b)))],
  // a mod b = a − b·⌊a/b⌋, and ⌊a/b⌋ is constant almost everywhere
  mod: [(g) => g, (g, _, a, b) => neg(mul(g, floor(div(a, b))))],
  max: [(g, _, a, b) => whereLarger(g, a, b), (g, _, a, b) => whereLarger(g, b, a)],
  less: null,
  equal: null,
  and: null,
  or: null,
  xor: null,
  shl: null,
  shr: null,
  where: [null, (g, _, p) => where(p, g, zeros(g)), (g, _, p) => where(p, zeros(g), g)],
  threefry: null,

  reduce: [
    (g, y, x) => {
      const { kind, axes } = y.arg;
      const wide = spread(g, axes, x.shape);
      if (kind === "add") return wide;
      if (kind === "mul") return mul(wide, productOfOthers(x, axes));
      const { isLargest, ties } = largest(x, y, axes);
      return where(isLargest, div(wide, spread(ties, axes, x.shape)), zeros(x));
    },
  ],
  fold: [
    (g, y, x) => {
      const { axis, stride, dilation, form } = y.arg;
      return window(g, { axis, size: x.shape[axis + 1] as number, stride, dilation, form });
    },
  ],
  cumsum: [(g, y) => cumsum(g, y.arg.axis, !y.arg.reverse)],
  argmax: null,
  argsort: null,

  contract: [
    (g, { arg }, _, b) => contract(g, arg.out, b, arg.b, arg.a),
    (g, { arg }, a) => contract(g, arg.out, a, arg.a, arg.b),
  ],

  gather: [(g, y, x, index) => scatter(zeros(x), index, g, y.arg.axis, "add"), null],
  scatter: [
    (g, y, _, index) => {
      const { axis, kind } = y.arg;
      return kind === "add" ? g : scatter(g, index, constant(0, g.dtype, index.shape), axis, "set");
    },
    null,
    (g, y, _, index) => {
      const { axis, kind } = y.arg;
      const values = gather(g, index, axis);
      return kind === "add" ? values : where(survives(y, index), values, zeros(values));
    },
  ],

  keep: [(g) => g],
  detach: null,
  alias: [(g) => g],
};

const one = (x: Node): Node => constant(1, x.dtype, x.shape);

export const erfSlope = (x: Node): Node =>
  mul(exp(neg(mul(x, x))), constant(2 / Math.sqrt(Math.PI), x.dtype, x.shape));

/** v · ∂max(a, b)/∂a: v where a is larger, half of it at a tie. */
export function whereLarger(v: Node, a: Node, b: Node): Node {
  const half = mul(v, constant(0.5, v.dtype, v.shape));
  return where(equal(a, b), half, where(less(a, b), zeros(v), v));
}

/** Where the largest elements along axes stand, and how many share the place (reduced). */
export function largest(
  x: Node,
  y: Node,
  axes: readonly number[],
): { isLargest: Node; ties: Node } {
  const isLargest = equal(x, spread(y, axes, x.shape));
  return { isLargest, ties: reduce(cast(isLargest, x.dtype), "add", axes) };
}

/** Which values of a scatter-set are not overwritten by a later one at the same place. */
function survives(y: Node<"scatter">, index: Node): Node {
  const { axis } = y.arg;
  const position = iota(index.shape, axis);
  const last = scatter(constant(-1, "i32", y.shape), index, position, axis, "set");
  return equal(gather(last, index, axis), position);
}

export function inverse(order: readonly number[]): number[] {
  const result = new Array<number>(order.length);
  order.forEach((axis, i) => {
    result[axis] = i;
  });
  return result;
}

// The forward rules: for y = op(x…) and tangents ẋ, the tangent ẏ. A null tangent is zero; at least
// one is not null when a rule is asked, and its answer may be null. Primitives only; `null` in place
// of a rule where the reverse table has it too. Edges are treated as in rules.ts.

import {
  add,
  cast,
  constant,
  contract,
  cos,
  cumsum,
  div,
  expand,
  flip,
  floor,
  fold,
  gather,
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
import { isFloat } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { derivativeType, type Operands, type Primitive, sum, zeros } from "./operands.ts";
import { productOfOthers } from "./product-of-others.ts";
import { erfSlope, largest, whereLarger } from "./rules.ts";

type Tangent = Node | null;

/** Tangents of the sources, the node, its sources. */
export type ForwardRule<O extends Primitive> = (
  t: Operands<O, Tangent>,
  y: Node<O>,
  ...src: Operands<O, Node>
) => Tangent;

/** A rule of one operand, whose tangent is there whenever the rule is asked. */
const along =
  <O extends Primitive>(rule: (t: Node, y: Node<O>, x: Node) => Tangent) =>
  (t: readonly Tangent[], y: Node<O>, x: Node): Tangent =>
    rule(t[0] as Node, y, x);

const plus = (...terms: Tangent[]): Tangent => sum(add, terms);
const times = (t: Tangent, x: Node): Tangent => t && mul(t, x);
const one = (x: Node): Node => constant(1, x.dtype);

export const forwardRules: { [O in Primitive]: ForwardRule<O> | null } = {
  buffer: null,
  input: null,
  const: null,
  iota: null,

  reshape: along((t, y) => reshape(t, y.shape)),
  permute: along((t, y: Node<"permute">) => permute(t, y.arg.order)),
  expand: along((t, y) => expand(t, y.shape)),
  slice: along((t, y: Node<"slice">) => slice(t, y.arg)),
  pad: along((t, y: Node<"pad">) =>
    pad(t, y.arg.before, y.arg.after, { between: y.arg.between, value: 0 }),
  ),
  flip: along((t, y: Node<"flip">) => flip(t, y.arg.axes)),
  window: along((t, y: Node<"window">) => window(t, y.arg)),

  neg: along((t) => neg(t)),
  exp: along((t, y) => mul(t, y)),
  expm1: along((t, y) => mul(t, add(y, one(y)))),
  log: along((t, _, x) => div(t, x)),
  log1p: along((t, _, x) => div(t, add(x, one(x)))),
  sin: along((t, _, x) => mul(t, cos(x))),
  cos: along((t, _, x) => neg(mul(t, sin(x)))),
  tanh: along((t, y) => mul(t, sub(one(y), mul(y, y)))),
  erf: along((t, _, x) => mul(t, erfSlope(x))),
  sqrt: along((t, y) => div(t, mul(y, constant(2, y.dtype)))),
  floor: null,
  cast: along((t, y, x) => (isFloat(x.dtype) ? cast(t, derivativeType(y.dtype)) : null)),
  bitcast: null,
  add: (t) => plus(...t),
  mul: ([ta, tb], _, a, b) => plus(times(ta, b), times(tb, a)),
  div: ([ta, tb], y, _, b) => {
    const moved = plus(ta, tb && neg(mul(tb, y)));
    return moved && div(moved, b);
  },
  mod: ([ta, tb], _, a, b) => plus(ta, tb && neg(mul(tb, floor(div(a, b))))),
  max: ([ta, tb], _, a, b) => plus(ta && whereLarger(ta, a, b), tb && whereLarger(tb, b, a)),
  less: null,
  equal: null,
  and: null,
  or: null,
  xor: null,
  shl: null,
  shr: null,
  where: ([, ta, tb], y, p) => where(p, ta ?? zeros(y), tb ?? zeros(y)),
  threefry: null,

  reduce: along((t, y: Node<"reduce">, x) => {
    const { kind, axes } = y.arg;
    if (kind === "add") return reduce(t, "add", axes);
    if (kind === "mul") return reduce(mul(t, productOfOthers(x, axes)), "add", axes);
    const { isLargest, ties } = largest(x, y, axes);
    return div(reduce(where(isLargest, t, zeros(t)), "add", axes), ties);
  }),
  fold: along((t, y: Node<"fold">) => fold(t, y.arg)),
  cumsum: along((t, y: Node<"cumsum">) => cumsum(t, y.arg.axis, y.arg.reverse)),
  argmax: null,
  argsort: null,

  contract: ([ta, tb], y, a, b) => {
    const { a: aLabels, b: bLabels, out } = y.arg;
    return plus(
      ta && contract(ta, aLabels, b, bLabels, out),
      tb && contract(a, aLabels, tb, bLabels, out),
    );
  },

  gather: ([t], y, _, index) => t && gather(t, index, y.arg.axis),
  scatter: ([t, , tv], y, target, index, values) => {
    const { axis, kind } = y.arg;
    return scatter(t ?? zeros(target), index, tv ?? zeros(values), axis, kind);
  },

  keep: along((t) => t),
  detach: null,
  alias: along((t) => t),
};

// The batching rules: the same op with one more axis in front. A rule gets each source with the batch
// as its first axis (one that does not depend on the batch is a repeated view, which costs nothing)
// and gives the result with the batch as its first axis.

import {
  add,
  alias,
  and,
  argmax,
  argsort,
  bitcast,
  cast,
  contract,
  cos,
  cumsum,
  detach,
  div,
  equal,
  erf,
  exp,
  expand,
  expm1,
  flip,
  floor,
  fold,
  gather,
  keep,
  less,
  log,
  log1p,
  max,
  mod,
  mul,
  neg,
  or,
  pad,
  permute,
  reduce,
  reshape,
  scatter,
  shl,
  shr,
  sin,
  slice,
  sqrt,
  tanh,
  threefry,
  where,
  window,
  xor,
} from "../ir/build.ts";
import type { Node } from "../ir/node.ts";
import type { Operands, Primitive } from "./operands.ts";

/** A source: `node` has the batch in front if `batched`; `lifted()` always has. */
export interface Source {
  readonly node: Node;
  readonly batched: boolean;
  lifted(): Node;
}

type Rule<O extends Primitive> = (y: Node<O>, size: number, ...src: Operands<O, Source>) => Node;

/** Ops without an argument that mean the same on any shape. */
const pointwise =
  (op: (...x: [Node, Node, Node, Node]) => Node) =>
  (_y: Node, _size: number, ...src: readonly Source[]): Node =>
    op(...(src.map((s) => s.lifted()) as [Node, Node, Node, Node]));

/** Ops of one source, which must then depend on the batch. */
const one =
  <O extends Primitive>(op: (x: Node, y: Node<O>, size: number) => Node) =>
  (y: Node<O>, size: number, x: Source): Node =>
    op(x.node, y, size);

const next = (axes: readonly number[]): number[] => axes.map((a) => a + 1);

/** A leaf never depends on a batch. */
const leaf = (y: Node): Node => y;

export const batchingRules: { [O in Primitive]: Rule<O> } = {
  buffer: leaf,
  input: leaf,
  const: leaf,
  iota: leaf,

  reshape: one((x, y, size) => reshape(x, [size, ...y.shape])),
  permute: one((x, y: Node<"permute">) => permute(x, [0, ...next(y.arg.order)])),
  expand: one((x, y, size) => expand(x, [size, ...y.shape])),
  slice: one((x, { arg }: Node<"slice">, size) =>
    slice(x, { start: [0, ...arg.start], stop: [size, ...arg.stop], step: [1, ...arg.step] }),
  ),
  pad: one((x, { arg }: Node<"pad">) =>
    pad(x, [0, ...arg.before], [0, ...arg.after], {
      between: [0, ...arg.between],
      value: arg.value,
    }),
  ),
  flip: one((x, y: Node<"flip">) => flip(x, next(y.arg.axes))),
  window: one((x, { arg }: Node<"window">) => window(x, { ...arg, axis: arg.axis + 1 })),

  neg: pointwise(neg),
  exp: pointwise(exp),
  expm1: pointwise(expm1),
  log: pointwise(log),
  log1p: pointwise(log1p),
  sin: pointwise(sin),
  cos: pointwise(cos),
  tanh: pointwise(tanh),
  erf: pointwise(erf),
  sqrt: pointwise(sqrt),
  floor: pointwise(floor),
  cast: one((x, y) => cast(x, y.dtype)),
  bitcast: one((x, y) => bitcast(x, y.dtype)),
  add: pointwise(add),
  mul: pointwise(mul),
  div: pointwise(div),
  mod: pointwise(mod),
  max: pointwise(max),
  less: pointwise(less),
  equal: pointwise(equal),
  and: pointwise(and),
  or: pointwise(or),
  xor: pointwise(xor),
  shl: pointwise(shl),
  shr: pointwise(shr),
  where: pointwise(where),
  threefry: pointwise(threefry),

  reduce: one((x, y: Node<"reduce">) => reduce(x, y.arg.kind, next(y.arg.axes))),
  fold: one((x, { arg }: Node<"fold">) => fold(x, { ...arg, axis: arg.axis + 1 })),
  cumsum: one((x, y: Node<"cumsum">) => cumsum(x, y.arg.axis + 1, y.arg.reverse)),
  argmax: one((x, y: Node<"argmax">) => argmax(x, y.arg.axis + 1)),
  argsort: one((x, y: Node<"argsort">) => argsort(x, y.arg.axis + 1, y.arg.descending)),

  contract: (y, _, a, b) => {
    const labels = y.arg;
    const batch = Math.max(-1, ...labels.a, ...labels.b) + 1;
    const with0 = (s: Source, list: readonly number[]): readonly number[] =>
      s.batched ? [batch, ...list] : list;
    return contract(a.node, with0(a, labels.a), b.node, with0(b, labels.b), [batch, ...labels.out]);
  },

  gather: (y, _, x, index) => gather(x.lifted(), index.lifted(), y.arg.axis + 1, y.arg.checks),
  scatter: (y, _, target, index, values) => {
    const { axis, kind } = y.arg;
    return scatter(target.lifted(), index.lifted(), values.lifted(), axis + 1, kind);
  },

  keep: one(keep),
  detach: one(detach),
  alias: one(alias),
};

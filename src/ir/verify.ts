// What may stand in a graph: for every op how sources, argument, shape and dtype must agree. build.ts
// makes nodes that obey; a pass that rebuilds nodes by hand is checked with this. The rules are
// written apart from those of build.ts, so that a mistake in one shows against the other.

import { accumulate, bytesOf, type DType, dtypes, isFloat, isInteger } from "./dtype.ts";
import { CompileError } from "./errors.ts";
import { type Body, type Node, type Part, sortNodes } from "./node.ts";
import { type Elementwise, type Op, ops } from "./op.ts";
import { equalShapes, showShape, sizeOf, windowLength } from "./shape.ts";

/**
 * Throw if a node reached from `outputs` breaks a rule of its op.
 *
 * @param outputs  the graph's results
 * @param inputs   where given, the only `input` nodes allowed (a closed graph); else any may stand there
 * @throws CompileError  names the node, what it is and what the rule asks
 */
export function verify(outputs: readonly Node[], inputs?: readonly Node[]): void {
  for (const node of sortNodes(outputs)) {
    const fail = (rule: string): never => {
      const sources = node.src.map((s) => `${s.dtype}${showShape(s.shape)}`).join(", ");
      throw new CompileError(
        `verify: ${node.op} %${node.id} of (${sources}) gives ${node.dtype}${showShape(node.shape)}: ${rule}`,
      );
    };
    const { arity } = ops[node.op];
    if (arity >= 0 && node.src.length !== arity)
      fail(`it has ${node.src.length} sources and needs ${arity}`);
    if (!node.shape.every((d) => Number.isInteger(d) && d >= 0)) fail("sizes are integers from 0");
    if (node.src.some((s) => s.id >= node.id)) fail("a source is younger than its user");
    if (node.op !== "part" && node.src.some((s) => s.parts))
      fail("a scan or call is read through part");
    if (node.op === "input" && inputs && !inputs.includes(node))
      fail("the graph is not closed: it is no input of it");
    const broken = (rules[node.op] as Rule<Op>)(node, ...(node.src as [Node, Node, Node, Node]));
    if (broken !== undefined) fail(broken);
  }
}

/** The broken rule in words, or undefined. */
type Rule<O extends Op> = (node: Node<O>, ...src: [Node, Node, Node, Node]) => string | undefined;

const expect = (holds: boolean, rule: string): string | undefined => (holds ? undefined : rule);
const typed = (node: Part, dtype: DType, shape: readonly number[]): string | undefined =>
  expect(
    node.dtype === dtype && equalShapes(node.shape, shape),
    `it must be ${dtype}${showShape(shape)}`,
  );
const isAxis = (axis: number, { shape }: Node): boolean =>
  Number.isInteger(axis) && axis >= 0 && axis < shape.length;
const isAscending = (axes: readonly number[]): boolean =>
  axes.every((a, i) => i === 0 || a > (axes[i - 1] as number));
const isOrder = (order: readonly number[], rank: number): boolean =>
  order.length === rank &&
  isAscending([...order].sort((a, b) => a - b)) &&
  order.every((a) => a >= 0 && a < rank);
const computes = (dtype: DType): boolean => dtypes[dtype].compute === dtype;
const without = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.filter((_, i) => !axes.includes(i));

const leaf = (): undefined => undefined;
const same: Rule<Op> = (node, x) => typed(node, x.dtype, x.shape);

/** Operands of one shape and one computing dtype among `allowed`; a result of that dtype or bool. */
const pointwise =
  (allowed: (dtype: DType) => boolean, result?: DType): Rule<Elementwise> =>
  (node, ...src) => {
    const [x] = src;
    return (
      expect(allowed(x.dtype) && computes(x.dtype), `${x.dtype} is no operand of it`) ??
      expect(
        src.every((s) => s.dtype === x.dtype),
        "operands must have one dtype",
      ) ??
      expect(
        src.every((s) => equalShapes(s.shape, x.shape)),
        "operands must have one shape",
      ) ??
      typed(node, result ?? x.dtype, x.shape)
    );
  };
const isNumber = (dtype: DType): boolean => dtype !== "bool";
const isBits = (dtype: DType): boolean => !isFloat(dtype);
const floats = pointwise(isFloat);
const numbers = pointwise(isNumber);

/** The window arguments of `long` seen through `wide`, whose two axes stand in place of one. */
function windowed(
  long: Node,
  wide: Node,
  { axis, stride, dilation }: { axis: number; stride: number; dilation: number },
): string | undefined {
  const [out, size] = [wide.shape[axis] as number, wide.shape[axis + 1] as number];
  const length = long.shape[axis] as number;
  return (
    expect(
      isAxis(axis, long) && stride >= 1 && dilation >= 1 && size >= 1,
      "axis, size, stride and dilation must exist",
    ) ??
    expect(
      out === windowLength(length, size, stride, dilation),
      "the number of windows must fit the axis",
    ) ??
    typed(wide, long.dtype, [
      ...long.shape.slice(0, axis),
      out,
      size,
      ...long.shape.slice(axis + 1),
    ])
  );
}

function indexed(x: Node, index: Node, axis: number): string | undefined {
  return (
    expect(isAxis(axis, x), "the axis must exist") ??
    expect(index.dtype === "i32", "the index must be i32") ??
    expect(
      equalShapes(without(index.shape, [axis]), without(x.shape, [axis])),
      "shapes must agree off the axis",
    )
  );
}

/** A body's own graph, and that its inputs have the given types. */
function bodyTakes(body: Body, inputs: readonly Part[]): string | undefined {
  verify(body.outputs, body.inputs);
  if (body.inputs.length !== inputs.length)
    return `its body takes ${body.inputs.length} inputs and it gives ${inputs.length}`;
  for (const [i, input] of body.inputs.entries()) {
    const given = inputs[i] as Part;
    const broken = typed(input, given.dtype, given.shape);
    if (broken) return `input ${i} of the body: ${broken}`;
    if (input.op !== "input") return `input ${i} of the body is ${input.op}`;
  }
  return undefined;
}

function partsAre(node: Node, parts: readonly Part[]): string | undefined {
  if (node.parts?.length !== parts.length) return `it must have ${parts.length} parts`;
  return parts
    .map((p, i) => typed(node.parts![i] as Part, p.dtype, p.shape))
    .find((broken) => broken);
}

const rules: { [O in Op]: Rule<O> } = {
  buffer: leaf,
  input: leaf,
  const: leaf,
  iota: (node) => expect(isAxis(node.arg.axis, node), "the axis must exist"),

  reshape: (node, x) =>
    expect(
      node.dtype === x.dtype && sizeOf(node.shape) === sizeOf(x.shape),
      "size and dtype must stay",
    ),
  permute: (node, x) =>
    expect(isOrder(node.arg.order, x.shape.length), "the order must name each axis once") ??
    typed(
      node,
      x.dtype,
      node.arg.order.map((a) => x.shape[a] as number),
    ),
  expand: (node, x) =>
    expect(
      node.dtype === x.dtype &&
        node.shape.length === x.shape.length &&
        x.shape.every((d, i) => d === 1 || d === node.shape[i]),
      "rank and dtype must stay and only sizes of 1 may change",
    ),
  slice: (node, x) => {
    const { start, stop, step } = node.arg;
    const at = (i: number): number[] => [start[i], stop[i], step[i]] as number[];
    const fits = x.shape.every((d, i) => {
      const [from, to, by] = at(i) as [number, number, number];
      return from >= 0 && from <= d && to <= d && by >= 1;
    });
    return (
      expect(
        fits && [start, stop, step].every((l) => l.length === x.shape.length),
        "bounds must lie within the axes",
      ) ??
      typed(
        node,
        x.dtype,
        x.shape.map((_, i) => {
          const [from, to, by] = at(i) as [number, number, number];
          return Math.max(0, Math.ceil((to - from) / by));
        }),
      )
    );
  },
  pad: (node, x) => {
    const { before, after, between } = node.arg;
    const counts = [before, after, between];
    return (
      expect(
        counts.every(
          (l) => l.length === x.shape.length && l.every((n) => Number.isInteger(n) && n >= 0),
        ),
        "one count from 0 an axis",
      ) ??
      typed(
        node,
        x.dtype,
        x.shape.map(
          (d, i) =>
            (before[i] as number) +
            d +
            (d > 1 ? (d - 1) * (between[i] as number) : 0) +
            (after[i] as number),
        ),
      )
    );
  },
  flip: (node, x) =>
    expect(
      node.arg.axes.every((a) => isAxis(a, x)) && isAscending(node.arg.axes),
      "axes must exist, ascending",
    ) ?? same(node, x, x, x, x),
  window: (node, x) =>
    windowed(x, node, node.arg) ??
    expect(
      node.shape[node.arg.axis + 1] === node.arg.size,
      "the window's size must be the new axis",
    ),

  neg: numbers,
  exp: floats,
  expm1: floats,
  log: floats,
  log1p: floats,
  sin: floats,
  cos: floats,
  tanh: floats,
  erf: floats,
  sqrt: floats,
  floor: floats,
  cast: (node, x) => expect(equalShapes(node.shape, x.shape), "the shape must stay"),
  bitcast: (node, x) =>
    expect(
      equalShapes(node.shape, x.shape) && bytesOf(node.dtype) === 4 && bytesOf(x.dtype) === 4,
      "four bytes become four bytes of one shape",
    ),
  add: numbers,
  mul: numbers,
  div: numbers,
  mod: numbers,
  max: numbers,
  less: pointwise(() => true, "bool"),
  equal: pointwise(() => true, "bool"),
  and: pointwise(isBits),
  or: pointwise(isBits),
  xor: pointwise(isBits),
  shl: pointwise(isInteger),
  shr: pointwise(isInteger),
  where: (node, condition, a, b) =>
    (typed(condition, "bool", node.shape) &&
      `the condition must be bool${showShape(node.shape)}`) ||
    (numbersOrBool(a) ?? typed(a, node.dtype, node.shape) ?? typed(b, node.dtype, node.shape)),
  threefry: pointwise((dtype) => dtype === "u32"),

  reduce: (node, x) => {
    const { kind, axes } = node.arg;
    return (
      expect(
        axes.length > 0 && axes.every((a) => isAxis(a, x)) && isAscending(axes),
        "axes must exist, ascending, at least one",
      ) ??
      expect(
        kind !== "max" || axes.every((a) => x.shape[a] !== 0),
        "an empty axis has no largest element",
      ) ??
      expect(
        x.dtype === (kind === "max" ? dtypes[x.dtype].compute : accumulate(x.dtype)),
        `${x.dtype} is not what it accumulates`,
      ) ??
      typed(node, x.dtype, without(x.shape, axes))
    );
  },
  fold: (node, x) =>
    expect(node.arg.length === node.shape[node.arg.axis], "the length must be its axis") ??
    windowed(node, x, node.arg),
  cumsum: (node, x) =>
    expect(
      isAxis(node.arg.axis, x) && x.dtype === accumulate(x.dtype),
      "axis and accumulating dtype must exist",
    ) ?? same(node, x, x, x, x),
  argmax: (node, x) =>
    expect(
      isAxis(node.arg.axis, x) && x.shape[node.arg.axis] !== 0,
      "the axis must exist and hold something",
    ) ?? typed(node, "i32", without(x.shape, [node.arg.axis])),
  argsort: (node, x) =>
    expect(isAxis(node.arg.axis, x), "the axis must exist") ?? typed(node, "i32", x.shape),

  contract: (node, x, y) => {
    const { a, b, out } = node.arg;
    const size = (l: number): number =>
      (a.includes(l) ? x.shape[a.indexOf(l)] : y.shape[b.indexOf(l)]) as number;
    const distinct = (list: readonly number[]): boolean => new Set(list).size === list.length;
    return (
      expect(
        [a, b, out].every(distinct) && a.length === x.shape.length && b.length === y.shape.length,
        "one distinct label an axis",
      ) ??
      expect(
        b.every((l, i) => size(l) === y.shape[i]),
        "an axis in both must have one size",
      ) ??
      expect(
        a.every((l) => b.includes(l) || out.includes(l)) &&
          b.every((l) => a.includes(l) || out.includes(l)),
        "a label of one operand must be kept",
      ) ??
      expect(
        out.every((l) => a.includes(l) || b.includes(l)),
        "a label of the result must stand in an operand",
      ) ??
      expect(
        x.dtype === y.dtype && x.dtype === accumulate(x.dtype),
        "operands must have one accumulating dtype",
      ) ??
      typed(node, x.dtype, out.map(size))
    );
  },

  gather: (node, x, index) => indexed(x, index, node.arg.axis) ?? typed(node, x.dtype, index.shape),
  scatter: (node, target, index, values) =>
    indexed(target, index, node.arg.axis) ??
    (typed(values, target.dtype, index.shape) && "the values must be one for each index") ??
    expect(
      node.arg.kind === "set" || target.dtype === accumulate(target.dtype),
      `${target.dtype} is not what it accumulates`,
    ) ??
    same(node, target, target, target, target),

  scan: (node) => {
    const { body, carries, stacked, length } = node.arg;
    const rows = node.src.slice(carries, carries + stacked);
    const inner = node.src.map((s, i) =>
      i >= carries && i < carries + stacked ? { dtype: s.dtype, shape: s.shape.slice(1) } : s,
    );
    const results = body.outputs.map((o, i) => ({
      dtype: o.dtype,
      shape: i < carries ? o.shape : [length, ...o.shape],
    }));
    return (
      expect(
        node.src.length >= carries + stacked && body.outputs.length >= carries,
        "carries and stacked inputs must exist",
      ) ??
      expect(
        rows.every((s) => s.shape[0] === length),
        `stacked inputs must have ${length} rows`,
      ) ??
      bodyTakes(body, inner) ??
      body.inputs
        .slice(0, carries)
        .map((c, i) => typed(body.outputs[i] as Node, c.dtype, c.shape))
        .find((broken) => broken) ??
      partsAre(node, results)
    );
  },
  call: (node) =>
    expect(
      node.arg.kind !== "custom" || node.arg.rule !== undefined,
      "a custom call needs its rule",
    ) ??
    bodyTakes(node.arg.body, node.src) ??
    partsAre(node, node.arg.body.outputs),
  part: (node, x) => {
    const from = x.parts?.[node.arg.index];
    return from ? typed(node, from.dtype, from.shape) : "the part must exist";
  },
  keep: same,
  detach: same,
  alias: same,
};

function numbersOrBool(x: Node): string | undefined {
  return expect(computes(x.dtype), `${x.dtype} is no operand of it`);
}

// What a graph means: every op evaluated naively, one element at a time. Nobody optimises this file;
// it is the oracle that every compiled kernel is compared with.
//
// Rounding: an elementwise op rounds its result to its dtype (scalar.ts says how). A sum or product
// along an axis (reduce, contract, cumsum, fold, scatter-add) runs in f64 and rounds once at the end,
// so it is at least as accurate as any order a kernel may choose; integers wrap at every step.
// Indices outside an axis are clamped to it, and the first one is reported.

import { arrayOf, type DType, type TypedArray } from "./dtype.ts";
import { CompileError } from "./errors.ts";
import {
  alongAxes,
  eachPosition,
  get,
  type Meaning,
  type OutOfRange,
  type Report,
  same,
  store,
} from "./interpret-axes.ts";
import { type Body, type Node, sortNodes } from "./node.ts";
import type { Elementwise, Op } from "./op.ts";
import { castScalar, evaluateScalar } from "./scalar.ts";
import { sizeOf } from "./shape.ts";

export type { OutOfRange } from "./interpret-axes.ts";

export interface InterpretOptions {
  /** Told of the first index that is out of range; later ones are clamped in silence. */
  readonly report?: (fault: OutOfRange) => void;
}

/**
 * The values of `outputs`.
 *
 * @param outputs  nodes; several share the work below them
 * @param value    the raw data of a node that is known (asked of every node), or undefined to compute
 *   it; 16-bit floats as their bits, bool as 0 and 1
 * @returns        one array an output, in row-major order; arrays may be those that `value` gave
 * @cost           every element of every node, with no reuse between windows or rows
 */
export function interpret(
  outputs: readonly Node[],
  value: (node: Node) => TypedArray | undefined,
  { report = () => {} }: InterpretOptions = {},
): TypedArray[] {
  let first = true;
  const once = (fault: OutOfRange): void => {
    if (first) report(fault);
    first = false;
  };
  return run(outputs, value, once);
}

function run(
  outputs: readonly Node[],
  value: (node: Node) => TypedArray | undefined,
  report: Report,
): TypedArray[] {
  const order = sortNodes(outputs, (node) => value(node) !== undefined);
  const uses = new Map<Node, number>();
  for (const node of [...order.flatMap((n) => (value(n) ? [] : n.src)), ...outputs]) {
    uses.set(node, (uses.get(node) ?? 0) + 1);
  }
  // Results of each node: one, or the parts of a scan or call. Forgotten after the last use.
  const results = new Map<Node, readonly TypedArray[]>();
  for (const node of order) {
    const known = value(node);
    if (known) {
      results.set(node, [known]);
      continue;
    }
    const src = node.src.flatMap((s) => results.get(s) as readonly TypedArray[]);
    const meaning = meanings[node.op] as Meaning<Op>;
    const result = meaning(node, src, report);
    results.set(node, Array.isArray(result) ? result : [result as TypedArray]);
    for (const s of node.src) {
      const left = (uses.get(s) as number) - 1;
      uses.set(s, left);
      if (left === 0) results.delete(s);
    }
  }
  return outputs.map((o) => (results.get(o) as readonly TypedArray[])[0] as TypedArray);
}

function runBody(body: Body, inputs: readonly TypedArray[], report: Report): TypedArray[] {
  const at = new Map(body.inputs.map((input, i) => [input, inputs[i] as TypedArray]));
  return run(body.outputs, (node) => at.get(node), report);
}

const elementwise: Meaning<Exclude<Elementwise, "cast" | "bitcast">> = (node, src) => {
  const from = node.src.map((s) => s.dtype);
  const type = node.op === "where" ? node.dtype : (from[0] as DType);
  const values = new Float64Array(sizeOf(node.shape));
  for (let i = 0; i < values.length; i++) {
    values[i] = evaluateScalar(
      node.op,
      type,
      src.map((x, k) => get(x, i, from[k] as DType)),
    );
  }
  return store(values, node.dtype);
};

const meanings: { [O in Op]: Meaning<O> } = {
  buffer: missing,
  input: missing,
  const: (node) => store(new Float64Array(sizeOf(node.shape)).fill(node.arg.value), node.dtype),
  iota: (node) => {
    const values = new Float64Array(sizeOf(node.shape));
    eachPosition(node.shape, (at, i) => {
      values[i] = castScalar(at[node.arg.axis] as number, "i32", node.dtype);
    });
    return store(values, node.dtype);
  },

  ...alongAxes,

  neg: elementwise,
  exp: elementwise,
  expm1: elementwise,
  log: elementwise,
  log1p: elementwise,
  sin: elementwise,
  cos: elementwise,
  tanh: elementwise,
  erf: elementwise,
  sqrt: elementwise,
  floor: elementwise,
  cast: (node, [x]) => {
    const from = (node.src[0] as Node).dtype;
    return store(
      Float64Array.from(x as TypedArray, (_, i) =>
        castScalar(get(x as TypedArray, i, from), from, node.dtype),
      ),
      node.dtype,
    );
  },
  bitcast: (node, [x]) => {
    const result = arrayOf(node.dtype, sizeOf(node.shape));
    const bytes = new Uint8Array(
      (x as TypedArray).buffer,
      (x as TypedArray).byteOffset,
      (x as TypedArray).byteLength,
    );
    new Uint8Array(result.buffer).set(bytes);
    return result;
  },
  add: elementwise,
  mul: elementwise,
  div: elementwise,
  mod: elementwise,
  max: elementwise,
  less: elementwise,
  equal: elementwise,
  and: elementwise,
  or: elementwise,
  xor: elementwise,
  shl: elementwise,
  shr: elementwise,
  where: elementwise,
  threefry: elementwise,

  scan: (node, src, report) => {
    const { body, carries, stacked, length, reverse } = node.arg;
    let state = src.slice(0, carries);
    const rows = src.slice(carries, carries + stacked);
    const constants = src.slice(carries + stacked);
    const collected = node.parts!.slice(carries).map((p) => arrayOf(p.dtype, sizeOf(p.shape)));
    for (let step = 0; step < length; step++) {
      const t = reverse ? length - 1 - step : step;
      const slices = rows.map((row) =>
        row.subarray((t * row.length) / length, ((t + 1) * row.length) / length),
      );
      const results = runBody(body, [...state, ...slices, ...constants], report);
      state = results.slice(0, carries);
      results.slice(carries).forEach((row, i) => {
        (collected[i] as TypedArray).set(row, t * row.length);
      });
    }
    return [...state, ...collected];
  },
  call: (node, src, report) => runBody(node.arg.body, src, report),
  part: (node, src) => src[node.arg.index] as TypedArray,
  keep: same,
  detach: same,
  alias: same,
};

function missing(node: Node): never {
  throw new CompileError(
    `interpret: no data for ${node.op} %${node.id}; every input and buffer needs its values`,
  );
}

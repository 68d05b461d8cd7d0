// One row or more for every op: how to call it, on what shapes, and where its numbers may lie. It
// drives the tests of derivatives, batching, printing and verification.

import { loop } from "../../src/compile/plan/loop.ts";
import { scanBackward } from "../../src/grad/scan.ts";
import * as b from "../../src/ir/build.ts";
import type { DType } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import type { CallRule, Op, ScanArgs } from "../../src/ir/op.ts";
import { sizeOf } from "../../src/ir/shape.ts";

export interface Operand {
  readonly shape: readonly number[];
  /** `float` is f32 or f64, as the test asks. */
  readonly dtype: "float" | DType;
  readonly low: number;
  readonly high: number;
  /** No two elements closer than a tenth of the range divided by their number. */
  readonly distinct?: boolean;
}

export interface Sample {
  readonly name: string;
  readonly op: Op;
  readonly operands: readonly Operand[];
  readonly run: (...x: Node[]) => Node | readonly Node[];
}

const real = (shape: readonly number[], low = -2, high = 2): Operand => ({
  shape,
  dtype: "float",
  low,
  high,
});
const positive = (shape: readonly number[]): Operand => real(shape, 0.3, 3);
const distinct = (shape: readonly number[]): Operand => ({ ...real(shape), distinct: true });
const index = (shape: readonly number[], size: number): Operand => ({
  shape,
  dtype: "i32",
  low: 0,
  high: size,
});
const word = (shape: readonly number[]): Operand => ({
  shape,
  dtype: "u32",
  low: 0,
  high: 2 ** 32,
});
const truth = (shape: readonly number[]): Operand => ({ shape, dtype: "bool", low: 0, high: 2 });

const number = (value: number, like: Node): Node => b.constant(value, like.dtype);
const matrix = [2, 3] as const;

function scanOf(
  src: readonly Node[],
  {
    carries,
    stacked,
    ...rest
  }: Pick<ScanArgs, "carries" | "stacked" | "length" | "reverse" | "checkpoint">,
  make: (inputs: readonly Node[]) => readonly Node[],
): Node[] {
  const inner = src.map((s, i) => ({
    dtype: s.dtype,
    shape: i >= carries && i < carries + stacked ? s.shape.slice(1) : s.shape,
  }));
  const arg = { body: b.body(inner, make), carries, stacked, rule: scanBackward, loop, ...rest };
  return b.scan(arg, src);
}

/** h′ = tanh(h·w + x), and what it stacks: [h′ · x, sin h]. */
export const cell = ([h, x, w]: readonly Node[]): Node[] => {
  const next = b.tanh(b.add(b.contract(h as Node, [0], w as Node, [0, 1], [1]), x as Node));
  return [next, b.mul(next, x as Node), b.sin(h as Node)];
};

const recurrent =
  (options: { reverse?: boolean; checkpoint?: boolean }) =>
  (h: Node, x: Node, w: Node): Node[] =>
    scanOf([h, x, w], { carries: 1, stacked: 1, length: 4, reverse: false, ...options }, cell);

/** y = x·|w|, with a derivative of its own that is the true one. */
const scaleRule: CallRule = ([x, w], _, [g]) => [
  b.mul(g as Node, w as Node),
  b.mul(g as Node, x as Node),
];

const callOf = (
  kind: "checkpoint" | "custom",
  src: readonly Node[],
  make: (inputs: readonly Node[]) => readonly Node[],
): Node[] =>
  b.call({ body: b.body(src, make), kind, ...(kind === "custom" ? { rule: scaleRule } : {}) }, src);

const unary = (op: Op & keyof typeof b, low: number, high: number): Sample => ({
  name: op,
  op,
  operands: [real(matrix, low, high)],
  // biome-ignore lint/performance/noDynamicNamespaceImportAccess: a table over the builder is the point.
  run: b[op] as (x: Node) => Node,
});

export const samples: readonly Sample[] = [
  {
    name: "const",
    op: "const",
    operands: [real([2])],
    run: (x) => b.mul(x, b.add(x, number(3, x))),
  },
  {
    name: "iota",
    op: "iota",
    operands: [real(matrix)],
    run: (x) => b.mul(x, b.iota(matrix, 1, x.dtype)),
  },

  { name: "reshape", op: "reshape", operands: [real(matrix)], run: (x) => b.reshape(x, [3, 1, 2]) },
  {
    name: "permute",
    op: "permute",
    operands: [real([2, 3, 4])],
    run: (x) => b.permute(x, [2, 0, 1]),
  },
  { name: "expand", op: "expand", operands: [real([3, 1])], run: (x) => b.expand(x, [2, 3, 4]) },
  {
    name: "slice",
    op: "slice",
    operands: [real([5, 7])],
    run: (x) => b.slice(x, { start: [1, 0], stop: [4, 6], step: [1, 3] }),
  },
  {
    name: "slice to nothing",
    op: "slice",
    operands: [real([5])],
    run: (x) => b.slice(x, { start: [2], stop: [2], step: [1] }),
  },
  {
    name: "pad",
    op: "pad",
    operands: [real([2, 3])],
    run: (x) => b.pad(x, [1, 0], [0, 2], { value: 2 }),
  },
  {
    name: "pad between",
    op: "pad",
    operands: [real([2, 3])],
    run: (x) => b.pad(x, [0, 1], [1, 0], { between: [0, 2] }),
  },
  { name: "flip", op: "flip", operands: [real([2, 3])], run: (x) => b.flip(x, [1]) },
  {
    name: "window",
    op: "window",
    operands: [real([2, 7])],
    run: (x) => b.window(x, { axis: 1, size: 3, stride: 2, dilation: 1 }),
  },
  {
    name: "window dilated",
    op: "window",
    operands: [real([8, 2])],
    run: (x) => b.window(x, { axis: 0, size: 2, stride: 3, dilation: 2 }),
  },

  unary("neg", -2, 2),
  unary("exp", -2, 2),
  unary("expm1", -1, 1),
  unary("log", 0.3, 3),
  unary("log1p", -0.5, 2),
  unary("sin", -4, 4),
  unary("cos", -4, 4),
  unary("tanh", -2, 2),
  unary("erf", -2, 2),
  unary("sqrt", 0.3, 3),
  {
    name: "floor",
    op: "floor",
    operands: [real([2, 2], 0.1, 0.9)],
    run: (x) => b.add(b.floor(x), b.mul(x, x)),
  },
  {
    name: "cast",
    op: "cast",
    operands: [real([3])],
    run: (x) => b.cast(b.cast(b.mul(x, x), "f64"), x.dtype),
  },
  { name: "bitcast", op: "bitcast", operands: [word([3])], run: (x) => b.bitcast(x, "i32") },
  { name: "add", op: "add", operands: [real(matrix), real([3])], run: b.add },
  { name: "mul", op: "mul", operands: [real([2, 1]), real([3])], run: b.mul },
  { name: "mul of itself", op: "mul", operands: [real([3])], run: (x) => b.mul(x, b.mul(x, x)) },
  { name: "div", op: "div", operands: [real(matrix), positive(matrix)], run: b.div },
  {
    name: "mod",
    op: "mod",
    operands: [real([3], 2.1, 2.9), real([3], 0.9, 1)],
    run: (x, y) => b.mul(b.mod(x, y), y),
  },
  {
    name: "max",
    op: "max",
    operands: [distinct([4]), real([4], 0.01, 0.02)],
    run: (x, y) => b.mul(b.max(x, y), x),
  },
  {
    name: "less",
    op: "less",
    operands: [distinct([4])],
    run: (x) => b.where(b.less(x, number(0.01, x)), b.mul(x, x), x),
  },
  {
    name: "equal",
    op: "equal",
    operands: [real([4])],
    run: (x) => b.where(b.equal(x, x), b.mul(x, x), x),
  },
  { name: "and", op: "and", operands: [word([4]), word([4])], run: b.and },
  { name: "or", op: "or", operands: [word([4]), word([4])], run: b.or },
  { name: "xor", op: "xor", operands: [word([4]), word([4])], run: b.xor },
  { name: "shl", op: "shl", operands: [word([4]), { ...word([4]), high: 32 }], run: b.shl },
  { name: "shr", op: "shr", operands: [word([4]), { ...word([4]), high: 32 }], run: b.shr },
  {
    name: "where",
    op: "where",
    operands: [truth(matrix), real(matrix), real([3])],
    run: (p, x, y) => b.where(p, b.mul(x, y), b.sin(y)),
  },
  {
    name: "threefry",
    op: "threefry",
    operands: [word([]), word([]), word([]), word([4])],
    run: b.threefry,
  },

  {
    name: "reduce add",
    op: "reduce",
    operands: [real([2, 3, 2])],
    run: (x) => b.reduce(b.mul(x, x), "add", [0, 2]),
  },
  {
    name: "reduce max",
    op: "reduce",
    operands: [distinct([2, 3, 2])],
    run: (x) => b.mul(b.reduce(x, "max", [1]), b.reduce(x, "max", [1])),
  },
  {
    name: "reduce mul",
    op: "reduce",
    operands: [real([3, 2, 2])],
    run: (x) => b.reduce(x, "mul", [0, 2]),
  },
  {
    name: "fold",
    op: "fold",
    operands: [real([2, 3, 3])],
    run: (x) => b.fold(b.mul(x, x), { axis: 1, length: 8, stride: 2, dilation: 1 }),
  },
  {
    name: "fold dilated",
    op: "fold",
    operands: [real([3, 2, 2])],
    run: (x) => b.fold(x, { axis: 0, length: 9, stride: 2, dilation: 3 }),
  },
  { name: "cumsum", op: "cumsum", operands: [real([3, 2])], run: (x) => b.cumsum(b.mul(x, x), 0) },
  {
    name: "cumsum reversed",
    op: "cumsum",
    operands: [real([2, 3])],
    run: (x) => b.mul(x, b.cumsum(x, 1, true)),
  },
  { name: "argmax", op: "argmax", operands: [distinct([3, 4])], run: (x) => b.argmax(x, 1) },
  {
    name: "argsort",
    op: "argsort",
    operands: [distinct([3, 4])],
    run: (x) => b.gather(b.mul(x, x), b.argsort(x, 0), 0),
  },
  {
    name: "argsort descending",
    op: "argsort",
    operands: [distinct([3, 4])],
    run: (x) => b.argsort(x, 1, true),
  },

  {
    name: "contract as product of matrices",
    op: "contract",
    operands: [real([2, 3]), real([3, 2])],
    run: (x, y) => b.contract(x, [0, 1], y, [1, 2], [0, 2]),
  },
  {
    name: "contract with batch and transposed result",
    op: "contract",
    operands: [real([2, 3, 2]), real([2, 2])],
    run: (x, y) => b.contract(x, [7, 1, 2], y, [7, 3], [3, 1, 7]),
  },
  {
    name: "contract to a number",
    op: "contract",
    operands: [real([2, 3]), real([3, 2])],
    run: (x, y) => b.contract(x, [0, 1], y, [1, 0], []),
  },
  {
    name: "contract with a lonely label",
    op: "contract",
    operands: [real([2, 3]), real([4])],
    run: (x, y) => b.contract(x, [0, 1], y, [2], [1, 2]),
  },
  {
    name: "contract of a square",
    op: "contract",
    operands: [real([2, 2])],
    run: (x) => b.contract(x, [0, 1], x, [1, 2], [0, 2]),
  },

  {
    name: "gather",
    op: "gather",
    operands: [real([4, 2]), index([3, 2], 4)],
    run: (x, i) => b.gather(b.mul(x, x), i, 0),
  },
  {
    name: "scatter add",
    op: "scatter",
    operands: [real([4, 2]), index([5, 2], 4), real([5, 2])],
    run: (x, i, v) => b.mul(b.scatter(x, i, v, 0, "add"), x),
  },
  {
    name: "scatter set",
    op: "scatter",
    operands: [real([2, 4]), index([2, 3], 4), real([2, 3])],
    run: (x, i, v) => {
      const y = b.scatter(x, i, v, 1, "set");
      return b.mul(y, y);
    },
  },

  {
    name: "scan",
    op: "scan",
    operands: [real([2]), real([4, 2]), real([2, 2])],
    run: recurrent({}),
  },
  {
    name: "scan reversed",
    op: "scan",
    operands: [real([2]), real([4, 2]), real([2, 2])],
    run: recurrent({ reverse: true }),
  },
  {
    name: "scan with checkpoints",
    op: "scan",
    operands: [real([2]), real([4, 2]), real([2, 2])],
    run: recurrent({ checkpoint: true }),
  },
  {
    name: "scan of a carry that becomes active",
    op: "scan",
    operands: [real([3])],
    // The sum starts from a constant; a counter is an integer carry.
    run: (x) =>
      scanOf(
        [b.constant(1, x.dtype), b.constant(0, "i32"), x],
        { carries: 2, stacked: 1, length: 3, reverse: false },
        ([sum, count, row]) => {
          const factor = b.cast(b.add(count as Node, b.constant(1, "i32")), x.dtype);
          return [
            b.mul(sum as Node, b.mul(factor, row as Node)),
            b.add(count as Node, b.constant(1, "i32")),
            count as Node,
          ];
        },
      ),
  },
  {
    name: "scan in a scan",
    op: "scan",
    operands: [real([]), real([3, 2]), real([])],
    run: (h, x, w) =>
      scanOf(
        [h, x, w],
        { carries: 1, stacked: 1, length: 3, reverse: false },
        ([outer, row, a]) => {
          const [last, all] = scanOf(
            [outer as Node, row as Node, a as Node],
            { carries: 1, stacked: 1, length: 2, reverse: true },
            ([inner, v, c]) => {
              const next = b.sin(b.add(b.mul(inner as Node, c as Node), v as Node));
              return [next, b.mul(next, inner as Node)];
            },
          );
          return [last as Node, b.reduce(all as Node, "add", [0])];
        },
      ),
  },
  {
    name: "call with checkpoint",
    op: "call",
    operands: [real(matrix), real([3])],
    run: (x, w) =>
      callOf("checkpoint", [x, w], ([u, v]) => {
        const s = b.sin(b.mul(u as Node, v as Node));
        return [b.mul(s, s), b.exp(s)];
      }),
  },
  {
    name: "call with a rule",
    op: "call",
    operands: [real([3]), real([3])],
    run: (x, w) => callOf("custom", [x, w], ([u, v]) => [b.mul(u as Node, v as Node)]),
  },
  {
    name: "call in a scan",
    op: "call",
    operands: [real([2]), real([2]), real([3, 2])],
    run: (h, w, x) =>
      scanOf([h, x, w], { carries: 1, stacked: 1, length: 3, reverse: false }, ([a, row, c]) => {
        const [scaled] = callOf("custom", [a as Node, c as Node], ([u, v]) => [
          b.mul(u as Node, v as Node),
        ]);
        const [next] = callOf("checkpoint", [scaled as Node, row as Node], ([u, v]) => [
          b.tanh(b.add(b.sin(u as Node), v as Node)),
        ]);
        return [next as Node, b.mul(next as Node, a as Node)];
      }),
  },
  { name: "keep", op: "keep", operands: [real([3])], run: (x) => b.keep(b.mul(x, x)) },
  { name: "alias", op: "alias", operands: [real([3])], run: (x) => b.alias(b.mul(x, x)) },
];

/** Numbers in (0, 1), the same for the same seed. */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
    x ^= x >>> 16;
    return ((x >>> 0) + 0.5) / 2 ** 32;
  };
}

export function valuesFor(
  { shape, dtype, low, high, distinct: apart }: Operand,
  random: () => number,
): number[] {
  const n = sizeOf(shape);
  if (!apart) {
    const draw = (): number => low + (high - low) * random();
    return Array.from({ length: n }, dtype === "float" ? draw : () => Math.floor(draw()));
  }
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order.map((k) => low + ((high - low) * (k + 0.1 + 0.8 * random())) / n);
}

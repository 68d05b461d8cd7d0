// Random graphs from a tape of small numbers, so that a failing one can be shrunk: every choice reads
// the next number, and a shorter or smaller tape is a simpler graph.

import { convolution } from "../../src/compile/lower/convolution-kernel.ts";
import * as b from "../../src/ir/build.ts";
import { arrayOf, type DType, isFloat, type TypedArray } from "../../src/ir/dtype.ts";
import { halfToBits } from "../../src/ir/half-bits.ts";
import type { Node } from "../../src/ir/node.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import { uniforms } from "../ir/ops.samples.ts";

export interface RandomGraph {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  readonly values: Map<Node, TypedArray>;
}

const shapes: readonly (readonly number[])[] = [
  [3, 4],
  [4],
  [2, 3, 4],
  [5, 17],
  [17],
  [1, 4],
  [],
  [6, 5, 3],
  [33],
  [2, 20],
  [3, 1],
  [0, 4],
  [2, 0],
];
const dtypes: readonly DType[] = [
  "f32",
  "f32",
  "f32",
  "f32",
  "i32",
  "u8",
  "bool",
  "u32",
  "f16",
  "bf16",
  "i8",
];
const limit = 3000;

/** What an array of a type holds for a number in [0, 1): small values of both signs. */
function element(dtype: DType, u: number): number {
  if (dtype === "f16" || dtype === "bf16") return halfToBits(4 * u - 2, dtype);
  if (isFloat(dtype)) return 4 * u - 2;
  if (dtype === "bool") return Math.floor(2 * u);
  if (dtype === "u32") return Math.floor(u * 2 ** 32);
  return Math.floor(9 * u) - (dtype === "u8" ? 0 : 4);
}

export function randomGraph(tape: readonly number[], float: "f32" | "f64" = "f32"): RandomGraph {
  let at = 0;
  const draw = (n: number): number => (tape[at++] ?? 0) % n;
  const pick = <T>(list: readonly T[]): T => list[draw(list.length)] as T;
  const inputs: Node[] = [];
  const values = new Map<Node, TypedArray>();
  const pool: Node[] = [];
  const random = uniforms(1 + draw(1000));
  for (let i = 0; i < 3; i++) {
    const dtype = i === 0 ? float : pick(dtypes) === "f32" ? float : pick(dtypes);
    const node = b.input(i, pick(shapes), dtype === "f32" ? float : dtype);
    const array = arrayOf(node.dtype, sizeOf(node.shape));
    for (let k = 0; k < array.length; k++) array[k] = element(node.dtype, random());
    inputs.push(node);
    values.set(node, array);
    pool.push(node);
  }
  const any = (): Node => pool[pool.length - 1 - draw(Math.min(pool.length, 6))] as Node;
  const axisOf = (x: Node): number => draw(Math.max(1, x.shape.length));
  const number = (x: Node): Node => (x.dtype === "bool" ? b.cast(x, "i32") : x);
  // Large integers would turn the last bit of a sine or a remainder into its first.
  const real = (x: Node): Node =>
    x.dtype === "f16" || x.dtype === "bf16"
      ? b.cast(x, float)
      : isFloat(x.dtype)
        ? x
        : b.cast(x.dtype === "bool" ? x : b.mod(x, b.constant(9, x.dtype)), float);
  /** Keep values small, so that errors stay comparable. */
  const tame = (x: Node): Node => (isFloat(x.dtype) ? b.tanh(x) : x);
  const steps: ((x: Node, y: Node) => Node)[] = [
    (x, y) => tame(b.add(number(x), number(y))),
    (x, y) => b.mul(tame(number(x)), tame(number(y))),
    (x, y) => b.max(number(x), number(y)),
    (x) => b.neg(number(x)),
    (x) => b.exp(b.neg(b.mul(real(x), real(x)))),
    (x) => b.log1p(b.mul(real(x), real(x))),
    (x) => b.sin(real(x)),
    (x) => b.erf(real(x)),
    (x) => b.sqrt(b.mul(real(x), real(x))),
    (x) => b.floor(real(x)),
    (x, y) =>
      b.where(b.less(number(x), b.constant(0, number(x).dtype)), number(y), b.neg(number(y))),
    (x, y) => b.equal(number(x), number(y)),
    (x) => (pick(dtypes) === "f32" ? real(x) : b.cast(x, pick(["i32", "u8", "bool"] as const))),
    (x, y) => b.div(real(x), b.add(b.mul(real(y), real(y)), b.constant(1, float))),
    (x, y) => b.mod(number(x), b.add(b.mul(number(y), number(y)), b.constant(1, number(y).dtype))),
    (x) => b.reshape(x, [sizeOf(x.shape)]),
    (x) => {
      const n = sizeOf(x.shape);
      const divisors = [1, 2, 3, 4, 5, 6].filter((d) => n % d === 0);
      const d = divisors[draw(divisors.length)] ?? 1;
      return n === 0 ? x : b.reshape(x, [d, n / d]);
    },
    (x) =>
      b.permute(
        x,
        x.shape.map((_, i) => (i + 1) % x.shape.length),
      ),
    (x) =>
      x.shape.length === 0
        ? b.expand(x, [3])
        : b.expand(b.reshape(x, [1, ...x.shape]), [2, ...x.shape]),
    (x) => (x.shape.length === 0 ? x : b.flip(x, [axisOf(x)])),
    (x) => {
      if (x.shape.length === 0) return x;
      const axis = axisOf(x);
      const d = x.shape[axis] as number;
      return d < 2 ? x : b.sliceAxis(x, axis, draw(2), d - draw(2), 1 + draw(2));
    },
    (x) => {
      const some = (n: number) => x.shape.map(() => draw(n));
      return b.pad(x, some(3), some(2), {
        between: draw(3) === 0 ? some(3) : x.shape.map(() => 0),
        value: draw(2),
      });
    },
    (x) => {
      if (x.shape.length === 0) return x;
      const axis = axisOf(x);
      const d = x.shape[axis] as number;
      if (d < 3) return x;
      const form = draw(2) === 0 ? convolution : undefined;
      return b.window(x, { axis, size: 2, stride: 1 + draw(2), dilation: 1 + draw(2), form });
    },
    (x) => (x.shape.length === 0 ? x : b.reduce(tame(number(x)), "add", [axisOf(x)])),
    (x) =>
      x.shape.length === 0 || x.shape.includes(0) ? x : b.reduce(number(x), "max", [axisOf(x)]),
    (x) =>
      x.shape.length === 0
        ? x
        : b.expand(b.reduceKeep(tame(number(x)), "add", [axisOf(x)]), x.shape),
    (x) =>
      x.shape.length === 0
        ? x
        : b.reduce(b.mul(tame(real(x)), b.constant(1.5, float)), "mul", [axisOf(x)]),
    (x) => {
      if (x.shape.length === 0 || x.shape.includes(0)) return x;
      const axis = axisOf(x);
      const top = b.expand(b.reduceKeep(real(x), "max", [axis]), x.shape);
      const e = b.exp(b.sub(real(x), top));
      return b.div(e, b.expand(b.reduceKeep(e, "add", [axis]), x.shape));
    },
    (x) => (x.shape.length === 0 ? x : b.cumsum(tame(number(x)), axisOf(x), draw(2) === 1)),
    (x) => (x.shape.length === 0 || x.shape.includes(0) ? x : b.argmax(number(x), axisOf(x))),
    (x) => (x.shape.length === 0 ? x : b.argsort(number(x), axisOf(x), draw(2) === 1)),
    (x, y) => {
      // A matrix product over the last axes, where sizes agree; else of x with itself turned.
      const [p, q] = [tame(real(x)), tame(real(y))];
      if (p.shape.length === 0) return p;
      const last = p.shape.length - 1;
      const labels = p.shape.map((_, i) => i);
      if (q.shape.length > 0 && q.shape[q.shape.length - 1] === p.shape[last]) {
        const other = q.shape.map((_, i) => (i === q.shape.length - 1 ? last : 10 + i));
        return b.contract(p, labels, q, other, [...labels.slice(0, -1), ...other.slice(0, -1)]);
      }
      return b.contract(
        p,
        labels,
        p,
        labels.map((l) => (l === last ? last : 10 + l)),
        [...labels.slice(0, -1), ...labels.slice(0, -1).map((l) => 10 + l)],
      );
    },
    (x, y) => {
      if (x.shape.length === 0 || x.shape.includes(0)) return x;
      const axis = axisOf(x);
      const d = x.shape[axis] as number;
      const whole = b.cast(b.floor(b.mul(b.sin(real(y)), b.constant(3, float))), "i32");
      const one = b.reshape(
        b.reduce(
          whole,
          "max",
          whole.shape.map((_, i) => i).filter((i) => (whole.shape[i] as number) > 0),
        ),
        x.shape.map(() => 1),
      );
      const index = b.mod(b.add(b.iota(x.shape, axis), one), b.constant(d, "i32"));
      return draw(2) === 0
        ? b.gather(x, index, axis)
        : b.scatter(number(x), index, b.neg(number(x)), axis, draw(2) === 0 ? "add" : "set");
    },
    (x) => {
      if (x.shape.length === 0) return x;
      const axis = axisOf(x);
      const d = x.shape[axis] as number;
      if (d < 4) return x;
      const w = b.window(tame(real(x)), { axis, size: 2, stride: 1, dilation: 1 });
      return b.fold(b.mul(w, w), { axis, length: d, stride: 1, dilation: 1 });
    },
  ];
  const count = 1 + draw(12);
  for (let i = 0; i < count; i++) {
    const step = pick(steps);
    const x = any();
    let y = any();
    try {
      let made: Node;
      try {
        made = step(x, y);
      } catch {
        y = x;
        made = step(x, y);
      }
      if (sizeOf(made.shape) <= limit && made.shape.length <= 5) pool.push(made);
    } catch {
      // A step that does not fit this operand is skipped.
    }
  }
  const last = pool[pool.length - 1] as Node;
  const outputs = draw(2) === 0 ? [last] : [last, any()];
  return { inputs, outputs, values };
}

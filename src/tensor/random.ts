// Random tensors. Bits are a function of seed, draw and position (Threefry), so the same seed gives
// the same bits, integers and uniforms on every device, bit for bit; normals agree within 8 units in
// the last place or 1e-6. Nothing is stored: a random tensor that is fused away costs no memory.

import * as ir from "../ir/build.ts";
import { ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { type Shape, showShape, sizeOf } from "../ir/shape.ts";
import { checkShape } from "./create.ts";
import { nextDraw } from "./generator.ts";
import { requireWithin } from "./requirements.ts";
import { erfinv } from "./special.ts";
import { fromNode, type Tensor } from "./tensor.ts";

type Generator = Parameters<typeof nextDraw>[0];

/** Options of random numbers. */
export interface RandomOptions {
  /** The stream to draw from; default the one that `seed` sets. */
  generator?: Generator;
}

/** Options of random real numbers. */
export interface RandomFloatOptions extends RandomOptions {
  /** Default f32. */
  dtype?: "f32" | "f64";
}

/** `words` words of 32 random bits an element, each of the given shape. */
function bits(operation: string, shape: Shape, words: number, generator: Generator): Node[] {
  checkShape(operation, shape);
  const { k0, k1, draw } = nextDraw(generator);
  const position = ir.reshape(ir.iota([sizeOf(shape)], 0, "u32"), shape);
  return Array.from({ length: words }, (_, word) => {
    const count = word32(words);
    const counter = words === 1 ? position : ir.add(ir.mul(position, count), word32(word));
    return ir.threefry(k0, k1, draw, counter);
  });
}

const word32 = (value: number): Node => ir.constant(value, "u32");

/** Numbers in [0, 1): multiples of 2⁻²⁴ in f32, of 2⁻⁵³ in f64. */
function unit(
  operation: string,
  shape: Shape,
  { dtype = "f32", generator }: RandomFloatOptions,
): Node {
  if (dtype === "f32") {
    const [word] = bits(operation, shape, 1, generator) as [Node];
    const steps = ir.cast(ir.shr(word, word32(8)), "f32");
    return ir.mul(steps, ir.constant(2 ** -24, "f32"));
  }
  const [high, low] = bits(operation, shape, 2, generator) as [Node, Node];
  const upper = ir.mul(ir.cast(ir.shr(high, word32(5)), "f64"), ir.constant(2 ** 26, "f64"));
  const steps = ir.add(upper, ir.cast(ir.shr(low, word32(6)), "f64"));
  return ir.mul(steps, ir.constant(2 ** -53, "f64"));
}

/**
 * Random words of 32 bits.
 *
 * @returns  u32 of the shape
 * @source   Salmon et al. 2011, Parallel Random Numbers: As Easy as 1, 2, 3, §3.3 (Threefry-2x32-20)
 */
export function randomBits(shape: readonly number[], { generator }: RandomOptions = {}): Tensor {
  return fromNode((bits("randomBits", shape, 1, generator) as [Node])[0]);
}

/**
 * Uniform numbers in [0, 1).
 *
 * @example
 * rand([2, 3]);
 */
export function rand(shape: readonly number[], options: RandomFloatOptions = {}): Tensor {
  return fromNode(unit("rand", shape, options));
}

/** Uniform numbers in [low, high). */
export function uniform(
  shape: readonly number[],
  { low = 0, high = 1, ...options }: RandomFloatOptions & { low?: number; high?: number } = {},
): Tensor {
  requireWithin("uniform", { low });
  requireWithin("uniform", { high }, { from: low });
  const u = unit("uniform", shape, options);
  const number = (value: number): Node => ir.constant(value, u.dtype);
  const span = high - low;
  if (!(span > 0)) return fromNode(ir.constant(low, u.dtype, shape));
  // (u + low/span)·span, so that no product is followed by a sum: fused or not, the bits are the
  // same on every device. What rounding pushes out of [low, high) is put back.
  const moved = low === 0 ? u : ir.add(u, number(low / span));
  const y = ir.mul(moved, number(span));
  const top = number(below(high, u.dtype === "f64"));
  const capped = ir.where(ir.less(y, top), y, top);
  return fromNode(low === 0 ? capped : ir.where(ir.less(capped, number(low)), number(low), capped));
}

/** The largest number of the type that is less than x. */
function below(x: number, double: boolean): number {
  if (double) {
    const bits = new BigInt64Array(new Float64Array([x]).buffer);
    if (x === 0) return -Number.MIN_VALUE;
    bits[0] = (bits[0] as bigint) - (x > 0 ? 1n : -1n);
    return new Float64Array(bits.buffer)[0] as number;
  }
  const rounded = Math.fround(x);
  if (rounded < x) return rounded;
  if (rounded === 0) return -(2 ** -149);
  const bits = new Int32Array(new Float32Array([rounded]).buffer);
  bits[0] = (bits[0] as number) - (rounded > 0 ? 1 : -1);
  return new Float32Array(bits.buffer)[0] as number;
}

/** Standard normal numbers: √2·erfinv(v) with v uniform in (−1, 1), symmetric about 0. */
function standardNormal(operation: string, shape: Shape, options: RandomFloatOptions): Node {
  const { dtype = "f32", generator } = options;
  let v: Node;
  if (dtype === "f32") {
    // Odd multiples of 2⁻²³, which are exact: ±1 and 0 do not occur.
    const [word] = bits(operation, shape, 1, generator) as [Node];
    const odd = ir.add(
      ir.mul(ir.bitcast(ir.shr(word, word32(9)), "i32"), ir.constant(2, "i32")),
      ir.constant(1 - 2 ** 23, "i32"),
    );
    v = ir.mul(ir.cast(odd, "f32"), ir.constant(2 ** -23, "f32"));
  } else {
    const u = unit(operation, shape, options);
    // 2u − 1 + 2⁻⁵³: odd multiples of 2⁻⁵³.
    v = ir.add(
      ir.mul(ir.sub(u, ir.constant(0.5, "f64")), ir.constant(2, "f64")),
      ir.constant(2 ** -53, "f64"),
    );
  }
  return ir.mul(erfinv(v), ir.constant(Math.SQRT2, dtype));
}

/**
 * Normal numbers with mean 0 and variance 1.
 *
 * The inverse of the distribution function at a uniform number. In f32 no number lies beyond ±5.3.
 *
 * @example
 * seed(42);
 * randn([2, 3]);
 */
export function randn(shape: readonly number[], options: RandomFloatOptions = {}): Tensor {
  return fromNode(standardNormal("randn", shape, options));
}

/** Normal numbers with the given mean and standard deviation; tensors broadcast to the shape. */
export function normal(
  shape: readonly number[],
  {
    mean = 0,
    std = 1,
    ...options
  }: RandomFloatOptions & { mean?: number | Tensor; std?: number | Tensor } = {},
): Tensor {
  if (typeof std === "number") requireWithin("normal", { std }, { from: 0 });
  return fromNode(standardNormal("normal", shape, options))
    .mul(std)
    .add(mean);
}

/** Normal numbers kept within [low, high] (in units of the result) by inverting only that part. */
export function truncatedNormal(
  shape: readonly number[],
  {
    mean = 0,
    std = 1,
    low = -2,
    high = 2,
    ...options
  }: RandomFloatOptions & { mean?: number; std?: number; low?: number; high?: number } = {},
): Tensor {
  requireWithin("truncatedNormal", { std }, { from: 0 });
  requireWithin("truncatedNormal", { high }, { from: low });
  const edge = (bound: number): Tensor =>
    fromNode(ir.erf(ir.constant((bound - mean) / (std * Math.SQRT2), "f64")));
  const [from, to] = [
    edge(low).cast(options.dtype ?? "f32"),
    edge(high).cast(options.dtype ?? "f32"),
  ];
  const u = fromNode(unit("truncatedNormal", shape, options));
  const x = u
    .mul(to.sub(from))
    .add(from)
    .erfinv()
    .mul(std * Math.SQRT2)
    .add(mean);
  return x.clamp(low, high);
}

/** Exponential numbers: waiting times at a rate, with mean 1/rate. */
export function exponential(
  shape: readonly number[],
  { rate = 1, ...options }: RandomFloatOptions & { rate?: number | Tensor } = {},
): Tensor {
  if (typeof rate === "number") requireWithin("exponential", { rate }, { from: 0, open: "from" });
  return fromNode(unit("exponential", shape, options))
    .neg()
    .log1p()
    .neg()
    .div(rate);
}

/** Standard Gumbel numbers, −log(−log u): added to logits, their argMax is a categorical sample. */
export function gumbel(shape: readonly number[], options: RandomFloatOptions = {}): Tensor {
  const e = exponential(shape, options);
  // An exact 0 (u = 0) would give ∞.
  return e
    .maximum(options.dtype === "f64" ? 2 ** -54 : 2 ** -25)
    .log()
    .neg();
}

/**
 * 1 with probability p, else 0.
 *
 * @param p  a probability, or a tensor of them
 * @param options  shape, default that of p; dtype, default f32
 */
export function bernoulli(
  p: number | Tensor,
  {
    shape = typeof p === "number" ? [] : p.shape,
    dtype = "f32",
    generator,
  }: RandomOptions & {
    shape?: readonly number[];
    dtype?: "f32" | "f64" | "i32" | "u32" | "u8" | "bool";
  } = {},
): Tensor {
  if (typeof p === "number") requireWithin("bernoulli", { p }, { from: 0, to: 1 });
  return fromNode(unit("bernoulli", shape, { generator }))
    .less(p)
    .cast(dtype);
}

/**
 * Labels, each with the probability softmax(logits) along the last axis.
 *
 * One uniform number a label, looked up in the running sums of the probabilities.
 *
 * @param logits  [.., n] log-probabilities, up to a constant a row; −∞ never occurs
 * @param options  samples: how many of each row; default one, without an axis
 * @returns     i32 [..], or [samples, ..]
 */
export function categorical(
  logits: Tensor,
  { samples, generator }: RandomOptions & { samples?: number } = {},
): Tensor {
  if (logits.rank === 0 || logits.shape[logits.rank - 1] === 0) {
    throw new ShapeError(
      `categorical: needs a last axis of categories, not ${showShape(logits.shape)}`,
    );
  }
  const weights = logits.sub(logits.amax({ axis: -1, keepDims: true })).exp();
  const sums = weights.cumSum({ axis: -1 }).detach(); // [.., n]
  const total = sums.slice(-1, undefined, { axis: -1 }); // [.., 1]
  const rows = [...(samples === undefined ? [] : [samples]), ...logits.shape.slice(0, -1), 1];
  const dtype = sums.dtype === "f64" ? "f64" : "f32";
  const u = fromNode(unit("categorical", rows, { generator, dtype })).mul(total);
  // A product that rounds up to the total would point past the end.
  const at = u.where(u.less(total), 0);
  return sums.lessEqual(at).sum({ axis: -1 });
}

/**
 * The numbers 0 … n − 1 in random order, as i32.
 *
 * The order of random words; two equal ones (n²/2³³ pairs on average) keep their order.
 */
export function permutation(n: number, { generator }: RandomOptions = {}): Tensor {
  return fromNode(ir.argsort((bits("permutation", [n], 1, generator) as [Node])[0], 0));
}

/**
 * Whole numbers in [low, high).
 *
 * The upper word of a 64-bit product, word·(high − low): every number occurs with probability
 * 1/(high − low) up to 2⁻³².
 *
 * @param options  low, default 0; high; dtype, default i32
 */
export function randint(
  shape: readonly number[],
  {
    low = 0,
    high,
    dtype = "i32",
    generator,
  }: RandomOptions & { low?: number; high: number; dtype?: "i32" | "u32" | "u8" },
): Tensor {
  const range = high - low;
  if (!Number.isInteger(low) || !Number.isInteger(high) || range < 1 || range > 2 ** 32) {
    throw new ShapeError(
      `randint: low and high must be whole numbers with low < high ≤ low + 2³², not ${low} and ${high}`,
    );
  }
  const [word] = bits("randint", shape, 1, generator) as [Node];
  const offset = range === 2 ** 32 ? word : upperProduct(word, range);
  return fromNode(ir.cast(ir.add(offset, word32(low >>> 0)), dtype));
}

/** ⌊word·n / 2³²⌋, from products of 16-bit halves, none of which overflows. */
function upperProduct(word: Node, n: number): Node {
  const [high, low] = [ir.shr(word, word32(16)), ir.and(word, word32(0xffff))];
  const [nHigh, nLow] = [word32(Math.floor(n / 65536)), word32(n % 65536)];
  const first = ir.mul(low, nLow);
  const second = ir.add(ir.mul(high, nLow), ir.shr(first, word32(16)));
  const third = ir.add(ir.mul(low, nHigh), ir.and(second, word32(0xffff)));
  return ir.add(ir.mul(high, nHigh), ir.add(ir.shr(second, word32(16)), ir.shr(third, word32(16))));
}

// The methods of Tensor as free functions: relu(x) is x.relu(), add(a, b) is a.add(b). What each does
// stands at the method. Where a method takes a number beside the tensor, the function also takes the
// number first: sub(1, x). Those that hebb/nn has too say it here again.

import type { DType } from "../ir/dtype.ts";
import { DataError, ShapeError } from "../ir/errors.ts";
import { broadcastShapes, equalShapes, showShape } from "../ir/shape.ts";
import type { PadMode, PadWidth } from "./arrangement.ts";
import { type Operand, operand, requireTensor } from "./base.ts";
import { einsumNodes } from "./einsum.ts";
import type { Index, Unique } from "./indexing.ts";
import type { Sorted, SortOptions } from "./order.ts";
import { concatNodes } from "./pieces.ts";
import type { AxisOptions, ReduceOptions, SoftmaxOptions } from "./reduce.ts";
import { requireOptions } from "./requirements.ts";
import { fromNode, type Tensor } from "./tensor.ts";

/** An operand as a tensor; a number takes the type that suits the other operand. */
function lift(x: Operand, beside: Operand): Tensor {
  if (typeof x !== "number") {
    requireTensor("an operation", x);
    return x;
  }
  return fromNode(operand(x, typeof beside === "number" ? "f32" : beside.dtype));
}

function requireTensors(operation: string, tensors: readonly Tensor[]): void {
  if (!Array.isArray(tensors)) {
    throw new DataError(`${operation}: expected a list of tensors: ${operation}([a, b])`);
  }
  for (const t of tensors) requireTensor(operation, t);
}

// Element by element

export const neg = (x: Tensor): Tensor => x.neg();
export const abs = (x: Tensor): Tensor => x.abs();
export const sign = (x: Tensor): Tensor => x.sign();
export const square = (x: Tensor): Tensor => x.square();
export const sqrt = (x: Tensor): Tensor => x.sqrt();
export const rsqrt = (x: Tensor): Tensor => x.rsqrt();
export const reciprocal = (x: Tensor): Tensor => x.reciprocal();
export const floor = (x: Tensor): Tensor => x.floor();
export const ceil = (x: Tensor): Tensor => x.ceil();
export const round = (x: Tensor): Tensor => x.round();
export const trunc = (x: Tensor): Tensor => x.trunc();
export const logicalNot = (x: Tensor): Tensor => x.logicalNot();
// biome-ignore lint/suspicious/noShadowRestrictedNames: NumPy's name, imported only on purpose
export const isNaN = (x: Tensor): Tensor => x.isNaN();
// biome-ignore lint/suspicious/noShadowRestrictedNames: NumPy's name, imported only on purpose
export const isFinite = (x: Tensor): Tensor => x.isFinite();
export const isInf = (x: Tensor): Tensor => x.isInf();
export const bitwiseNot = (x: Tensor): Tensor => x.bitwiseNot();
export const exp = (x: Tensor): Tensor => x.exp();
export const exp2 = (x: Tensor): Tensor => x.exp2();
export const expm1 = (x: Tensor): Tensor => x.expm1();
export const log = (x: Tensor): Tensor => x.log();
export const log1p = (x: Tensor): Tensor => x.log1p();
export const log2 = (x: Tensor): Tensor => x.log2();
export const log10 = (x: Tensor): Tensor => x.log10();
export const sin = (x: Tensor): Tensor => x.sin();
export const cos = (x: Tensor): Tensor => x.cos();
export const tan = (x: Tensor): Tensor => x.tan();
export const asin = (x: Tensor): Tensor => x.asin();
export const acos = (x: Tensor): Tensor => x.acos();
export const atan = (x: Tensor): Tensor => x.atan();
export const sinh = (x: Tensor): Tensor => x.sinh();
export const cosh = (x: Tensor): Tensor => x.cosh();
/** The hyperbolic tangent, in (−1, 1). */
export const tanh = (x: Tensor): Tensor => x.tanh();
export const asinh = (x: Tensor): Tensor => x.asinh();
export const acosh = (x: Tensor): Tensor => x.acosh();
export const atanh = (x: Tensor): Tensor => x.atanh();
export const erf = (x: Tensor): Tensor => x.erf();
export const erfc = (x: Tensor): Tensor => x.erfc();
export const erfinv = (x: Tensor): Tensor => x.erfinv();
/** max(x, 0); the gradient at 0 is 0. */
export const relu = (x: Tensor): Tensor => x.relu();
/** 1 / (1 + e⁻ˣ), in (0, 1). */
export const sigmoid = (x: Tensor): Tensor => x.sigmoid();
/** log(1 / (1 + e⁻ˣ)), accurate where the sigmoid is 0. */
export const logSigmoid = (x: Tensor): Tensor => x.logSigmoid();
/** x / (1 + |x|), in (−1, 1). */
export const softsign = (x: Tensor): Tensor => x.softsign();
/** x·sigmoid(x), also called swish. */
export const silu = (x: Tensor): Tensor => x.silu();
/** λ·elu(x, α), with λ and α such that mean 0 and variance 1 are kept. */
export const selu = (x: Tensor): Tensor => x.selu();
/** clamp(x/6 + ½, 0, 1). */
export const hardsigmoid = (x: Tensor): Tensor => x.hardsigmoid();
/** x·tanh(softplus(x)). */
export const mish = (x: Tensor): Tensor => x.mish();

export const add = (a: Operand, b: Operand): Tensor => lift(a, b).add(b);
export const sub = (a: Operand, b: Operand): Tensor => lift(a, b).sub(b);
export const mul = (a: Operand, b: Operand): Tensor => lift(a, b).mul(b);
export const div = (a: Operand, b: Operand): Tensor => lift(a, b).div(b);
export const floorDivide = (a: Operand, b: Operand): Tensor => lift(a, b).floorDivide(b);
export const mod = (a: Operand, b: Operand): Tensor => lift(a, b).mod(b);
export const pow = (base: Operand, exponent: Operand): Tensor => lift(base, exponent).pow(exponent);
export const maximum = (a: Operand, b: Operand): Tensor => lift(a, b).maximum(b);
export const minimum = (a: Operand, b: Operand): Tensor => lift(a, b).minimum(b);
export const atan2 = (y: Operand, x: Operand): Tensor => lift(y, x).atan2(x);
export const less = (a: Operand, b: Operand): Tensor => lift(a, b).less(b);
export const lessEqual = (a: Operand, b: Operand): Tensor => lift(a, b).lessEqual(b);
export const greater = (a: Operand, b: Operand): Tensor => lift(a, b).greater(b);
export const greaterEqual = (a: Operand, b: Operand): Tensor => lift(a, b).greaterEqual(b);
export const equal = (a: Operand, b: Operand): Tensor => lift(a, b).equal(b);
export const notEqual = (a: Operand, b: Operand): Tensor => lift(a, b).notEqual(b);
export const logicalAnd = (a: Operand, b: Operand): Tensor => lift(a, b).logicalAnd(b);
export const logicalOr = (a: Operand, b: Operand): Tensor => lift(a, b).logicalOr(b);
export const logicalXor = (a: Operand, b: Operand): Tensor => lift(a, b).logicalXor(b);
export const bitwiseAnd = (a: Operand, b: Operand): Tensor => lift(a, b).bitwiseAnd(b);
export const bitwiseOr = (a: Operand, b: Operand): Tensor => lift(a, b).bitwiseOr(b);
export const bitwiseXor = (a: Operand, b: Operand): Tensor => lift(a, b).bitwiseXor(b);
export const shiftLeft = (a: Operand, b: Operand): Tensor => lift(a, b).shiftLeft(b);
export const shiftRight = (a: Operand, b: Operand): Tensor => lift(a, b).shiftRight(b);

export const clamp = (x: Tensor, lower?: Operand, upper?: Operand): Tensor => x.clamp(lower, upper);
export const lerp = (start: Operand, end: Operand, weight: Operand): Tensor =>
  lift(start, end).lerp(end, weight);
/** x above 0 and slope·x below. Default slope 0.01 */
export const leakyRelu = (x: Tensor, slope?: number): Tensor => x.leakyRelu(slope);
/** log(1 + e^(β·x)) / β. Default β 1 */
export const softplus = (x: Tensor, options?: { beta?: number }): Tensor => x.softplus(options);
/** x·Φ(x), exactly ("none", default) or by tanh or a sigmoid. */
export const gelu = (x: Tensor, options?: { approximate?: "none" | "tanh" | "sigmoid" }): Tensor =>
  x.gelu(options);
/** x above 0 and α(eˣ − 1) below. Default α 1 */
export const elu = (x: Tensor, options?: { alpha?: number }): Tensor => x.elu(options);
export const nanToNum = (
  x: Tensor,
  options?: { nan?: number; positive?: number; negative?: number },
): Tensor => x.nanToNum(options);
/** `a` where the condition holds, `b` elsewhere. */
export const where = (condition: Tensor, a: Operand, b: Operand): Tensor =>
  lift(a, b).where(condition, b);
export const maskedFill = (x: Tensor, mask: Tensor, value: Operand): Tensor =>
  x.maskedFill(mask, value);
export const cast = (x: Tensor, dtype: DType): Tensor => x.cast(dtype);
export const bitcast = (x: Tensor, dtype: DType): Tensor => x.bitcast(dtype);

// Movement and arrangement

export const reshape = (x: Tensor, shape: readonly number[]): Tensor => x.reshape(shape);
export const permute = (x: Tensor, order: readonly number[]): Tensor => x.permute(order);
export const transpose = (x: Tensor, first?: number, second?: number): Tensor =>
  x.transpose(first, second);
export const swapAxes = (x: Tensor, first: number, second: number): Tensor =>
  x.swapAxes(first, second);
export const moveAxis = (x: Tensor, from: number, to: number): Tensor => x.moveAxis(from, to);
export const squeeze = (x: Tensor, axis?: number | readonly number[]): Tensor => x.squeeze(axis);
export const unsqueeze = (x: Tensor, axis: number | readonly number[]): Tensor => x.unsqueeze(axis);
export const expand = (x: Tensor, shape: readonly number[]): Tensor => x.expand(shape);
export const broadcastTo = (x: Tensor, shape: readonly number[]): Tensor => x.broadcastTo(shape);
export const flatten = (x: Tensor, start?: number, end?: number): Tensor => x.flatten(start, end);
export const unflatten = (x: Tensor, axis: number, sizes: readonly number[]): Tensor =>
  x.unflatten(axis, sizes);
export const flip = (x: Tensor, axis?: number | readonly number[]): Tensor => x.flip(axis);
export const unfold = (
  x: Tensor,
  axis: number,
  size: number,
  options?: { stride?: number; dilation?: number },
): Tensor => x.unfold(axis, size, options);
export const diagonal = (x: Tensor, options?: { offset?: number }): Tensor => x.diagonal(options);
export const diag = (x: Tensor, options?: { offset?: number }): Tensor => x.diag(options);
export const tril = (x: Tensor, options?: { offset?: number }): Tensor => x.tril(options);
export const triu = (x: Tensor, options?: { offset?: number }): Tensor => x.triu(options);

/** Tensors one after the other along an axis. @throws ShapeError  another axis differs in size */
export function concat(tensors: readonly Tensor[], options: { axis?: number } = {}): Tensor {
  requireTensors("concat", tensors);
  const { axis = 0 } = requireOptions("concat", options, ["axis"]);
  const nodes = tensors.map((t) => t.node);
  return fromNode(concatNodes("concat", nodes, axis));
}

/** Tensors of one shape side by side along a new axis. @throws ShapeError  the shapes differ */
export function stack(tensors: readonly Tensor[], options: { axis?: number } = {}): Tensor {
  requireTensors("stack", tensors);
  const { axis = 0 } = requireOptions("stack", options, ["axis"]);
  const first = tensors[0];
  const other = tensors.find((t) => !equalShapes(t.shape, (first as Tensor).shape));
  if (first !== undefined && other !== undefined) {
    throw new ShapeError(
      `stack: shapes differ: ${showShape(first.shape)} and ${showShape(other.shape)}; they must be equal`,
    );
  }
  const raised = tensors.map((t) => t.unsqueeze(axis).node);
  return fromNode(concatNodes("stack", raised, axis));
}

export const pad = (
  x: Tensor,
  widths: number | readonly PadWidth[],
  options?: { mode?: PadMode; value?: number },
): Tensor => x.pad(widths, options);
export const split = (
  x: Tensor,
  sizes: number | readonly number[],
  options?: { axis?: number },
): Tensor[] => x.split(sizes, options);
export const chunk = (x: Tensor, count: number, options?: { axis?: number }): Tensor[] =>
  x.chunk(count, options);
export const unstack = (x: Tensor, options?: { axis?: number }): Tensor[] => x.unstack(options);
export const tile = (x: Tensor, counts: readonly number[]): Tensor => x.tile(counts);
export const repeat = (x: Tensor, counts: readonly number[]): Tensor => x.repeat(counts);
export const repeatInterleave = (x: Tensor, count: number, options?: { axis?: number }): Tensor =>
  x.repeatInterleave(count, options);
export const roll = (x: Tensor, shift: number, options?: { axis?: number }): Tensor =>
  x.roll(shift, options);
export const oneHot = (
  labels: Tensor,
  classes: number,
  options?: Parameters<Tensor["oneHot"]>[1],
): Tensor => labels.oneHot(classes, options);

/** Tensors expanded to the shape that they broadcast to together. */
export function broadcast(...tensors: Tensor[]): Tensor[] {
  const shape = broadcastShapes("broadcast", ...tensors.map((t) => t.shape));
  return tensors.map((t) => t.broadcastTo(shape));
}

// Reductions and order

export const sum = (x: Tensor, options?: ReduceOptions): Tensor => x.sum(options);
export const mean = (x: Tensor, options?: ReduceOptions): Tensor => x.mean(options);
export const prod = (x: Tensor, options?: ReduceOptions): Tensor => x.prod(options);
export const max = (x: Tensor, options?: ReduceOptions): Tensor => x.max(options);
export const min = (x: Tensor, options?: ReduceOptions): Tensor => x.min(options);
export const amax = (x: Tensor, options?: ReduceOptions): Tensor => x.amax(options);
export const amin = (x: Tensor, options?: ReduceOptions): Tensor => x.amin(options);
export const any = (x: Tensor, options?: ReduceOptions): Tensor => x.any(options);
export const all = (x: Tensor, options?: ReduceOptions): Tensor => x.all(options);
export const countNonZero = (x: Tensor, options?: ReduceOptions): Tensor => x.countNonZero(options);
export const logSumExp = (x: Tensor, options?: ReduceOptions): Tensor => x.logSumExp(options);
export const argMax = (x: Tensor, options?: AxisOptions): Tensor => x.argMax(options);
export const argMin = (x: Tensor, options?: AxisOptions): Tensor => x.argMin(options);
export const trace = (x: Tensor): Tensor => x.trace();
/** The variance: the method is called var, which is no name for a function. */
export const variance = (x: Tensor, options?: ReduceOptions & { correction?: number }): Tensor =>
  x.var(options);
export const std = (x: Tensor, options?: ReduceOptions & { correction?: number }): Tensor =>
  x.std(options);
export const norm = (x: Tensor, options?: ReduceOptions & { order?: number }): Tensor =>
  x.norm(options);
/** e^(x/T) / Σ e^(x/T) along an axis, by default the last. */
export const softmax = (x: Tensor, options?: SoftmaxOptions): Tensor => x.softmax(options);
/** The logarithm of the softmax, accurate where that is 0. */
export const logSoftmax = (x: Tensor, options?: SoftmaxOptions): Tensor => x.logSoftmax(options);
export const sort = (x: Tensor, options?: SortOptions): Sorted => x.sort(options);
export const argSort = (x: Tensor, options?: SortOptions): Tensor => x.argSort(options);
export const topK = (
  x: Tensor,
  k: number,
  options?: { axis?: number; largest?: boolean },
): Sorted => x.topK(k, options);
export const median = (x: Tensor, options?: { axis?: number }): Tensor => x.median(options);
export const quantile = (x: Tensor, q: number, options?: { axis?: number }): Tensor =>
  x.quantile(q, options);
export const cumSum = (x: Tensor, options?: { axis?: number; reverse?: boolean }): Tensor =>
  x.cumSum(options);
export const cumProd = (x: Tensor, options?: { axis?: number }): Tensor => x.cumProd(options);
export const cumMax = (x: Tensor, options?: { axis?: number }): Tensor => x.cumMax(options);

// Products

export const matmul = (a: Tensor, b: Tensor): Tensor => a.matmul(b);
export const dot = (a: Tensor, b: Tensor): Tensor => a.dot(b);
export const outer = (a: Tensor, b: Tensor): Tensor => a.outer(b);
export const tensorDot = (
  a: Tensor,
  b: Tensor,
  axes?: number | readonly [readonly number[], readonly number[]],
): Tensor => a.tensorDot(b, axes);

/**
 * A sum over products, by Einstein's rule: labels that the result lacks are summed.
 *
 * A label twice in one operand takes the diagonal; "..." stands for further axes, which broadcast;
 * without "->" the result has the labels that occur once, in alphabetical order.
 *
 * @param equation  "bij,bjk->bik"
 * @throws ShapeError  the equation is malformed, or a label names axes of different sizes
 * @cost    pair by pair, each time the pair whose result is smallest
 * @example
 * einsum("ij,j->i", tensor([[1, 2], [3, 4]]), tensor([1, 1])); // [3, 7]
 */
export const einsum = (equation: string, ...operands: Tensor[]): Tensor =>
  fromNode(
    einsumNodes(
      equation,
      operands.map((t) => t.node),
    ),
  );

/** Σᵢⱼ xᵢ·Wₒᵢⱼ·yⱼ. @param weight  [out, n, m] for x [.., n] and y [.., m] */
export const bilinear = (x: Tensor, y: Tensor, weight: Tensor): Tensor =>
  einsum("...i,oij,...j->...o", x, weight, y);

// Indexing

export const take = (x: Tensor, index: Tensor | number, options?: { axis?: number }): Tensor =>
  x.take(index, options);
export const gather = (x: Tensor, index: Tensor, options: { axis: number }): Tensor =>
  x.gather(index, options);
export const scatter = (
  x: Tensor,
  index: Tensor,
  values: Operand,
  options: { axis: number },
): Tensor => x.scatter(index, values, options);
export const scatterAdd = (
  x: Tensor,
  index: Tensor,
  values: Operand,
  options: { axis: number },
): Tensor => x.scatterAdd(index, values, options);
export const indexAdd = (
  x: Tensor,
  index: Tensor,
  values: Operand,
  options?: { axis?: number },
): Tensor => x.indexAdd(index, values, options);
export const set = (x: Tensor, indices: readonly Index[], value: Operand): Tensor =>
  x.set(indices, value);
export const binCount = (x: Tensor, length: number, options?: { weights?: Tensor }): Tensor =>
  x.binCount(length, options);
export const select = (x: Tensor, mask: Tensor): Promise<Tensor> => x.select(mask);
export const nonZero = (x: Tensor): Promise<Tensor> => x.nonZero();
export const unique = (x: Tensor): Promise<Unique> => x.unique();

// Derivatives of functions, reverse and forward. Each takes a function and gives its derivative as
// tensors that can be differentiated again, to any order.

import { backward } from "../grad/backward.ts";
import { batch } from "../grad/batching.ts";
import { jvp as forward } from "../grad/forward.ts";
import { cast, constant, equal, input, iota, permute, reshape } from "../ir/build.ts";
import { isFloat } from "../ir/dtype.ts";
import { DTypeError, ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { equalShapes, normalizeAxis, showShape, sizeOf } from "../ir/shape.ts";
import { type Gradients, renamed, type Wanted, wantedOf } from "./derivative-argument.ts";
import { fromNode, type Tensor } from "./tensor.ts";
import { checkNotPromise } from "./trace.ts";
import { flatten, singleTensor } from "./tree.ts";

export type { Gradients } from "./derivative-argument.ts";

/** Options of derivatives. */
export interface DerivativeOptions {
  /** Which argument to differentiate by. Default: 0 */
  readonly argument?: number;
}

const wrap = (nodes: readonly (Node | null)[]): (Tensor | undefined)[] =>
  nodes.map((n) => (n === null ? undefined : fromNode(n)));

/** Calls the function and checks that it gave one number. */
function scalarResult(
  name: string,
  wanted: Wanted,
  fn: AnyFunction,
  args: readonly unknown[],
): Tensor {
  const result = wanted.call(fn, args);
  checkNotPromise(name, result);
  const value = singleTensor(name, result);
  checkScalar(name, value);
  return value;
}

/** What is differentiated must be one floating-point number. */
export function checkScalar(name: string, value: Tensor): void {
  if (value.size !== 1) {
    throw new ShapeError(
      `${name}: the result must be one number, not of shape ${showShape(value.shape)}; reduce it with sum() or mean(), or use jacobian or vjp`,
    );
  }
  if (!isFloat(value.dtype)) {
    throw new DTypeError(
      `${name}: the result holds ${value.dtype}, which has no derivative; it must be a float`,
    );
  }
}

type AnyFunction = (...args: readonly unknown[]) => unknown;

/**
 * The gradient: x ↦ ∂f/∂x of a function that gives one number.
 *
 * @param fn       gives a tensor of one element
 * @param options  argument: which one to differentiate by. Default: 0
 * @returns        a function of the same arguments that gives a tree like that argument; of a module,
 *   a record keyed like its state dict
 * @throws ShapeError  fn gives more than one number
 * @cost    a small multiple of fn
 * @example
 * grad((x: Tensor) => x.square().sum())(tensor([1, 2])); // [2, 4]
 */
export function grad<A extends readonly unknown[], I extends number = 0>(
  fn: (...args: A) => Tensor,
  { argument = 0 as I }: { argument?: I } = {},
): (...args: A) => Gradients<A[I]> {
  return (...args) => valueAndGrad(fn, { argument })(...args)[1];
}

/**
 * The value and the gradient, from one computation.
 *
 * @returns  a function that gives [f(x), ∂f/∂x]
 * @example
 * const [loss, slope] = valueAndGrad((x: Tensor) => x.square().sum())(tensor([1, 2]));
 */
export function valueAndGrad<A extends readonly unknown[], I extends number = 0>(
  fn: (...args: A) => Tensor,
  { argument = 0 as I }: { argument?: I } = {},
): (...args: A) => [Tensor, Gradients<A[I]>] {
  return (...args) => {
    const wanted = wantedOf("grad", args, argument);
    const value = scalarResult("grad", wanted, fn as unknown as AnyFunction, args);
    const one = constant(1, value.dtype, value.shape);
    const gradients = backward([value.node], [one], wanted.nodes);
    return [value, wanted.rebuild(wrap(gradients)) as Gradients<A[I]>];
  };
}

/**
 * The vector–Jacobian product: the value, and the map ȳ ↦ ȳᵀ·∂f/∂x.
 *
 * @param fn       any function from trees to a tree
 * @param primals  its arguments; all are differentiated by
 * @returns        [f(primals), pullback]; the pullback takes a tree like the result and gives one
 *   gradient an argument
 * @example
 * const [y, pullback] = vjp((x: Tensor) => x.square(), tensor([1, 2]));
 * const [g] = pullback(tensor([1, 1])); // [2, 4]
 */
export function vjp<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  ...primals: A
): [R, (cotangents: R) => Gradients<A>] {
  const wanted = renamed("vjp", primals, (tree) => tree as unknown[]);
  const result = wanted.call(fn as unknown as AnyFunction, primals);
  checkNotPromise("vjp", result);
  const outputs = flatten(result).leaves.map((t) => t.node);
  return [
    result as R,
    (cotangents) => {
      const given = matching("vjp", flatten(cotangents).leaves, outputs);
      return wanted.rebuild(wrap(backward(outputs, given, wanted.nodes))) as Gradients<A>;
    },
  ];
}

/**
 * The Jacobian–vector product: the value, and ∂f/∂x · ẋ, the derivative along a direction.
 *
 * @param fn        any function from trees to a tree
 * @param primals   its arguments
 * @param tangents  a direction, like the arguments
 * @returns         [f(primals), derivative along the direction, like the result]
 * @example
 * const [y, dy] = jvp((x: Tensor) => x.sin(), [tensor(0)], [tensor(1)]); // dy: 1
 */
export function jvp<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  primals: A,
  tangents: A,
): [R, Gradients<R>] {
  const wanted = renamed("jvp", primals, (tree) => tree as unknown[]);
  const result = wanted.call(fn as unknown as AnyFunction, primals);
  checkNotPromise("jvp", result);
  const { leaves, rebuild } = flatten(result);
  const given = matching("jvp", flatten(tangents).leaves, wanted.nodes);
  const outputs = leaves.map((t) => t.node);
  const along = forward(outputs, wanted.nodes, given);
  const filled = along.map((n, i) => fromNode(n ?? zeroLike(outputs[i] as Node)));
  return [result as R, rebuild(filled) as Gradients<R>];
}

const zeroLike = (node: Node): Node =>
  constant(0, isFloat(node.dtype) ? node.dtype : "f32", node.shape);

/** The nodes of vectors, checked to have the shapes of what they belong to. */
function matching(name: string, vectors: readonly Tensor[], nodes: readonly Node[]): Node[] {
  if (vectors.length !== nodes.length) {
    throw new ShapeError(
      `${name}: ${nodes.length} tensors need as many vectors, not ${vectors.length}`,
    );
  }
  return vectors.map((v, i) => {
    const { shape, dtype } = nodes[i] as Node;
    if (!equalShapes(v.shape, shape)) {
      throw new ShapeError(
        `${name}: vector ${i} has shape ${showShape(v.shape)}, the tensor ${showShape(shape)}; they must be equal`,
      );
    }
    return cast(v.node, isFloat(dtype) ? dtype : v.dtype);
  });
}

/**
 * The Hessian–vector product: ∂²f/∂x² · v, without the Hessian.
 *
 * Forward over reverse: the derivative of the gradient along v.
 *
 * @param fn  gives one number from a tree
 * @param x   where
 * @param v   a direction, like x
 * @returns   a tree like x
 * @cost    about four times fn
 * @example
 * hvp((x: Tensor) => x.pow(3).sum(), tensor([1, 2]), tensor([1, 0])); // [6, 0]
 */
export function hvp<X>(fn: (x: X) => Tensor, x: X, v: X): Gradients<X> {
  const [, product] = jvp((y: X) => grad(fn)(y) as unknown, [x], [v]);
  return product as Gradients<X>;
}

/**
 * The Jacobian: ∂f/∂x, every output by every input.
 *
 * @param fn       gives a tensor, [...out]
 * @param options  argument: which one to differentiate by. Default: 0. mode: "reverse" goes row by
 *   row, "forward" column by column, which is cheaper where there are fewer inputs than outputs.
 *   Default: "reverse"
 * @returns        a function that gives, for each tensor [...in] of the argument, [...out, ...in]
 * @cost    one pullback an element of the output, or one pushforward an element of the input, as one
 *   batch
 * @example
 * jacobian((x: Tensor) => x.square())(tensor([1, 2])); // [[2, 0], [0, 4]]
 */
export function jacobian<A extends readonly unknown[], I extends number = 0>(
  fn: (...args: A) => Tensor,
  { argument = 0 as I, mode = "reverse" }: { argument?: I; mode?: "reverse" | "forward" } = {},
): (...args: A) => Gradients<A[I]> {
  return (...args) => {
    const wanted = wantedOf("jacobian", args, argument);
    const value = singleTensor("jacobian", wanted.call(fn as unknown as AnyFunction, args)).node;
    const all = mode === "reverse" ? allRows : allColumns;
    return wanted.rebuild(wrap(all(value, wanted.nodes))) as Gradients<A[I]>;
  };
}

/** The pushforward of every unit vector: [...out, ...in] for each target. */
function allColumns(value: Node, targets: readonly Node[]): Node[] {
  return targets.map((target) => {
    const { shape, dtype } = target;
    const size = sizeOf(shape);
    const tangent = input(0, shape, dtype);
    const given = targets.map((other) => (other === target ? tangent : null));
    const [along] = forward([value], targets, given);
    if (along == null) return constant(0, value.dtype, [...value.shape, ...shape]);
    const unit = cast(equal(iota([size, size], 0), iota([size, size], 1)), dtype);
    const columns = batch([along], [tangent], [reshape(unit, [size, ...shape])], size);
    const last = fromFront(columns[0] as Node, value.shape.length); // [...out, size]
    return reshape(last, [...value.shape, ...shape]);
  });
}

/** The pullback of every unit vector: [...out, ...in] for each target. */
function allRows(value: Node, targets: readonly Node[]): (Node | null)[] {
  const { shape, dtype } = value;
  const size = sizeOf(shape);
  // Older than everything that depends on it, and newer than the function: batching follows it only.
  const cotangent = input(0, shape, dtype);
  const gradients = backward([value], [cotangent], targets);
  const found = gradients.filter((g) => g !== null);
  const unit = cast(equal(iota([size, size], 0), iota([size, size], 1)), dtype);
  const rows = batch(found, [cotangent], [reshape(unit, [size, ...shape])], size);
  let next = 0;
  return gradients
    .map((g) => (g === null ? null : reshape(rows[next++] as Node, [...shape, ...g.shape])))
    .map((row, i) => row ?? constant(0, dtype, [...shape, ...(targets[i] as Node).shape]));
}

/**
 * The Hessian: ∂²f/∂x² of a function of one tensor that gives one number.
 *
 * @returns  a function that gives [...in, ...in]
 * @cost    one pullback of the gradient an element of x, as one batch
 * @example
 * hessian((x: Tensor) => x.pow(3).sum())(tensor([1, 2])); // [[6, 0], [0, 12]]
 */
export function hessian<A extends readonly unknown[], I extends number = 0>(
  fn: (...args: A) => Tensor,
  { argument = 0 as I }: { argument?: I } = {},
): (...args: A) => Tensor {
  const slope = grad(fn, { argument });
  return jacobian((...args: A) => singleTensor("hessian", slope(...args)), { argument }) as (
    ...args: A
  ) => Tensor;
}

/** An axis moved to the front. */
export function toFront(x: Node, axis: number): Node {
  const rest = x.shape.map((_, i) => i).filter((i) => i !== axis);
  return permute(x, [axis, ...rest]);
}

/** The first axis moved to another place of the result; a negative one counts from its end. */
export function fromFront(x: Node, axis: number, operation = "moveAxis"): Node {
  const order = x.shape.map((_, i) => i).slice(1);
  order.splice(normalizeAxis(axis, x.shape.length, operation), 0, 0);
  return permute(x, order);
}

// Attention as a look-up: a query is scored against keys, a softmax turns scores into weights, and
// the values are averaged with them. Keys say where to look, values what to take away.

import { ShapeError } from "../../ir/errors.ts";
import type { Generator } from "../../tensor/generator.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { dropout } from "../dropout.ts";
import { showShape } from "../shape.ts";
import { bothMasks, causalMask, maskedSoftmax } from "./masks.ts";

/** How alike queries and keys are: of [..., queries, n] and [..., keys, m], [..., queries, keys]. */
export type Score = (query: Tensor, keys: Tensor) => Tensor;

/**
 * φ(ξ, x) = ξ·x.
 *
 * @param query  [..., queries, n]
 * @param keys   [..., keys, n]
 * @returns      [..., queries, keys]
 * @throws ShapeError  they differ in n
 * @source  seed 003 §Attention
 * @example
 * dotScore(tensor([[1, 2]]), tensor([[3, 4]])); // [[11]]
 */
export function dotScore(query: Tensor, keys: Tensor): Tensor {
  requireSameWidth("dotScore", query, keys);
  return query.matmul(keys.mT);
}

/**
 * φ(ξ, x) = ξ·x / √n: of variance 1 for standard normal entries, however many there are.
 *
 * @param query  [..., queries, n]
 * @param keys   [..., keys, n]
 * @returns      [..., queries, keys]
 * @throws ShapeError  they differ in n
 * @source  Vaswani et al. 2017, Attention Is All You Need, eq. (1); seed 003 §Transformers
 * @example
 * scaledDotScore(tensor([[1, 2, 0, 0]]), tensor([[3, 4, 0, 0]])); // [[5.5]]
 */
export function scaledDotScore(query: Tensor, keys: Tensor): Tensor {
  requireSameWidth("scaledDotScore", query, keys);
  // Of powers JavaScript lets each engine have its own last bit, of roots it does not.
  return query.mul(1 / Math.sqrt(query.shape.at(-1) as number)).matmul(keys.mT);
}

function requireSameWidth(operation: string, query: Tensor, keys: Tensor): void {
  if (query.rank > 1 && keys.rank > 1 && query.shape.at(-1) === keys.shape.at(-1)) return;
  throw new ShapeError(
    `${operation}: queries [..., queries, n] and keys [..., keys, n] must agree in n, not ${showShape(query.shape)} and ${showShape(keys.shape)}`,
  );
}

/** Options of attention. */
export interface AttentionOptions {
  /** Default scaledDotScore. */
  score?: Score;
  /** Broadcasts to [..., queries, keys]: bool, true where a query may look, or floats to add. */
  mask?: Tensor;
}

/**
 * The gating function f(ξ, x¹ … xˢ) = softmaxₜ φ(ξ, xᵗ).
 *
 * @param query    [..., queries, n]
 * @param keys     [..., keys, m]
 * @param options  score, mask
 * @returns        [..., queries, keys]: each row ≥ 0 and of sum 1
 * @source  seed 003 §Attention
 * @example
 * attentionWeights(ones([1, 2]), ones([3, 2])); // [[1 / 3, 1 / 3, 1 / 3]]
 */
export function attentionWeights(
  query: Tensor,
  keys: Tensor,
  { score = scaledDotScore, mask }: AttentionOptions = {},
): Tensor {
  return maskedSoftmax(score(query, keys), mask);
}

/**
 * The key–value map F(ξ, {(xⁱ, zⁱ)}) = Σᵢ f(ξ, x¹ … xˢ)ᵢ·zⁱ.
 *
 * @param query    [..., queries, n]
 * @param keys     [..., keys, m]
 * @param values   [..., keys, k]
 * @param options  score, mask
 * @returns        [..., queries, k]
 * @source  seed 003 §Transformers
 * @example
 * attention(zeros([1, 2]), zeros([2, 2]), tensor([[1, 0], [3, 4]])); // [[2, 2]]
 */
export function attention(
  query: Tensor,
  keys: Tensor,
  values: Tensor,
  options: AttentionOptions = {},
): Tensor {
  requireValues("attention", keys, values);
  return attentionWeights(query, keys, options).matmul(values);
}

export function requireValues(operation: string, keys: Tensor, values: Tensor): void {
  if (keys.rank > 1 && values.rank > 1 && keys.shape.at(-2) === values.shape.at(-2)) return;
  throw new ShapeError(
    `${operation}: there must be a value for each key, not keys ${showShape(keys.shape)} and values ${showShape(values.shape)}`,
  );
}

/** Options of scaledDotProductAttention. */
export interface ScaledDotProductOptions {
  /** Broadcasts to [..., queries, keys]: bool, true where a query may look, or floats to add. */
  mask?: Tensor;
  /** Whether query i sees only keys 0 … i. Default false. */
  causal?: boolean;
  /** Probability that a weight is dropped. Default 0. */
  dropout?: number;
  /** Default: the stream that seed() sets. */
  generator?: Generator;
  /** Factor of the products. Default 1/√n. */
  scale?: number;
}

/**
 * softmax(Q·Kᵀ / √n)·V.
 *
 * A query that a bool mask lets see nothing gets 0.
 *
 * @param query    [..., queries, n]
 * @param key      [..., keys, n]
 * @param value    [..., keys, m]
 * @param options  mask, causal, dropout, scale
 * @returns        [..., queries, m]
 * @throws ShapeError  the shapes do not fit
 * @source  Vaswani et al. 2017, Attention Is All You Need, eq. (1). arXiv:1706.03762
 * @example
 * scaledDotProductAttention(zeros([1, 2]), zeros([2, 2]), tensor([[2], [4]])); // [[3]]
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask, causal = false, dropout: p = 0, generator, scale }: ScaledDotProductOptions = {},
): Tensor {
  requireValues("scaledDotProductAttention", key, value);
  const score: Score = scale === undefined ? scaledDotScore : (q, k) => dotScore(q.mul(scale), k);
  const order = causal
    ? causalMask(query.shape.at(-2) as number, { keys: key.shape.at(-2) as number })
    : undefined;
  const weights = attentionWeights(query, key, { score, mask: bothMasks(mask, order) });
  return dropout(weights, p, { generator }).matmul(value);
}

/** The three maps of an input that selfAttention takes. */
export interface SelfAttentionWeights {
  /** [width, n] */
  query: Tensor;
  /** [width, n] */
  key: Tensor;
  /** [width, m] */
  value: Tensor;
}

/**
 * Y = softmax(X·W_q·W_kᵀ·Xᵀ / √n)·X·W_v: all rows look at all rows, so their order does not matter.
 *
 * @param x        [..., length, width]
 * @param weights  query, key, value
 * @returns        [..., length, m]
 * @throws ShapeError  a map does not take the width of x
 * @source  seed 003 §Transformers, with the 1/√n that its line leaves out
 * @example
 * const square = ones([3, 3]);
 * selfAttention(ones([4, 3]), { query: square, key: square, value: square }).shape; // [4, 3]
 */
export function selfAttention(x: Tensor, { query, key, value }: SelfAttentionWeights): Tensor {
  for (const [name, weight] of Object.entries({ query, key, value })) {
    if (weight.rank === 2 && weight.shape[0] === x.shape.at(-1)) continue;
    throw new ShapeError(
      `selfAttention: ${name} must be [${x.shape.at(-1)}, width], to go with an input of ${showShape(x.shape)}, not ${showShape(weight.shape)}`,
    );
  }
  return attention(x.matmul(query), x.matmul(key), x.matmul(value));
}

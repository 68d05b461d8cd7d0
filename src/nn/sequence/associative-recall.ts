// Recursive recall from an external memory: a query finds the memory cell that fits it best, what is
// found there makes the next query, and so on.

import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { dotScore, requireValues } from "../attention/attention.ts";
import { maskedSoftmax } from "../attention/masks.ts";

/** Options of associativeRecall. */
export interface RecallOptions {
  /** How often to look. Default 1 */
  hops?: number;
  /** The next query, from the last one and what was found. Default: what was found */
  update?: (query: Tensor, found: Tensor, hop: number) => Tensor;
  /** Whether to take the best cell alone instead of a softmax over all. Default false */
  hard?: boolean;
  /** bool [..., cells]: the cells that are there. Default all; of none, 0 is found */
  mask?: Tensor;
}

/**
 * q ← update(q, Σᵢ softmax(q·kᵢ)·vᵢ), `hops` times.
 *
 * @param query    [..., n]
 * @param keys     [..., cells, n], one batch of cells a query
 * @param values   [..., cells, m]
 * @param options  hops, update, hard, mask
 * @returns        the last query
 * @source  seed 003 §Memory Networks; Weston, Chopra and Bordes 2015 (hard); Sukhbaatar et al. 2015
 * @example
 * // a leads to b, b to c
 * const [keys, values] = [tensor([[1, 0], [0, 1]]), tensor([[0, 1], [5, 5]])];
 * associativeRecall(tensor([1, 0]), keys, values, { hops: 2, hard: true }); // [5, 5]
 */
export function associativeRecall(
  query: Tensor,
  keys: Tensor,
  values: Tensor,
  { hops = 1, update = (_, found) => found, hard = false, mask }: RecallOptions = {},
): Tensor {
  requireSizes("associativeRecall", { hops }, 0);
  requireValues("associativeRecall", keys, values);
  const there = mask?.unsqueeze(-2); // [..., 1, cells]
  let q = query;
  for (let hop = 0; hop < hops; hop++) {
    const scores = dotScore(q.unsqueeze(-2), keys); // [..., 1, cells]
    const weights = hard ? bestOf(scores, there) : maskedSoftmax(scores, there);
    q = update(q, weights.matmul(values).squeeze(-2), hop);
  }
  return q;
}

/** 1 at the first largest of the last axis, 0 elsewhere; only where the mask is true. */
function bestOf(scores: Tensor, mask?: Tensor): Tensor {
  const left = mask === undefined ? scores : scores.where(mask, -Infinity);
  const best = left.argMax({ axis: -1 }).oneHot(scores.shape.at(-1) as number);
  const weights = best.cast(scores.dtype);
  return mask === undefined ? weights : weights.where(mask, 0);
}

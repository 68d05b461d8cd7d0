// Recursive recall from an external memory: a query finds the memory cell that fits it best, what is
// found there makes the next query, and so on.

import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { attention, dotScore } from "../attention/attention.ts";

/** Options of associativeRecall. */
export interface RecallOptions {
  /** How often to look. Default 1 */
  hops?: number;
  /** The next query, from the last one and what was found. Default: what was found */
  update?: (query: Tensor, found: Tensor, hop: number) => Tensor;
  /** Whether to take the best cell alone instead of a softmax over all. Default false */
  hard?: boolean;
}

/**
 * q ← update(q, Σᵢ softmax(q·kᵢ)·vᵢ), `hops` times.
 *
 * @param query    [..., n]
 * @param keys     [..., cells, n], one batch of cells a query
 * @param values   [..., cells, m]
 * @param options  hops, update, hard
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
  { hops = 1, update = (_, found) => found, hard = false }: RecallOptions = {},
): Tensor {
  requireSizes("associativeRecall", { hops }, 0);
  let q = query;
  for (let hop = 0; hop < hops; hop++) {
    const row = q.unsqueeze(-2); // [..., 1, n]
    const found = hard
      ? bestOf(dotScore(row, keys)).matmul(values)
      : attention(row, keys, values, { score: dotScore });
    q = update(q, found.squeeze(-2), hop);
  }
  return q;
}

/** 1 at the first largest of the last axis, 0 elsewhere. */
function bestOf(scores: Tensor): Tensor {
  const cells = scores.shape.at(-1) as number;
  return scores.argMax({ axis: -1 }).oneHot(cells).cast(scores.dtype);
}

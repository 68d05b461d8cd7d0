// Additive attention: a small network scores each pair of query and key, so that they need not be of
// one width. For a decoder that looks at the same keys again and again, their half of the network is
// computed once.

import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Linear } from "../linear.ts";
import { Module } from "../module.ts";
import { attention, attentionWeights } from "./attention.ts";

/** Options of AdditiveAttention. */
export interface AdditiveAttentionOptions {
  /** Width of the scoring network. Default: that of the queries */
  hidden?: number;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * Attention with φ(ξ, x) = v·tanh(W·ξ + U·x).
 *
 * @source Bahdanau, Cho and Bengio 2015, Neural Machine Translation by Jointly Learning to Align and
 *   Translate, §A.1.2. arXiv:1409.0473
 * @example
 * new AdditiveAttention(4, 6).forward(randn([2, 1, 4]), randn([2, 5, 6])).shape; // [2, 1, 6]
 */
export class AdditiveAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly energy: Linear;

  constructor(
    querySize: number,
    keySize: number,
    { hidden = querySize, dtype = "f32" }: AdditiveAttentionOptions = {},
  ) {
    super();
    requireSizes("AdditiveAttention", { querySize, keySize, hidden });
    this.query = new Linear(querySize, hidden, { bias: false, dtype });
    this.key = new Linear(keySize, hidden, { dtype });
    this.energy = new Linear(hidden, 1, { bias: false, dtype });
  }

  /**
   * @param query   [batch, queries, querySize]
   * @param keys    [batch, keys, keySize]
   * @param values  [batch, keys, n]. Default the keys
   * @param mask    bool, broadcasts to [batch, queries, keys]: true where a query may look
   * @returns       [batch, queries, n]
   */
  forward(query: Tensor, keys: Tensor, values = keys, mask?: Tensor): Tensor {
    return attention(query, this.key.forward(keys), values, { score: this.score, mask });
  }

  /**
   * How a query looks at keys.
   *
   * @param query    [batch, queries, querySize]
   * @param readied  key.forward(keys): [batch, keys, hidden]
   * @param mask     bool, broadcasts to [batch, queries, keys]
   * @returns        [batch, queries, keys]
   */
  weights(query: Tensor, readied: Tensor, mask?: Tensor): Tensor {
    return attentionWeights(query, readied, { score: this.score, mask });
  }

  /** Scores of queries and of keys whose half is computed. */
  private readonly score = (query: Tensor, readied: Tensor): Tensor => {
    const sums = this.query.forward(query).unsqueeze(-2).add(readied.unsqueeze(-3));
    return this.energy.forward(sums.tanh()).squeeze(-1); // [batch, queries, keys]
  };
}

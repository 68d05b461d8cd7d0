// Embedding: a row of a table for each number.

import type { Tensor } from "../tensor/tensor.ts";
import { type EmbeddingOptions, TableLayer } from "./table-layer.ts";

/**
 * y[…, :] = W[x[…], :].
 *
 * The table starts standard normal. With maxNorm a pass sets the table, as PyTorch's does: gradients of
 * another pass are to be taken before.
 *
 * @example
 * new Embedding(10, 3).forward(tensor([1, 2], { dtype: "i32" })).shape; // [2, 3]
 */
export class Embedding extends TableLayer {
  /** @param options  paddingIdx; maxNorm, normType; scaleGradByFreq; dtype */
  constructor(rows: number, width: number, options: EmbeddingOptions = {}) {
    super(rows, width, options);
  }

  /**
   * @param index  integers of any shape, each from 0 to rows − 1
   * @returns      [...shape of index, width]
   * @throws IndexError  on reading, if a number is not a row
   */
  forward(index: Tensor): Tensor {
    const y = this.rowsAt(index);
    const { paddingIdx } = this;
    if (paddingIdx === undefined) return y;
    return y.detach().where(index.equal(paddingIdx).unsqueeze(-1), y);
  }
}

// Embedding: a row of a table for each number.

import { isFloat } from "../ir/dtype.ts";
import { DTypeError, IndexError } from "../ir/errors.ts";
import { Parameter } from "../tensor/cell.ts";
import { arange } from "../tensor/create.ts";
import { randn } from "../tensor/random.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FloatType } from "./init.ts";
import { Module } from "./module.ts";

export interface EmbeddingOptions {
  /** A row that starts at 0 and gets no gradient; negative counts from the end. Default none. */
  paddingIdx?: number;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * y[…, :] = W[x[…], :].
 *
 * The table starts standard normal.
 *
 * @example
 * new Embedding(10, 3).forward(tensor([1, 2], { dtype: "i32" })).shape; // [2, 3]
 */
export class Embedding extends Module {
  /** [rows, width] */
  readonly weight: Parameter;
  readonly paddingIdx: number | undefined;

  constructor(rows: number, width: number, { paddingIdx, dtype = "f32" }: EmbeddingOptions = {}) {
    super();
    requireSizes("Embedding", { rows, width });
    if (paddingIdx !== undefined && !(paddingIdx >= -rows && paddingIdx < rows)) {
      throw new IndexError(`Embedding: paddingIdx ${paddingIdx} is not one of ${rows} rows`);
    }
    const padding = paddingIdx === undefined || paddingIdx >= 0 ? paddingIdx : paddingIdx + rows;
    this.paddingIdx = padding;
    const table = randn([rows, width], { dtype });
    this.weight = new Parameter(
      padding === undefined ? table : table.where(arange(rows).notEqual(padding).unsqueeze(1), 0),
    );
  }

  /**
   * @param index  integers of any shape, each from 0 to rows − 1
   * @returns      [...shape of index, width]
   * @throws IndexError  on reading, if a number is not a row
   */
  forward(index: Tensor): Tensor {
    if (isFloat(index.dtype) || index.dtype === "bool") {
      throw new DTypeError(
        `Embedding: takes integers, not ${index.dtype}; cast them with .cast("i32")`,
      );
    }
    const { weight, paddingIdx } = this;
    const width = weight.shape[1] as number;
    const rows = weight.gather(index.reshape([-1, 1]).expand([index.size, width]), { axis: 0 });
    const y = rows.reshape([...index.shape, width]);
    if (paddingIdx === undefined) return y;
    return y.detach().where(index.equal(paddingIdx).unsqueeze(-1), y);
  }
}

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

/** Options of Embedding. */
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

  constructor(rows: number, width: number, options: EmbeddingOptions = {}) {
    super();
    const { weight, paddingIdx } = tableOf("Embedding", rows, width, options);
    this.paddingIdx = paddingIdx;
    this.weight = weight;
  }

  /**
   * @param index  integers of any shape, each from 0 to rows − 1
   * @returns      [...shape of index, width]
   * @throws IndexError  on reading, if a number is not a row
   */
  forward(index: Tensor): Tensor {
    requireRows("Embedding", index);
    const { weight, paddingIdx } = this;
    const y = rowsOf(weight, index);
    if (paddingIdx === undefined) return y;
    return y.detach().where(index.equal(paddingIdx).unsqueeze(-1), y);
  }
}

/** A standard normal table whose padding row is 0; and which row that is, counted from the start. */
export function tableOf(
  layer: string,
  rows: number,
  width: number,
  { paddingIdx, dtype = "f32" }: EmbeddingOptions,
): { weight: Parameter; paddingIdx: number | undefined } {
  requireSizes(layer, { rows, width });
  const table = randn([rows, width], { dtype });
  if (paddingIdx === undefined) return { weight: new Parameter(table), paddingIdx };
  if (!(paddingIdx >= -rows && paddingIdx < rows)) {
    throw new IndexError(`${layer}: paddingIdx ${paddingIdx} is not one of ${rows} rows`);
  }
  const padding = paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  const emptied = table.where(arange(rows).notEqual(padding).unsqueeze(1), 0);
  return { weight: new Parameter(emptied), paddingIdx: padding };
}

/** Throws unless these are integers, which can be rows. */
export function requireRows(layer: string, index: Tensor): void {
  if (!isFloat(index.dtype) && index.dtype !== "bool") return;
  throw new DTypeError(`${layer}: takes integers, not ${index.dtype}; cast them with .cast("i32")`);
}

/** The rows of a table [rows, width] by numbers: [...index, width]. */
export function rowsOf(table: Tensor, index: Tensor): Tensor {
  const width = table.shape[1] as number;
  const rows = table.gather(index.reshape([-1, 1]).expand([index.size, width]), { axis: 0 });
  return rows.reshape([...index.shape, width]);
}

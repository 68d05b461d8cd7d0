// EmbeddingBag: the sum, mean or largest of several rows of a table: a text by its words, a user by what
// they bought.

import { ArgumentError, ShapeError } from "../ir/errors.ts";
import { arange, ones, zeros } from "../tensor/create.ts";
import { requireOneOf } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { equalShapes, showShape } from "./shape.ts";
import { type EmbeddingOptions, requireIntegers, TableLayer } from "./table-layer.ts";

/** Options of EmbeddingBag. */
export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** What becomes of the rows of a bag. Default "mean". */
  mode?: "sum" | "mean" | "max";
  /** Whether the last of the offsets is where the last bag ends. Default false. */
  includeLastOffset?: boolean;
}

/**
 * yᵦ = Σᵢ W[xᵦᵢ, :], or the mean or the largest of each column; of an empty bag 0.
 *
 * The table starts standard normal. The row paddingIdx does not count.
 *
 * @example
 * new EmbeddingBag(10, 3).forward(tensor([[1, 2], [4, 4]], { dtype: "i32" })).shape; // [2, 3]
 */
export class EmbeddingBag extends TableLayer {
  readonly mode: "sum" | "mean" | "max";
  readonly includeLastOffset: boolean;

  /** @param options  mode, includeLastOffset, and those of Embedding */
  constructor(rows: number, width: number, options: EmbeddingBagOptions = {}) {
    super(rows, width, options);
    const { mode = "mean", includeLastOffset = false } = options;
    requireOneOf("EmbeddingBag", { mode }, ["sum", "mean", "max"]);
    if (this.scaleGradByFreq && mode === "max") {
      throw new ArgumentError('EmbeddingBag: scaleGradByFreq is for mode "sum" and "mean"');
    }
    this.mode = mode;
    this.includeLastOffset = includeLastOffset;
  }

  /**
   * @param index    integers [bags, length]; or [count], the bags one after the other
   * @param offsets  integers, of [count]: where each bag begins, ascending from 0
   * @param factors  of mode "sum": a factor for each number, in the shape of index. Default 1
   * @returns        [bags, width]
   * @throws ShapeError  the shapes do not fit, or factors are given to another mode
   * @throws IndexError  on reading, if a number is not a row
   */
  forward(index: Tensor, offsets?: Tensor, factors?: Tensor): Tensor {
    const isList = index.rank === 1 && offsets?.rank === 1;
    if (!isList && (index.rank !== 2 || offsets !== undefined)) {
      const beside = offsets === undefined ? "" : ` with offsets ${showShape(offsets.shape)}`;
      throw new ShapeError(
        `EmbeddingBag: the input must be [bags, length], or [count] with offsets [bags], not ${showShape(index.shape)}${beside}`,
      );
    }
    if (
      factors !== undefined &&
      (this.mode !== "sum" || !equalShapes(factors.shape, index.shape))
    ) {
      throw new ShapeError(
        `EmbeddingBag: factors must have the shape of the input ${showShape(index.shape)} and mode "sum", not ${showShape(factors.shape)} and "${this.mode}"`,
      );
    }
    const { paddingIdx } = this;
    const rows = this.rowsAt(index);
    const values = factors === undefined ? rows : rows.mul(factors.unsqueeze(-1));
    const counts =
      paddingIdx === undefined
        ? ones([...index.shape, 1], { dtype: "bool" })
        : index.notEqual(paddingIdx).unsqueeze(-1);
    return offsets === undefined
      ? this.ofRows(values, counts)
      : this.ofList(values, counts, offsets);
  }

  /** values [bags, length, width], and which of them count [bags, length, 1]. */
  private ofRows(values: Tensor, counts: Tensor): Tensor {
    if (this.mode === "max") return largest(values, counts, 1);
    const sum = values.where(counts, 0).sum({ axis: 1 });
    if (this.mode === "sum") return sum;
    return sum.div(counts.cast(values.dtype).sum({ axis: 1 }).maximum(1));
  }

  /** values [count, width], and which of them count [count, 1]. */
  private ofList(values: Tensor, counts: Tensor, offsets: Tensor): Tensor {
    requireIntegers("EmbeddingBag", offsets);
    const starts = this.includeLastOffset ? offsets.at(":-1") : offsets;
    const bags = starts.shape[0] as number;
    const place = arange(0, values.shape[0] as number, { dtype: "i32" }).unsqueeze(1);
    const bag = starts.lessEqual(place).cast("i32").sum({ axis: 1 }).sub(1); // [count]
    if (this.mode === "max") {
      const isIn = arange(0, bags, { dtype: "i32" }).unsqueeze(1).equal(bag).unsqueeze(-1);
      const each = values.unsqueeze(0).broadcastTo([bags, ...values.shape]);
      return largest(each, isIn.logicalAnd(counts), 1);
    }
    const added = (x: Tensor): Tensor =>
      zeros([bags, x.shape[1] as number], { dtype: values.dtype }).indexAdd(bag, x);
    const sum = added(values.where(counts, 0));
    return this.mode === "sum" ? sum : sum.div(added(counts.cast(values.dtype)).maximum(1));
  }
}

/** The largest of those that count along an axis; of none, 0. */
function largest(values: Tensor, counts: Tensor, axis: number): Tensor {
  const most = values.where(counts, -Infinity).max({ axis });
  return most.where(counts.any({ axis }), 0);
}

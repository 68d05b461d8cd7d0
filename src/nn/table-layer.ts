// Layers with a table that is read by number: what Embedding and EmbeddingBag share. Rows can be kept
// short, and the gradient of a row that is read often made small.

import { isFloat } from "../ir/dtype.ts";
import { DTypeError, IndexError } from "../ir/errors.ts";
import { Parameter } from "../tensor/cell.ts";
import { arange, zeros } from "../tensor/create.ts";
import { randn } from "../tensor/random.ts";
import { requireSizes, requireWithin } from "../tensor/requirements.ts";
import { customVjp } from "../tensor/rules.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FloatType } from "./init.ts";
import { Module } from "./module.ts";

/** Options of Embedding and EmbeddingBag. */
export interface EmbeddingOptions {
  /** A row that starts at 0 and gets no gradient; negative counts from the end. Default none. */
  paddingIdx?: number;
  /** Rows that are read and are longer than this are made so long, in the table itself. Default none. */
  maxNorm?: number;
  /** The order of the norm that maxNorm is about. Default 2. */
  normType?: number;
  /** Whether the gradient of a row is divided by how many times it was read. Default false. */
  scaleGradByFreq?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/** A table, and how its rows are read. */
export abstract class TableLayer extends Module {
  /** [rows, width] */
  readonly weight: Parameter;
  readonly paddingIdx: number | undefined;
  readonly maxNorm: number | undefined;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;

  constructor(rows: number, width: number, options: EmbeddingOptions) {
    super();
    const { paddingIdx, maxNorm, normType = 2, dtype = "f32" } = options;
    const name = this.constructor.name;
    requireSizes(name, { rows, width });
    requireWithin(name, { maxNorm: maxNorm ?? 1, normType }, { from: 0, open: "from" });
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = options.scaleGradByFreq ?? false;
    const table = randn([rows, width], { dtype });
    if (paddingIdx === undefined) {
      this.weight = new Parameter(table);
      return;
    }
    if (!(paddingIdx >= -rows && paddingIdx < rows)) {
      throw new IndexError(`${name}: paddingIdx ${paddingIdx} is not one of ${rows} rows`);
    }
    const padding = paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
    this.paddingIdx = padding;
    this.weight = new Parameter(table.where(arange(rows).notEqual(padding).unsqueeze(1), 0));
  }

  /** The rows by numbers: [...index, width]. */
  protected rowsAt(index: Tensor): Tensor {
    requireIntegers(this.constructor.name, index);
    if (this.maxNorm !== undefined) this.shorten(index, this.maxNorm);
    const rows = rowsOf(this.weight, index);
    if (!this.scaleGradByFreq) return rows;
    const times = this.timesRead(index).at(index).unsqueeze(-1);
    return withGradientBy(rows, times.reciprocal());
  }

  /** How many times each row is read: [rows]. */
  private timesRead(index: Tensor): Tensor {
    const { dtype, shape } = this.weight;
    return zeros([shape[0] as number], { dtype }).indexAdd(index.flatten(), 1);
  }

  /** Makes rows that are read and too long as long as they may be. */
  private shorten(index: Tensor, maxNorm: number): void {
    const table = this.weight.detach();
    const norm = table.norm({ order: this.normType, axis: 1, keepDims: true }); // [rows, 1]
    const tooLong = norm.greater(maxNorm).logicalAnd(this.timesRead(index).greater(0).unsqueeze(1));
    // As in PyTorch 1e-7 is added to the length.
    this.weight.assign(table.mul(norm.add(1e-7).reciprocal().mul(maxNorm)).where(tooLong, table));
  }
}

/** x, whose gradient is multiplied by a factor. */
function withGradientBy(x: Tensor, factor: Tensor): Tensor {
  const same = customVjp(
    (y: Tensor, _factor: Tensor) => y,
    (g: Tensor, _y, _x, by) => [g.mul(by), null],
  );
  return same(x, factor);
}

/** Throws unless these are integers, which can be rows. */
export function requireIntegers(layer: string, index: Tensor): void {
  if (!isFloat(index.dtype) && index.dtype !== "bool") return;
  throw new DTypeError(`${layer}: takes integers, not ${index.dtype}; cast them with .cast("i32")`);
}

/** The rows of a table [rows, width] by numbers: [...index, width]. */
function rowsOf(table: Tensor, index: Tensor): Tensor {
  const width = table.shape[1] as number;
  const rows = table.gather(index.reshape([-1, 1]).expand([index.size, width]), { axis: 0 });
  return rows.reshape([...index.shape, width]);
}

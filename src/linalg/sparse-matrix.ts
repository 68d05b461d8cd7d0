// Sparse matrices as three tensors: the rows, the columns and the values of the entries that are
// kept (coordinate format). A product gathers rows of the dense factor by column, weighs them by the
// values and adds them up by row, so nothing of the size rows x columns is ever made, and gradients
// go to the values and to the dense factor by the rules of gather and scatter.

import { ShapeError } from "../ir/errors.ts";
import { tensor, zeros } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The parts of a sparse matrix. */
export interface SparseParts {
  /** [entries] i32 */
  readonly rows: Tensor;
  /** [entries] i32 */
  readonly columns: Tensor;
  /** [entries] float */
  readonly values: Tensor;
  /** [rows, columns] */
  readonly shape: readonly [number, number];
}

/**
 * A matrix of which only some entries are kept; the others are 0. Entries named twice add up.
 *
 * @cost    products of a matrix of e entries with [columns, k]: 2·e·k operations, memory for e·k numbers
 * @example
 * const a = new SparseMatrix({ rows: tensor([0, 1]), columns: tensor([1, 1]), values: tensor([2, 3]), shape: [2, 2] });
 * a.matmul(tensor([[1], [10]])); // [[20], [30]]
 */
export class SparseMatrix implements SparseParts {
  readonly rows: Tensor;
  readonly columns: Tensor;
  readonly values: Tensor;
  readonly shape: readonly [number, number];

  /** @throws ShapeError  rows, columns and values are not vectors of one length */
  constructor({ rows, columns, values, shape }: SparseParts) {
    const [count] = values.shape;
    for (const [name, part] of Object.entries({ rows, columns, values })) {
      if (part.rank === 1 && part.shape[0] === count) continue;
      throw new ShapeError(
        `SparseMatrix: ${name} is [${part.shape.join(", ")}]; rows, columns and values must be vectors of one length`,
      );
    }
    this.rows = rows.cast("i32");
    this.columns = columns.cast("i32");
    this.values = values;
    this.shape = shape;
  }

  /** Entries that are kept. */
  get count(): number {
    return this.values.shape[0] as number;
  }

  /** The same entries with rows and columns exchanged; nothing is copied. */
  get T(): SparseMatrix {
    const [height, width] = this.shape;
    return new SparseMatrix({
      rows: this.columns,
      columns: this.rows,
      values: this.values,
      shape: [width, height],
    });
  }

  /** The same places with other values. @param values  [entries] */
  withValues(values: Tensor): SparseMatrix {
    return new SparseMatrix({ ...this, values });
  }

  /**
   * The product with a dense matrix or vector: yᵢ = Σₖ aᵢₖ·xₖ.
   *
   * @param x  [columns, k] or [columns]
   * @returns  [rows, k] or [rows]
   * @throws ShapeError  the first axis of x is not the number of columns
   */
  matmul(x: Tensor): Tensor {
    const [height, width] = this.shape;
    if (x.shape[0] !== width || x.rank > 2) {
      throw new ShapeError(
        `SparseMatrix: [${height}, ${width}] cannot be multiplied with [${x.shape.join(", ")}]; the right side must be [${width}, k] or [${width}]`,
      );
    }
    const parts = x.take(this.columns); // [entries, k]
    const weighed = parts.mul(x.rank === 1 ? this.values : this.values.unsqueeze(1));
    const shape = x.rank === 1 ? [height] : [height, x.shape[1] as number];
    return zeros(shape, { dtype: weighed.dtype }).indexAdd(this.rows, weighed);
  }

  /** Σⱼ aᵢⱼ for each row: [rows] */
  rowSums(): Tensor {
    return zeros([this.shape[0]], { dtype: this.values.dtype }).indexAdd(this.rows, this.values);
  }

  /** All entries, zeros too: [rows, columns]. For small ones and tests. */
  toDense(): Tensor {
    const [height, width] = this.shape;
    const places = this.rows.mul(width).add(this.columns);
    return zeros([height * width], { dtype: this.values.dtype })
      .indexAdd(places, this.values)
      .reshape([height, width]);
  }
}

/**
 * The sparse matrix of a list of entries.
 *
 * @param entries  [row, column, value]
 * @param shape    [rows, columns]
 * @throws ShapeError  an entry lies outside
 * @example
 * sparseMatrix([[0, 1, 2]], [2, 2]).toDense(); // [[0, 2], [0, 0]]
 */
export function sparseMatrix(
  entries: Iterable<readonly [row: number, column: number, value: number]>,
  shape: readonly [number, number],
  { dtype = "f32" }: { dtype?: "f32" | "f64" } = {},
): SparseMatrix {
  const [rows, columns, values]: [number[], number[], number[]] = [[], [], []];
  for (const [row, column, value] of entries) {
    const isInside = [row, column].every(
      (at, axis) => Number.isInteger(at) && at >= 0 && at < (shape[axis] as number),
    );
    if (!isInside) {
      throw new ShapeError(
        `sparseMatrix: entry ${rows.length} is at ${row}, ${column}, outside [${shape.join(", ")}]`,
      );
    }
    rows.push(row);
    columns.push(column);
    values.push(value);
  }
  return new SparseMatrix({
    rows: tensor(Int32Array.from(rows)),
    columns: tensor(Int32Array.from(columns)),
    values: tensor(values, { dtype, shape: [values.length] }),
    shape,
  });
}

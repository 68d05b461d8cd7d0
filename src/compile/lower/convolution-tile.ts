// A tile of a convolution: rows × vectors of sums in registers while the terms run. An element of the
// image is read where it lies, at what its row and its term contribute, and counts for every column.

import type { Atom, Register, Variable } from "../../ir/kernel.ts";
import type { KernelBuilder } from "../builder.ts";
import { literal } from "../math.ts";
import { arithmetic } from "../math-arithmetic.ts";

export interface ConvolutionTile {
  readonly type: Register;
  readonly height: number;
  readonly vectors: number;
  /** The image, and tables of what rows and terms contribute. */
  readonly image: number;
  readonly rowTable: number;
  readonly termTable: number;
  readonly row: Atom;
  /** How far apart the rows lie, if evenly: only the first is looked up. */
  readonly apart?: number | undefined;
  readonly terms: Atom;
  /** Columns, term after term. */
  readonly columns: number;
  readonly column: Atom;
  readonly width: number;
  /** Where the sums go, row by row; and come from, if `more`. */
  readonly sums: number;
  readonly sum: Atom;
  readonly more: Atom | undefined;
}

/** A routine: written once for all convolutions of these widths. */
export function multiplyRows(b: KernelBuilder, tile: ConvolutionTile): void {
  b.routine(() => sumProducts(b, tile));
}

function sumProducts(b: KernelBuilder, tile: ConvolutionTile): void {
  const { type, height, vectors, width } = tile;
  const { add, mul, cast } = b.index;
  const numbers = arithmetic(b, type);
  const { lanes } = b;
  const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  const rowAt = (i: number): Atom =>
    cast(b.load("i32", tile.rowTable, add(tile.row, i), { fresh: true }));
  const rows = tile.apart === undefined ? count(height).map(rowAt) : [rowAt(0)];
  const placeOf = (i: number, term: Atom): Atom =>
    tile.apart === undefined
      ? add(rows[i] as Atom, term)
      : add(add(rows[0] as Atom, term), i * tile.apart);
  const sums = count(height).map(() =>
    count(vectors).map(() => b.variable(type, lanes, literal(type, 0))),
  );
  const each = (make: (sum: Variable, place: Atom) => void): void =>
    sums.forEach((line, i) => {
      line.forEach((sum, u) => {
        make(sum, add(tile.sum, i * width + u * lanes));
      });
    });
  if (tile.more) {
    b.when(tile.more, () =>
      each((sum, place) => {
        b.set(sum, b.load(type, tile.sums, place, { lanes, fresh: true }));
      }),
    );
  }
  b.loop(0, tile.terms, 1, (k) => {
    const term = cast(b.load("i32", tile.termTable, k, { fresh: true }));
    const from = add(tile.column, mul(k, width));
    const columns = count(vectors).map((u) =>
      b.load(type, tile.columns, add(from, u * lanes), { lanes, fresh: true }),
    );
    sums.forEach((line, i) => {
      const element = b.load(type, tile.image, placeOf(i, term), { fresh: true });
      line.forEach((sum, u) => {
        b.set(sum, numbers.fma(element, columns[u] as Atom, sum));
      });
    });
  });
  each((sum, place) => {
    b.settle(sum);
    b.store(tile.sums, place, sum, lanes);
  });
}

// A tile of a matrix product: rows × vectors of sums in registers while k runs.

import type { Atom, Variable } from "../../ir/kernel.ts";
import type { KernelBuilder } from "../builder.ts";
import { literal } from "../math.ts";
import { arithmetic } from "../math-arithmetic.ts";
import type { ContractLayout } from "./contract-layout.ts";

export interface TileOperands {
  /** Packed rows, and where the tile's panel begins. */
  readonly packed: number;
  readonly start: Atom;
  /** Copied columns, how far apart its rows are, and the tile's first. */
  readonly block: number;
  readonly pitch: Atom;
  readonly column: Atom;
  /** Terms of the sum. */
  readonly depth: Atom;
  /** Where the sums go, row by row. */
  readonly tileBuffer: number;
}

export function multiplyTile(
  b: KernelBuilder,
  { type, tile }: ContractLayout,
  operands: TileOperands,
): void {
  const { rows, vectors } = tile;
  const { add, mul } = b.index;
  const numbers = arithmetic(b, type);
  const isFloat = type === "f32" || type === "f64";
  const sums: Variable[][] = Array.from({ length: rows }, () =>
    Array.from({ length: vectors }, () => b.variable(type, b.lanes, literal(type, 0))),
  );
  b.loop(0, operands.depth, 1, (k) => {
    const from = add(mul(k, operands.pitch), operands.column);
    const columns = Array.from({ length: vectors }, (_, u) =>
      b.load(type, operands.block, add(from, u * b.lanes), { lanes: b.lanes, fresh: true }),
    );
    const panel = add(operands.start, mul(k, rows));
    sums.forEach((line, i) => {
      const row = b.load(type, operands.packed, add(panel, i));
      line.forEach((sum, u) => {
        const column = columns[u] as Atom;
        const next = isFloat
          ? numbers.fma(row, column, sum)
          : numbers.add(numbers.mul(row, column), sum);
        b.set(sum, next);
      });
    });
  });
  sums.flat().forEach((sum, at) => {
    b.settle(sum);
    b.store(operands.tileBuffer, at * b.lanes, sum, b.lanes);
  });
}

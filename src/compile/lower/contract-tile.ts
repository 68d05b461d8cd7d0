// A tile of a matrix product: rows × vectors of sums in registers while k runs. Each is the sum of a
// piece, term after term; then what the pieces before gave is added.

import type { Atom, Register, Variable } from "../../ir/kernel.ts";
import type { KernelBuilder } from "../builder.ts";
import { literal } from "../math.ts";
import { arithmetic, type Operand } from "../math-arithmetic.ts";

export interface TileOperands {
  readonly type: Register;
  readonly height: number;
  readonly vectors: number;
  /** Copied rows; where the tile's begin, and elements from one to the next and from term to term. */
  readonly rows: number;
  readonly row: Atom;
  readonly rowPitch: number;
  readonly termPitch: Operand;
  /** Terms lie in blocks of as many as a vector has lanes, so far apart. Default: in one */
  readonly blockPitch?: Atom;
  /** Asks for the rows of later terms, given where those of a term lie. */
  readonly ahead?: ((rows: Atom) => void) | undefined;
  /** Copied columns, term after term; where the tile's begin, and elements from term to term. */
  readonly columns: number;
  readonly column: Atom;
  readonly columnPitch: number;
  /** Terms of this piece of the sum. */
  readonly depth: Atom;
  /** Where the sums go, row by row as far apart as the columns' terms; added to what is there, if there is `more`. */
  readonly sums: number;
  readonly sum: Atom;
  readonly more?: Atom;
}

/** A routine, for it is most of a product's code: written once for all products of these pitches. */
export function multiplyTile(b: KernelBuilder, operands: TileOperands): void {
  b.routine(() => sumProducts(b, operands));
}

function sumProducts(b: KernelBuilder, operands: TileOperands): void {
  const { type, height, vectors, rowPitch, columnPitch } = operands;
  const { add, mul } = b.index;
  const numbers = arithmetic(b, type);
  const isFloat = type === "f32" || type === "f64";
  const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  const placeOf = (i: number, u: number): Atom => add(operands.sum, i * columnPitch + u * b.lanes);
  const sums: Variable[][] = count(height).map(() =>
    count(vectors).map(() => b.variable(type, b.lanes, literal(type, 0))),
  );
  const each = (make: (sum: Variable, place: Atom) => void): void =>
    sums.forEach((line, i) => {
      line.forEach((sum, u) => {
        make(sum, placeOf(i, u));
      });
    });
  b.loop(0, operands.depth, 1, (k) => {
    const from = add(operands.column, mul(k, columnPitch));
    const columns = count(vectors).map((u) =>
      b.load(type, operands.columns, add(from, u * b.lanes), { lanes: b.lanes, fresh: true }),
    );
    const rows = add(operands.row, placeOfTerm(b, operands, k));
    operands.ahead?.(rows);
    sums.forEach((line, i) => {
      const at = add(rows, i * rowPitch);
      const row = b.load(type, operands.rows, at, { fresh: true });
      line.forEach((sum, u) => {
        const column = columns[u] as Atom;
        const next = isFloat
          ? numbers.fma(row, column, sum)
          : numbers.add(numbers.mul(row, column), sum);
        b.set(sum, next);
      });
    });
  });
  if (operands.more) {
    b.when(operands.more, () =>
      each((sum, place) => {
        const before = b.load(type, operands.sums, place, { lanes: b.lanes, fresh: true });
        b.set(sum, numbers.add(before, sum));
      }),
    );
  }
  each((sum, place) => {
    b.settle(sum);
    b.store(operands.sums, place, sum, b.lanes);
  });
}

/** How far from a row's begin a term lies. One loop for all blocks: compilers keep sums in registers in no other. */
function placeOfTerm(
  { index: { add, sub, mul, div }, lanes }: KernelBuilder,
  { termPitch, blockPitch }: TileOperands,
  term: Atom,
): Atom {
  const place = mul(term, termPitch);
  if (!blockPitch) return place;
  return add(place, mul(div(term, lanes), sub(blockPitch, mul(termPitch, lanes))));
}

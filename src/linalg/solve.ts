// A small system of linear equations, by elimination with the largest pivot of each column. One scan,
// so that the size does not show in the graph.

import { ShapeError } from "../ir/errors.ts";
import { arange, eye } from "../tensor/create.ts";
import { concat } from "../tensor/functions.ts";
import { scan } from "../tensor/scan.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * x with a·x = b.
 *
 * @param a  [n, n]
 * @param b  [n]
 * @returns  [n]; not finite where a is singular
 * @throws ShapeError  a is not [n, n] or b not [n]
 * @cost     2·n³ FLOP
 * @source   Golub and Van Loan 2013, Matrix Computations, §3.4
 * @example
 * solve(tensor([[2, 1], [0, 4]]), tensor([4, 8])); // [1, 2]
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  const n = b.shape[0] as number;
  if (a.rank !== 2 || b.rank !== 1 || a.shape[0] !== n || a.shape[1] !== n) {
    throw new ShapeError(
      `solve: takes a matrix [n, n] and a vector [n], not [${a.shape.join(", ")}] and [${b.shape.join(", ")}]`,
    );
  }
  const index = arange(n, undefined, { dtype: "i32" });
  const rows = eye(n, { dtype: b.dtype as "f32" });
  const [solved] = scan(
    (system: Tensor, k: Tensor) => {
      const column = system
        .at(":", `:${n}`)
        .mul(rows.take(k, { axis: 0 }))
        .sum({ axis: 1 });
      const below = column.abs().where(index.greaterEqual(k), -1);
      const pivot = below.argMax({ axis: 0 });
      const [atK, atPivot] = [index.equal(k).unsqueeze(1), index.equal(pivot).unsqueeze(1)];
      const [rowK, rowPivot] = [system.take(k, { axis: 0 }), system.take(pivot, { axis: 0 })];
      const swapped = rowK.where(atPivot, system);
      const head = rowPivot.div(column.take(pivot, { axis: 0 })); // [n + 1]
      const factors = column.take(k, { axis: 0 }).where(index.equal(pivot), column).unsqueeze(1);
      return [head.where(atK, swapped.sub(factors.mul(head))), k];
    },
    concat([a, b.unsqueeze(1)], { axis: 1 }),
    index,
  );
  return solved.at(":", n);
}

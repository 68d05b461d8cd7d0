// Least squares by Householder's QR on the host in double precision: accurate for columns that nearly
// depend on each other, where the normal equations lose half of the digits. For tens or hundreds of
// unknowns.
// Golub and Van Loan, Matrix Computations, §5.3.2.

import { NumericError, ShapeError } from "../ir/errors.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * argmin ‖A·X − B‖² for A of full column rank.
 *
 * @param a  [m, n] with m ≥ n
 * @param b  [m] or [m, k]
 * @returns  f64 [n] or [n, k]
 * @throws ShapeError    the shapes do not fit
 * @throws NumericError  the columns of A depend on each other
 * @cost    2·m·n² operations, not differentiable
 * @example
 * await leastSquares(tensor([[1, 0], [1, 1], [1, 2]]), tensor([1, 3, 5])); // [1, 2]
 */
export async function leastSquares(a: Tensor, b: Tensor): Promise<Tensor> {
  const [m, n] = a.shape as [number, number];
  if (a.rank !== 2 || m < n || b.rank < 1 || b.rank > 2 || b.shape[0] !== m) {
    throw new ShapeError(
      `leastSquares: A is [${a.shape.join(", ")}] and B [${b.shape.join(", ")}]; they must be [m, n] with m ≥ n, and [m] or [m, k]`,
    );
  }
  const k = b.rank === 1 ? 1 : (b.shape[1] as number);
  const r = Float64Array.from(await a.data("f64"));
  const y = Float64Array.from(await b.data("f64"));
  const scale = Math.sqrt(r.reduce((sum, v) => sum + v * v, 0));
  const diagonal = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    let square = 0;
    for (let i = j; i < m; i++) square += (r[i * n + j] as number) ** 2;
    const norm = Math.sqrt(square);
    if (!(norm > 1e-13 * scale)) {
      throw new NumericError(
        `leastSquares: column ${j} of A depends on those before it, so many X are equally good; drop it`,
      );
    }
    const first = r[j * n + j] as number;
    const alpha = first > 0 ? -norm : norm;
    diagonal[j] = alpha;
    // v = x − α·e₁ overwrites the column; H = I − 2·v·vᵀ/‖v‖².
    r[j * n + j] = first - alpha;
    const half = alpha * (alpha - first); // ‖v‖²/2
    for (let column = j + 1; column < n; column++) reflect(r, n, column, { v: j, m, n, half }, r);
    for (let column = 0; column < k; column++) reflect(y, k, column, { v: j, m, n, half }, r);
  }
  const x = new Float64Array(n * k);
  for (let column = 0; column < k; column++) {
    for (let i = n - 1; i >= 0; i--) {
      let rest = y[i * k + column] as number;
      for (let j = i + 1; j < n; j++)
        rest -= (r[i * n + j] as number) * (x[j * k + column] as number);
      x[i * k + column] = rest / (diagonal[i] as number);
    }
  }
  return tensor(x, { shape: b.rank === 1 ? [n] : [n, k] });
}

/** target[j…, column] ← H·target[j…, column], with v in column `v` of r from row `v` on. */
function reflect(
  target: Float64Array,
  width: number,
  column: number,
  { v, m, n, half }: { v: number; m: number; n: number; half: number },
  r: Float64Array,
): void {
  let dot = 0;
  for (let i = v; i < m; i++)
    dot += (r[i * n + v] as number) * (target[i * width + column] as number);
  const factor = dot / half;
  for (let i = v; i < m; i++) {
    target[i * width + column] =
      (target[i * width + column] as number) - factor * (r[i * n + v] as number);
  }
}

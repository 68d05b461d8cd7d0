// Convolutions as matrices: a convolution is a linear map, so it has one, constant along its diagonals
// (Toeplitz), and for a periodic signal each row is the one above shifted round (circulant). A
// convolution layer is a dense layer whose matrix is mostly zero and repeats few values. Seed 003
// §Cross-correlation; seed 000 §Difference between a CNN and FFN.

import { ShapeError } from "../../ir/errors.ts";
import { arange, eye, zeros } from "../../tensor/create.ts";
import { concat } from "../../tensor/functions.ts";
import { requireOneOf, requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { showShape, sizeOf } from "../shape.ts";
import type { ConvolveMode } from "./convolve.ts";

function requireVector(operation: string, x: Tensor): void {
  if (x.rank === 1 && x.size > 0) return;
  throw new ShapeError(`${operation}: takes a vector that is not empty, not ${showShape(x.shape)}`);
}

/**
 * The matrix with T[i, j] = column[i − j] below and on the diagonal, row[j − i] above it.
 *
 * @param column  [m], the first column
 * @param row     [n], the first row; its first value is not used. Default: the column
 * @returns       [m, n]; gradients go back to column and row
 * @throws ShapeError  one of them is no vector, or empty
 * @source  seed 003 §Cross-correlation
 * @example
 * toeplitz(tensor([1, 2, 3]), tensor([1, 4])); // [[1, 4], [2, 1], [3, 2]]
 */
export function toeplitz(column: Tensor, row: Tensor = column): Tensor {
  requireVector("toeplitz", column);
  requireVector("toeplitz", row);
  // From the last above the diagonal to the last below it; entry i − j lies at i − j + n − 1.
  const values = concat([row.slice(1).flip(), column]);
  const [m, n] = [column.size, row.size];
  const place = arange(m)
    .unsqueeze(1)
    .sub(arange(n))
    .add(n - 1);
  return values.take(place.flatten()).reshape([m, n]);
}

/**
 * The matrix with C[i, j] = c[(i − j) mod n]: circular convolution with c.
 *
 * @param c  [n], the first column
 * @returns  [n, n]
 * @throws ShapeError  c is no vector, or empty
 * @source  seed 003 §Cross-correlation
 * @example
 * circulant(tensor([1, 2, 3])); // [[1, 3, 2], [2, 1, 3], [3, 2, 1]]
 */
export function circulant(c: Tensor): Tensor {
  requireVector("circulant", c);
  return toeplitz(c, concat([c.slice(0, 1), c.slice(1).flip()]));
}

/**
 * The matrix A with A·x = convolve(x, h, { mode }), for signals x of n values.
 *
 * @param h        [k], the kernel
 * @param n        values of a signal
 * @param options  mode, default "full": [n + k − 1, n]; see ConvolveMode
 * @throws ShapeError  h is no vector, or larger than the signal where it must not be
 * @source  seed 003 §Cross-correlation
 * @example
 * convolutionMatrix(tensor([1, 2]), 2); // [[1, 0], [2, 1], [0, 2]]
 */
export function convolutionMatrix(
  h: Tensor,
  n: number,
  { mode = "full" }: { mode?: ConvolveMode } = {},
): Tensor {
  requireVector("convolutionMatrix", h);
  const k = h.size;
  requireSizes("convolutionMatrix", { n });
  requireOneOf("convolutionMatrix", { mode }, ["full", "same", "valid", "circular"]);
  if ((mode === "valid" || mode === "circular") && k > n) {
    throw new ShapeError(
      `convolutionMatrix: a kernel of ${k} in mode "${mode}" needs a signal of at least ${k} values, not ${n}`,
    );
  }
  const none = (count: number): Tensor => zeros([count], { dtype: h.dtype });
  if (mode === "circular") return circulant(concat([h, none(n - k)]));
  const full = toeplitz(concat([h, none(n - 1)]), concat([h.slice(0, 1), none(n - 1)]));
  if (mode === "full") return full;
  const first = mode === "same" ? Math.floor((k - 1) / 2) : k - 1;
  return full.slice(first, first + (mode === "same" ? n : n - k + 1));
}

/**
 * The matrix of a linear map: its columns are what it makes of the unit vectors.
 *
 * @param map    linear, of a batch: [batch, ...shape] → [batch, ...]; a layer without bias, say
 * @param shape  of one input
 * @returns      [numbers of one output, numbers of one input]
 * @throws ShapeError  the map changes the batch
 * @source  seed 000 §Difference between a CNN and FFN
 * @example
 * matrixOf((x) => x.mul(2), [2]); // [[2, 0], [0, 2]]
 */
export function matrixOf(
  map: (x: Tensor) => Tensor,
  shape: readonly number[],
  { dtype = "f32" }: { dtype?: FloatType } = {},
): Tensor {
  requireSizes("matrixOf", { shape });
  const n = sizeOf(shape);
  const columns = map(eye(n, { dtype }).reshape([n, ...shape]));
  if (columns.shape[0] !== n) {
    throw new ShapeError(
      `matrixOf: the map made ${showShape(columns.shape)} of a batch of ${n}; it must keep the batch`,
    );
  }
  return columns.reshape([n, columns.size / n]).T;
}

/**
 * What a map makes of an impulse: 1 at the first place and 0 elsewhere.
 *
 * A linear map that commutes with (circular) shifts is the circular convolution with this.
 *
 * @param map    of one signal
 * @param shape  of the signal
 * @source  seed 003 §Linear shift-equivariant transforms, the representation theorem
 * @example
 * impulseResponse((x) => x.roll(1), [4]); // [0, 1, 0, 0]
 */
export function impulseResponse(
  map: (x: Tensor) => Tensor,
  shape: readonly number[],
  { dtype = "f32" }: { dtype?: FloatType } = {},
): Tensor {
  requireSizes("impulseResponse", { shape });
  const first = arange(sizeOf(shape)).equal(0);
  return map(first.cast(dtype).reshape(shape));
}

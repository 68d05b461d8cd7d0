// Initialisers with structure: matrices that keep lengths (eye, dirac, orthogonal), that connect each
// unit to few others (sparse), or whose chain has a variance that was chosen (varianceTargeted).

import { ArgumentError, ShapeError } from "../ir/errors.ts";
import { arange, eye as identity, zeros } from "../tensor/create.ts";
import { normal, rand, randn } from "../tensor/random.ts";
import { requireWithin } from "../tensor/requirements.ts";
import { scan } from "../tensor/scan.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FloatType, InitOptions } from "./init.ts";
import { showShape, sizeOf } from "./shape.ts";

function requireMatrix(name: string, shape: readonly number[]): [rows: number, columns: number] {
  const [rows, columns] = shape;
  if (shape.length === 2 && rows !== undefined && columns !== undefined) return [rows, columns];
  throw new ShapeError(
    `init.${name}: takes the shape of a matrix, [out, in], not ${showShape(shape)}`,
  );
}

/**
 * 1 on the diagonal and 0 elsewhere: as much as possible goes through unchanged.
 *
 * @param  shape [out, in]
 * @example
 * init.eye([2, 3]); // [[1, 0, 0], [0, 1, 0]]
 */
export function eye(
  shape: readonly number[],
  { dtype = "f32" }: { dtype?: FloatType } = {},
): Tensor {
  const [rows, columns] = requireMatrix("eye", shape);
  return identity(rows, { columns, dtype });
}

/**
 * A convolution that gives its input channels unchanged: 1 at the centre of kernel (i, i), else 0.
 *
 * @param shape    [out, in, ...kernel]
 * @param options  groups: each begins anew with its first channel. Default 1
 * @throws ShapeError  there is no kernel, or groups do not divide the outputs
 * @example
 * init.dirac([1, 1, 3]); // [[[0, 1, 0]]]
 */
export function dirac(
  shape: readonly number[],
  { groups = 1, dtype = "f32" }: { groups?: number; dtype?: FloatType } = {},
): Tensor {
  const [out, inputs, ...kernel] = shape as [number, number, ...number[]];
  if (kernel.length === 0 || out % groups !== 0) {
    throw new ShapeError(
      `init.dirac: takes [out, in, ...kernel] with outputs that ${groups} groups divide, not ${showShape(shape)}`,
    );
  }
  const channel = arange(out)
    .mod(out / groups)
    .unsqueeze(1)
    .equal(arange(inputs)); // [out, in]
  const taps = sizeOf(kernel);
  const centre = kernel.reduce((at, size) => at * size + Math.floor(size / 2), 0);
  const middle = arange(taps).equal(centre);
  return channel.unsqueeze(-1).logicalAnd(middle).cast(dtype).reshape(shape);
}

export interface OrthogonalOptions extends InitOptions {
  /** Factor of all lengths; see calculateGain. Default 1. */
  gain?: number;
}

/**
 * Rows (or columns, if there are fewer) that are orthogonal and of length `gain`.
 *
 * Uniform among all such matrices: normal rows, each freed of the ones before it (twice, for the
 * digits that the first time loses).
 *
 * @param shape    [out, in, ...kernel], seen as [out, in·kernel]
 * @param options  gain
 * @throws ShapeError  there are fewer than two axes
 * @cost    O(r²·c) for r rows of length c ≥ r, one row after the other
 * @source  Saxe, McClelland and Ganguli 2014, Exact Solutions to the Nonlinear Dynamics of Learning,
 *   §3. arXiv:1312.6120
 * @example
 * const Q = init.orthogonal([3, 3]);
 * Q.matmul(Q.T).round(); // [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
 */
export function orthogonal(
  shape: readonly number[],
  { gain = 1, dtype = "f32", generator }: OrthogonalOptions = {},
): Tensor {
  requireWithin("init.orthogonal", { gain });
  if (shape.length < 2) {
    throw new ShapeError(`init.orthogonal: needs two axes at least, not ${showShape(shape)}`);
  }
  const out = shape[0] as number;
  const width = sizeOf(shape.slice(1));
  const [rows, columns] = [Math.min(out, width), Math.max(out, width)];
  const drawn = randn([rows, columns], { dtype, generator });
  const at = arange(rows); // the place of each row
  const freed = (row: Tensor, done: Tensor): Tensor => row.sub(done.matmul(row).matmul(done));
  const [q] = scan(
    (done: Tensor, { row, place }: { row: Tensor; place: Tensor }) => {
      const rest = freed(freed(row, done), done);
      const unit = rest.div(rest.norm()); // [columns]
      return [unit.where(at.equal(place).unsqueeze(1), done), zeros([])] as const;
    },
    zeros([rows, columns], { dtype }),
    { row: drawn, place: at },
  );
  return (out > width ? q.T : q).mul(gain).reshape(shape);
}

export interface SparseOptions extends InitOptions {
  /** The share of zeros among the weights of each input, in [0, 1]. */
  sparsity: number;
  /** The standard deviation of the others. Default 0.01. */
  std?: number;
}

/**
 * Normal weights, of which a fixed share of each column is 0.
 *
 * @param shape    [out, in]
 * @param options  sparsity, std
 * @throws ArgumentError  sparsity is not in [0, 1]
 * @source  Martens 2010, Deep Learning via Hessian-Free Optimization, §5
 * @example
 * init.sparse([10, 3], { sparsity: 0.8 }).countNonZero(); // 6
 */
export function sparse(
  shape: readonly number[],
  { sparsity, std = 0.01, dtype = "f32", generator }: SparseOptions,
): Tensor {
  const [rows] = requireMatrix("sparse", shape);
  if (!(sparsity >= 0 && sparsity <= 1)) {
    throw new ArgumentError(`init.sparse: sparsity must lie in [0, 1], not ${sparsity}`);
  }
  requireWithin("init.sparse", { std }, { from: 0 });
  const weights = normal(shape, { std, dtype, generator });
  const order = rand(shape, { generator }).argSort({ axis: 0 }); // a permutation of each column
  return weights.where(order.greaterEqual(Math.ceil(sparsity * rows)), 0);
}

export interface VarianceTargetedOptions extends InitOptions {
  /** v*: of the product. Default 1. */
  variance?: number;
  /** n: how many such numbers are multiplied. */
  depth: number;
}

/**
 * Normal with variance v = (v*)^(1/n): the product of n of them, independent, has variance v*.
 *
 * @param shape
 * @param options  variance, depth
 * @throws ArgumentError  the variance is not positive, or the depth not a whole number from 1
 * @source  seed 002 §2.5.3, eq. (88)–(89)
 * @example
 * init.varianceTargeted([4, 4], { depth: 10 }).shape; // [4, 4]
 */
export function varianceTargeted(
  shape: readonly number[],
  { variance = 1, depth, dtype, generator }: VarianceTargetedOptions,
): Tensor {
  if (!(variance > 0) || !Number.isInteger(depth) || depth < 1) {
    throw new ArgumentError(
      `init.varianceTargeted: variance must be positive and depth a whole number from 1, not ${variance} and ${depth}`,
    );
  }
  return normal(shape, { dtype, generator, std: variance ** (1 / (2 * depth)) });
}

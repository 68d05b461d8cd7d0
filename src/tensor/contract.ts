// Products: matrices, vectors, and any sum over products of axes. All are contractions, so all take
// views as operands and share one family of kernels.

import * as ir from "../ir/build.ts";
import { ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { broadcastShapes, normalizeAxis, showShape } from "../ir/shape.ts";
import { requireTensor } from "./base.ts";
import { Order } from "./order.ts";
import type { Tensor } from "./tensor.ts";

export abstract class Contract extends Order {
  /**
   * x·y: the product of matrices, with NumPy's rules.
   *
   * Of two vectors the inner product; a vector on the left counts as a row, on the right as a
   * column. Axes before the last two are a batch and broadcast.
   *
   * @param other  [.., k, m] for this tensor's [.., n, k]
   * @returns     [.., n, m]
   * @throws ShapeError  the inner sizes or the batches do not fit
   * @cost    2·batch·n·k·m FLOP
   * @example
   * tensor([[1, 2]]).matmul(tensor([[3], [4]])); // [[11]]
   */
  matmul(other: Tensor): Tensor {
    requireTensor("matmul", other);
    return this.wrap(matmulNodes(this.node, other.node));
  }

  /** Σ xᵢ·yᵢ of two vectors. */
  dot(other: Tensor): Tensor {
    const [x, y] = [this.node, other.node];
    if (x.shape.length !== 1 || y.shape.length !== 1 || x.shape[0] !== y.shape[0]) {
      throw new ShapeError(
        `dot: needs two vectors of one length, not ${showShape(x.shape)} and ${showShape(y.shape)}; for matrices use matmul`,
      );
    }
    return this.wrap(ir.contract(x, [0], y, [0], []));
  }

  /** xᵢ·yⱼ of two vectors: [n] and [m] give [n, m]. */
  outer(other: Tensor): Tensor {
    const [x, y] = [this.node, other.node];
    if (x.shape.length !== 1 || y.shape.length !== 1) {
      throw new ShapeError(
        `outer: needs two vectors, not ${showShape(x.shape)} and ${showShape(y.shape)}; flatten them`,
      );
    }
    return this.wrap(ir.contract(x, [0], y, [1], [0, 1]));
  }

  /**
   * Σ over pairs of axes of x·y; the other axes of x, then those of y, remain.
   *
   * @param axes  how many: the last of this tensor with the first of the other (default 2); or the
   *   axes of each, paired in order
   */
  tensorDot(
    other: Tensor,
    axes: number | readonly [readonly number[], readonly number[]] = 2,
  ): Tensor {
    const [x, y] = [this.node, other.node];
    const [first, second] =
      typeof axes === "number"
        ? [Array.from({ length: axes }, (_, i) => i - axes), [...new Array(axes).keys()]]
        : axes;
    if (first.length !== second.length) {
      throw new ShapeError(`tensorDot: ${first.length} and ${second.length} axes cannot be paired`);
    }
    const a = x.shape.map((_, i) => i);
    const b = y.shape.map((_, i) => x.shape.length + i);
    first.forEach((axis, i) => {
      const to = normalizeAxis(axis, x.shape.length, "tensorDot");
      const from = normalizeAxis(second[i] as number, y.shape.length, "tensorDot");
      if (x.shape[to] !== y.shape[from]) {
        throw new ShapeError(
          `tensorDot: axis ${to} of ${showShape(x.shape)} and axis ${from} of ${showShape(y.shape)} differ (${x.shape[to]} ≠ ${y.shape[from]})`,
        );
      }
      b[from] = a[to] as number;
    });
    const out = [...a.filter((l) => !b.includes(l)), ...b.filter((l) => !a.includes(l))];
    return this.wrap(ir.contract(x, a, y, b, out));
  }
}

/** The way out of a matmul that does not fit, if one transposition makes it fit. */
function hint(x: readonly number[], y: readonly number[]): string {
  const inner = x[x.length - 1];
  if (y.length >= 2 && y[y.length - 1] === inner)
    return `. Did you mean ${y.length === 2 ? "y.T" : "y.mT"}?`;
  if (x.length >= 2 && y.length >= 2 && x[x.length - 2] === y[y.length - 2]) {
    return `. Did you mean ${x.length === 2 ? "x.T" : "x.mT"}?`;
  }
  return "";
}

export function matmulNodes(x: Node, y: Node): Node {
  const [a, b] = [x.shape, y.shape];
  if (a.length === 0 || b.length === 0) {
    throw new ShapeError(
      `matmul: needs vectors or matrices, not ${showShape(a)} and ${showShape(b)}; numbers multiply with mul`,
    );
  }
  const inner = a[a.length - 1] as number;
  const other = b[Math.max(0, b.length - 2)] as number;
  if (inner !== other) {
    throw new ShapeError(
      `matmul: inner sizes differ: ${showShape(a)} · ${showShape(b)} (${inner} ≠ ${other})${hint(a, b)}`,
    );
  }
  if (a.length === 2 && b.length === 2) return ir.contract(x, [1, 0], y, [0, 2], [1, 2]);
  const batch = broadcastShapes("matmul", a.slice(0, -2), b.slice(0, -2));
  // Labels: the batch from 0, then k, n and m. A batch axis of size 1 that broadcasts is dropped.
  const [k, n, m] = [batch.length, batch.length + 1, batch.length + 2];
  const own = (node: Node, last: readonly number[]): [Node, number[]] => {
    const count = Math.max(0, node.shape.length - 2);
    const skip = batch.length - count;
    const kept = node.shape.slice(0, count).map((d, i) => d === batch[skip + i]);
    const labels = kept.flatMap((keep, i) => (keep ? [skip + i] : []));
    const sizes = [
      ...node.shape.slice(0, count).filter((_, i) => kept[i]),
      ...node.shape.slice(count),
    ];
    return [ir.reshape(node, sizes), [...labels, ...last]];
  };
  const [left, leftLabels] = own(x, a.length === 1 ? [k] : [n, k]);
  const [right, rightLabels] = own(y, b.length === 1 ? [k] : [k, m]);
  const out = [...batch.keys(), ...(a.length === 1 ? [] : [n]), ...(b.length === 1 ? [] : [m])];
  return ir.contract(left, leftLabels, right, rightLabels, out);
}

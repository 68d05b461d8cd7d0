// For each element along some axes, the product of all the others: the derivative of a product.
//
// Dividing the product by the element fails at zeros, and patching zeros fails at the second
// derivative. A tree of pairwise products has neither problem: upwards each node multiplies its two
// halves, downwards each half gets what its parent got times its sibling. Only multiplications, so
// every order of derivative is right; 3n of them, in 2·log n passes.

import { constant, expand, flip, mul, pad, permute, reshape, sliceAxis } from "../ir/build.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";

/**
 * out[i] = ∏ x[j] over j ≠ i along `axes`
 *
 * @param x     numbers, of any shape
 * @param axes  the axes of the product, ascending
 * @returns     of the shape of x
 */
export function productOfOthers(x: Node, axes: readonly number[]): Node {
  const order = [...x.shape.keys()].sort((a, b) => +axes.includes(a) - +axes.includes(b) || a - b);
  const moved = permute(x, order);
  const length = sizeOf(axes.map((a) => x.shape[a] as number));
  const rows = sizeOf(x.shape.filter((_, i) => !axes.includes(i)));
  let width = 1;
  while (width < length) width *= 2;

  let level = pad(reshape(moved, [rows, length]), [0, 0], [0, width - length], { value: 1 });
  const pairs: Node[] = [];
  while (width > 1) {
    width /= 2;
    const pair = reshape(level, [rows, width, 2]);
    pairs.push(pair);
    const half = (k: number): Node => reshape(sliceAxis(pair, 2, k, k + 1), [rows, width]);
    level = mul(half(0), half(1));
  }

  let others: Node = constant(1, x.dtype, [rows, 1]);
  for (const pair of pairs.reverse()) {
    others = mul(expand(reshape(others, [rows, width, 1]), [rows, width, 2]), flip(pair, [2]));
    width *= 2;
    others = reshape(others, [rows, width]);
  }
  const back = order.map((_, axis) => order.indexOf(axis));
  return permute(reshape(sliceAxis(others, 1, 0, length), moved.shape), back);
}

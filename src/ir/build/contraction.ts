// Einsum over two operands: products summed over labels.

import { accumulate, promote } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { makeNode, type Node } from "../node.ts";
import { showShape } from "../shape.ts";
import { reduce } from "./axes.ts";
import { cast } from "./elementwise.ts";

/** Einsum over two operands; labels are small integers, one an axis. */
export function contract(
  a: Node,
  aLabels: readonly number[],
  b: Node,
  bLabels: readonly number[],
  out: readonly number[],
): Node {
  const sizes = new Map<number, number>();
  for (const [x, labels] of [
    [a, aLabels],
    [b, bLabels],
  ] as const) {
    if (labels.length !== x.shape.length || new Set(labels).size !== labels.length) {
      throw new ShapeError(
        `contract: ${labels.length} distinct labels needed for ${showShape(x.shape)}`,
      );
    }
    labels.forEach((label, i) => {
      const size = x.shape[i] as number;
      const known = sizes.get(label);
      if (known !== undefined && known !== size) {
        throw new ShapeError(
          `contract: sizes of an axis differ: ${showShape(a.shape)} and ${showShape(b.shape)} (${known} ≠ ${size})`,
        );
      }
      sizes.set(label, size);
    });
  }
  const keepOf = (
    x: Node,
    labels: readonly number[],
    other: readonly number[],
  ): [Node, number[]] => {
    const lonely = labels.flatMap((l, i) => (other.includes(l) || out.includes(l) ? [] : [i]));
    return [reduce(x, "add", lonely), labels.filter((_, i) => !lonely.includes(i))];
  };
  const dtype = accumulate(promote(a.dtype, b.dtype));
  const [x, xLabels] = keepOf(cast(a, dtype), aLabels, bLabels);
  const [y, yLabels] = keepOf(cast(b, dtype), bLabels, aLabels);
  const shape = out.map((l) => {
    const size = sizes.get(l);
    if (size === undefined)
      throw new ShapeError(`contract: label ${l} of the result stands in no operand`);
    return size;
  });
  return makeNode("contract", [x, y], { a: xLabels, b: yLabels, out: [...out] }, shape, dtype);
}

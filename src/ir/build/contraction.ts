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
  checkLabels(a, aLabels);
  checkLabels(b, bLabels);
  const shape: number[] = [];
  for (const label of out) {
    const size = sizeAt(a, aLabels, label) ?? sizeAt(b, bLabels, label);
    if (size === undefined)
      throw new ShapeError(`contract: label ${label} of the result stands in no operand`);
    shape.push(size);
  }
  for (const label of aLabels) {
    const [known, size] = [sizeAt(a, aLabels, label), sizeAt(b, bLabels, label)];
    if (size === undefined || size === known) continue;
    throw new ShapeError(
      `contract: sizes of an axis differ: ${showShape(a.shape)} and ${showShape(b.shape)} (${known} ≠ ${size})`,
    );
  }
  const dtype = accumulate(promote(a.dtype, b.dtype));
  // A label of one operand alone is summed before.
  const isShared = (l: number): boolean => aLabels.includes(l) && bLabels.includes(l);
  const isKept = (l: number): boolean => out.includes(l) || isShared(l);
  const x = sumOthers(cast(a, dtype), aLabels, isKept);
  const y = sumOthers(cast(b, dtype), bLabels, isKept);
  const arg = { a: aLabels.filter(isKept), b: bLabels.filter(isKept), out: [...out] };
  return makeNode("contract", [x, y], arg, shape, dtype);
}

function checkLabels(x: Node, labels: readonly number[]): void {
  const distinct = labels.every((label, i) => labels.indexOf(label) === i);
  if (distinct && labels.length === x.shape.length) return;
  throw new ShapeError(
    `contract: ${x.shape.length} distinct labels needed for ${showShape(x.shape)}`,
  );
}

function sizeAt(x: Node, labels: readonly number[], label: number): number | undefined {
  const at = labels.indexOf(label);
  return at < 0 ? undefined : x.shape[at];
}

function sumOthers(x: Node, labels: readonly number[], isKept: (label: number) => boolean): Node {
  if (labels.every(isKept)) return x;
  const axes = labels.flatMap((label, i) => (isKept(label) ? [] : [i]));
  return reduce(x, "add", axes);
}

// The memory of one element, asked for ahead; and whether that of its neighbours follows.

import type { Node } from "../../ir/node.ts";
import {
  type Axis,
  constantIndex,
  factorOf,
  type Index,
  plus,
  rangeOf,
  withoutConstant,
} from "../affine.ts";
import type { Emission } from "../emission.ts";

/** Ask for the memory of an element that will be loaded. */
export function prefetchLoad(emission: Emission, source: Node, index: Index): void {
  const { low } = rangeOf(index);
  const buffer = emission.builder.reads(source, low);
  const at = emission.address(plus(index, constantIndex(-low)));
  emission.builder.prefetch(buffer, at);
}

/** Ask for the memory where an element will be stored. */
export function prefetchStore(emission: Emission, node: Node, index: Index): void {
  const buffer = emission.builder.writes(node, index.constant);
  emission.builder.prefetch(buffer, emission.address(withoutConstant(index)), { write: true });
}

/** Whether an index moves through memory step by step along an axis, and can be told without reading. */
export const isRun = (index: Index, axis: Axis): boolean =>
  factorOf(index, axis) === 1 && index.terms.every((t) => t.atom.kind === "axis");

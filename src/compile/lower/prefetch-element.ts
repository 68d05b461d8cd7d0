// The memory of one element, asked for ahead.

import type { Node } from "../../ir/node.ts";
import { constantIndex, type Index, plus, rangeOf, withoutConstant } from "../affine.ts";
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

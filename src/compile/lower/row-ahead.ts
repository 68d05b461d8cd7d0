// Rows that several passes go over wait for memory in the first and for arithmetic in the next: while
// that one computes, what the first pass reads of the row after can come.

import { bytesOf } from "../../ir/dtype.ts";
import type { Node } from "../../ir/node.ts";
import { factorOf, type Index, indexOf } from "../affine.ts";
import type { Emission } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { readsOf } from "../expression-walk.ts";
import type { Loop } from "./loops.ts";
import { prefetchLoad } from "./prefetch-element.ts";

/** Bytes of a row from which it is worth asking, and up to which it is still there when it is needed. */
const shortestRow = 1024;
const longestRow = 65536;
/** Bytes of a line of memory, on most machines. */
const lineBytes = 64;

/**
 * What asks, where a vector of a row stands, for its like in the next row; undefined if the first pass
 * reads no memory that goes along with the rows.
 */
export function rowAhead(
  emission: Emission,
  far: Loop,
  row: Loop,
  firstPass: readonly Expression[],
): (() => void) | undefined {
  const follows = (node: Node, index: Index): boolean => {
    const bytes = row.extent * bytesOf(node.dtype);
    return (
      factorOf(index, far.axis) !== 0 &&
      Math.abs(factorOf(index, row.axis)) === 1 &&
      index.terms.every((t) => t.atom.kind === "axis") &&
      shortestRow <= bytes &&
      bytes <= longestRow
    );
  };
  const loads = [...readsOf(firstPass)].flatMap(([node, indices]) =>
    indices.filter((index) => follows(node, index)).map((index) => ({ node, index })),
  );
  if (loads.length === 0) return undefined;
  const { add } = emission.builder.index;
  return () => {
    emission.aside(() => {
      emission.place(far.axis, add(emission.address(indexOf(far.axis)), 1));
      const here = emission.address(indexOf(row.axis));
      for (const { node, index } of loads) {
        const each = lineBytes / bytesOf(node.dtype);
        for (let ahead = 0; ahead < emission.builder.lanes; ahead += each) {
          emission.place(row.axis, add(here, ahead));
          prefetchLoad(emission, node, index);
        }
      }
    });
  };
}

// Rows that several passes go over wait for memory in the first and for arithmetic in the next: while
// that one computes, what the first pass reads of the row after can come.

import { bytesOf } from "../../ir/dtype.ts";
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
 * reads no memory that goes along with the rows. The length of a row changes no kernel: where it is not
 * worth asking, a number of the launch says so.
 */
export function rowAhead(
  emission: Emission,
  far: Loop,
  row: Loop,
  firstPass: readonly Expression[],
): (() => void) | undefined {
  const follows = (index: Index): boolean =>
    factorOf(index, far.axis) !== 0 &&
    factorOf(index, row.axis) === 1 &&
    index.terms.every((t) => t.atom.kind === "axis");
  const loads = [...readsOf(firstPass)].flatMap(([node, indices]) =>
    indices.filter(follows).map((index) => ({ node, index, size: bytesOf(node.dtype) })),
  );
  if (loads.length === 0) return undefined;
  const b = emission.builder;
  const bytes = row.extent * Math.max(...loads.map(({ size }) => size));
  const isWorthIt = shortestRow <= bytes && bytes <= longestRow;
  return () => {
    const rows = b.int(isWorthIt ? 1 : 0, "rowsAhead");
    emission.aside(() => {
      emission.place(far.axis, b.index.add(emission.address(indexOf(far.axis)), rows));
      const here = emission.address(indexOf(row.axis));
      for (const { node, index, size } of loads) {
        for (let ahead = 0; ahead < b.lanes; ahead += lineBytes / size) {
          emission.place(row.axis, b.index.add(here, ahead));
          prefetchLoad(emission, node, index);
        }
      }
    });
  };
}

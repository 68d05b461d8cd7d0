// Rows that several passes go over wait for memory in the first and for arithmetic in the next: while
// that one computes, what the first pass reads of the row after can come.

import { bytesOf } from "../../ir/dtype.ts";
import type { Node } from "../../ir/node.ts";
import { factorOf, type Index, indexOf } from "../affine.ts";
import type { Emission } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { readsOf } from "../expression-walk.ts";
import type { Loop } from "./loops.ts";
import { isRun, prefetchLoad } from "./prefetch-element.ts";

/** Bytes of a row from which it is worth asking, and up to which it is still there when it is needed. */
const shortestRow = 1024;
const longestRow = 65536;
/** Bytes of a line of memory, on most machines. */
const lineBytes = 64;

/**
 * What asks, where a vector of a row stands, for what the first pass reads in its place of the next row;
 * undefined where there is no next one. The length of a row changes no kernel: where it is not worth
 * asking, a number of the launch says so.
 */
export function rowAhead(
  emission: Emission,
  far: Loop | undefined,
  row: Loop | undefined,
  firstPass: readonly Expression[],
): (() => void) | undefined {
  if (!far || !row) return undefined;
  const b = emission.builder;
  const follows = (index: Index): boolean =>
    factorOf(index, far.axis) !== 0 && isRun(index, row.axis);
  const ask = (node: Node, index: Index): void => {
    const size = bytesOf(node.dtype);
    const bytes = row.extent * size;
    const isWorthIt = shortestRow <= bytes && bytes <= longestRow;
    const next = b.int(isWorthIt ? 1 : 0, `next${size}`);
    emission.aside(() => {
      emission.place(far.axis, b.index.add(emission.address(indexOf(far.axis)), next));
      const here = emission.address(indexOf(row.axis));
      for (let ahead = 0; ahead < b.lanes; ahead += lineBytes / size) {
        emission.place(row.axis, b.index.add(here, ahead));
        prefetchLoad(emission, node, index);
      }
    });
  };
  const reads = readsOf(firstPass);
  return () => {
    for (const [node, indices] of reads)
      for (const index of indices.filter(follows)) ask(node, index);
  };
}

// How the tiles of a convolution are walked: panels of rows of a few heights, and as many vectors of
// columns as there are left. A kernel has code for each; a launch says where which is taken.

import type { Atom } from "../../ir/kernel.ts";
import type { Emission } from "../emission.ts";
import { literal } from "../math.ts";
import type { ConvolutionPlan } from "./convolution-plan.ts";

/** Tall panels of rows as far as they pay, then lower ones. */
export function eachPanel(
  emission: Emission,
  { heights }: ConvolutionPlan,
  rows: Atom,
  body: (row: Atom, height: number) => void,
): void {
  const b = emission.builder;
  const { add, sub, mul, div, max } = b.index;
  let from: Atom = literal("index", 0);
  heights.forEach((height, i) => {
    const lower = heights[i + 1] ?? 0;
    const left = max(sub(rows, from), 0);
    const panels = div(add(left, height - 1 - lower), height);
    const to = add(from, mul(panels, height));
    b.loop(from, to, height, (row) => body(row, height));
    from = to;
  });
}

/** Code for tiles of each width: the last tile of columns may have fewer vectors than the others. */
export function eachWidth(
  emission: Emission,
  { vectors: [wide, narrow] }: ConvolutionPlan,
  isLastTile: () => Atom,
  body: (vectors: number) => void,
): void {
  const b = emission.builder;
  if (narrow === undefined) {
    body(wide as number);
    return;
  }
  const isLast = isLastTile();
  b.when(isLast, () => body(narrow));
  b.when(b.compute("not", "bool", isLast), () => body(wide as number));
}

// Rows in panels of a few heights: a kernel has code for each height, and a launch says how many
// panels there are of each, the highest first. So any number of rows is covered at little waste.

import type { Atom } from "../../ir/kernel.ts";
import type { KernelBuilder } from "../builder.ts";
import { literal } from "../math.ts";

export interface Panels {
  readonly heights: readonly number[];
  /** How many there are of each height, and in all. */
  readonly counts: readonly number[];
  readonly count: number;
}

/**
 * Panels that cover the rows at the least cost: one costs its height, whether rows fill it or not,
 * and a little for itself.
 */
export function cutRows(rows: number, heights: readonly number[]): Panels {
  const [tall, ...lower] = heights as [number, ...number[]];
  let best: readonly number[] = [];
  let least = Infinity;
  const choose = (counts: readonly number[]): void => {
    const height = lower[counts.length];
    if (height !== undefined) {
      for (let n = 0; n * height < 2 * tall; n++) choose([...counts, n]);
      return;
    }
    const covered = counts.reduce((sum, n, i) => sum + n * (lower[i] as number), 0);
    const all = [Math.max(0, Math.ceil((rows - covered) / tall)), ...counts];
    const cost = all.reduce((sum, n, i) => sum + n * ((heights[i] as number) + 0.5), 0);
    if (cost < least) [least, best] = [cost, all];
  };
  choose([]);
  return { heights, counts: best, count: best.reduce((n, c) => n + c, 0) };
}

const countOf = (b: KernelBuilder, panels: Panels, at: number): Atom =>
  b.int(panels.counts[at] as number, `panels${at}`);

/** The row that a panel begins with. */
export function firstRow(b: KernelBuilder, panels: Panels, panel: Atom): Atom {
  const { add, sub, mul, min, max } = b.index;
  let row: Atom = literal("index", 0);
  let rest = panel;
  panels.heights.forEach((height, at) => {
    const count = countOf(b, panels, at);
    row = add(row, mul(min(rest, count), height));
    rest = max(sub(rest, count), 0);
  });
  return row;
}

/** Write code for each height, to run if the panel has it. */
export function eachHeight(
  b: KernelBuilder,
  panels: Panels,
  panel: Atom,
  body: (height: number) => void,
): void {
  const { add, less } = b.index;
  let end: Atom = literal("index", 0);
  let above: Atom | undefined;
  panels.heights.forEach((height, at) => {
    end = add(end, countOf(b, panels, at));
    const within = less(panel, end);
    const has = above ? b.compute("and", "bool", above, within) : within;
    above = b.compute("not", "bool", within);
    b.when(has, () => body(height));
  });
}

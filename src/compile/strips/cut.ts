// A job's leading loops cut into strips: runs of their turns, equally many each. What a strip writes of
// a value lies together if the value's memory follows the loops.

import { type Axis, dependsOn, type Index } from "../affine.ts";
import type { Leading } from "../lower/lowered-job.ts";

/** What a strip is of a loop: so many turns, a strip further on so many later. */
interface Part {
  readonly axis: Axis;
  readonly turns: number;
  /** Strips along the axis. */
  readonly strips: number;
}

export interface Cut {
  readonly parts: readonly Part[];
  /** Turns of all the loops in a strip. */
  readonly turns: number;
}

/** The loops in so many strips; undefined where they do not come apart so. */
export function cutInto({ axes }: Leading, strips: number): Cut | undefined {
  const parts: Part[] = [];
  let [rest, turns] = [strips, 1];
  for (const axis of axes) {
    const here = rest % axis.extent === 0 ? axis.extent : rest;
    if (here === 0 || axis.extent % here !== 0) return undefined;
    if (here > 1) parts.push({ axis, turns: axis.extent / here, strips: here });
    rest /= here;
    turns *= axis.extent / here;
  }
  return rest === 1 ? { parts, turns } : undefined;
}

/** Whether an index into memory stays, in each strip, in the strip's own stretch of so many elements. */
export function staysInStrip(index: Index, { parts }: Cut, stretch: number): boolean {
  let [low, high] = [index.constant, index.constant];
  const left = new Map(parts.map((part) => [part.axis, part]));
  for (const { atom, factor } of index.terms) {
    const part = atom.kind === "axis" ? left.get(atom) : undefined;
    const own: Index = { terms: [{ atom, factor: 1 }], constant: 0 };
    if (!part && parts.some(({ axis }) => dependsOn(own, axis))) return false;
    const reach = factor * ((part?.turns ?? atom.extent) - 1);
    low += Math.min(0, reach);
    high += Math.max(0, reach);
  }
  if (low < 0 || high >= stretch) return false;
  let step = stretch;
  for (const { axis, turns, strips } of parts.toReversed()) {
    const factor = index.terms.find(({ atom }) => atom === axis)?.factor ?? 0;
    if (factor * turns !== step) return false;
    step *= strips;
  }
  return true;
}

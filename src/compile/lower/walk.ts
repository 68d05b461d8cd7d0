// A walk: several axes as one counter, the last running fastest, for code that reads or writes at
// certain indices. Neighbours that those indices walk as one are one loop; what is left is told from
// the counter by division, or avoided by going run by run of the last loop.

import type { Atom } from "../../ir/kernel.ts";
import type { Axis, Index } from "../affine.ts";
import type { Emission } from "../emission.ts";
import { type Loop, mergeAxes, sizeOfLoops } from "./loops.ts";

export interface Walk {
  /** What the launch arguments of this walk are called. */
  readonly name: string;
  readonly loops: readonly Loop[];
  /** Axes that need no loop. */
  readonly still: readonly Axis[];
  /** How far the counter goes. */
  readonly size: number;
}

export function walkOf(axes: readonly Axis[], indices: readonly Index[], name: string): Walk {
  const { loops, still } = mergeAxes(axes, indices);
  return { name, loops, still, size: sizeOfLoops(loops) };
}

/** The axis that runs fastest. */
export const lastAxis = ({ loops }: Walk): Axis | undefined => loops[loops.length - 1]?.axis;

const extentOf = (emission: Emission, walk: Walk, at: number): Atom =>
  emission.builder.int((walk.loops[at] as Loop).extent, `x${walk.name}${at}`);

/** Place all axes where the counter stands. */
export function placeAt(emission: Emission, walk: Walk, counter: Atom): void {
  placeOuter(emission, walk, walk.loops.length, counter);
}

/** Place the first `count` loops and what needs none. */
function placeOuter(emission: Emission, walk: Walk, count: number, counter: Atom): void {
  const { div, mod } = emission.builder.index;
  for (const axis of walk.still) emission.place(axis, 0);
  let rest = counter;
  for (let at = count - 1; at >= 0; at--) {
    const { axis } = walk.loops[at] as Loop;
    if (at === 0) emission.place(axis, rest);
    else {
      const extent = extentOf(emission, walk, at);
      emission.place(axis, mod(rest, extent));
      rest = div(rest, extent);
    }
  }
}

/**
 * The stretches of [from, to) in which only the last axis moves: `body` gets where one begins and
 * ends, and what to take from the counter to have that axis's place.
 */
export function eachRun(
  emission: Emission,
  walk: Walk,
  [from, to]: readonly [Atom, Atom],
  body: (start: Atom, stop: Atom, shift: Atom | 0) => void,
): void {
  const b = emission.builder;
  const { add, sub, mul, div, min, max } = b.index;
  const last = walk.loops.length - 1;
  if (last <= 0) {
    placeOuter(emission, walk, 0, from);
    body(from, to, 0);
    return;
  }
  const run = extentOf(emission, walk, last);
  b.loop(div(from, run), div(add(to, sub(run, 1)), run), 1, (r) => {
    placeOuter(emission, walk, last, r);
    const shift = mul(r, run);
    body(max(from, shift), min(to, add(shift, run)), shift);
  });
}

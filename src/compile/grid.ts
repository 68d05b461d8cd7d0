// The axes of a shape as loops. A reshape may cut an axis where memory does not: then the axis
// becomes two loops and the work begins again, until every index is a plain sum of loops.

import { CompileError } from "../ir/errors.ts";
import { type Axis, combine, type Index, type IndexSpace, SplitAxis } from "./affine.ts";

export interface Grid {
  /** An index for each axis of the shape. */
  readonly at: readonly Index[];
  /** The loops of all axes of the shape, or of some. */
  loops(which?: (axis: number) => boolean): Axis[];
}

/** How often axes may be cut: a chain of reshapes needs few. */
const mostAttempts = 32;

/** What `make` returns on the coarsest grid it accepts; it asks for its grid once, in its own space. */
export function withGrid<T>(
  shape: readonly number[],
  make: (gridIn: (space: IndexSpace) => Grid) => T,
  giveUp: () => T = tooOften,
): T {
  let extents: readonly (readonly number[])[] = shape.map((d) => [d]);
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    let axes: readonly (readonly Axis[])[] = [];
    try {
      return make((space) => {
        axes = extents.map((parts) => parts.map((d) => space.axis(d)));
        return gridOf(axes);
      });
    } catch (error) {
      if (!(error instanceof SplitAxis)) throw error;
      if (!axes.some((parts) => parts.includes(error.axis)))
        throw new CompileError("an axis to split is not of this kernel");
      extents = axes.map((parts) => parts.flatMap((axis) => cut(axis, error)));
    }
  }
  return giveUp();
}

function tooOften(): never {
  throw new CompileError("axes were split too often");
}

const cut = (axis: Axis, split: SplitAxis): number[] =>
  axis === split.axis ? [axis.extent / split.inner, split.inner] : [axis.extent];

const gridOf = (axes: readonly (readonly Axis[])[]): Grid => ({
  at: axes.map(combine),
  loops: (which = () => true) => axes.flatMap((parts, i) => (which(i) ? parts : [])),
});

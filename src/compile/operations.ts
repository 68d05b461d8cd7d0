// How much arithmetic some expressions are on paper: every value of every expression once, however
// many others use it.

import type { Axis } from "./affine.ts";
import type { Expression } from "./expression.ts";
import { walk } from "./expression-walk.ts";
import { operationCost } from "./operation-cost.ts";

/** Operations that it takes to make all values of the roots, along all the axes they change along. */
export function operationsOf(roots: readonly Expression[]): number {
  let sum = 0;
  const reduced = new Set<number>();
  walk(roots, (e) => {
    if (e.kind === "operation") sum += operationCost[e.op] * valuesAlong(e.axes);
    else if (e.kind === "reduced" && !reduced.has(e.reduction.id)) {
      const { id, body, inner } = e.reduction;
      reduced.add(id);
      sum += valuesAlong(new Set([...body.axes, ...inner]));
    }
  });
  return sum;
}

const valuesAlong = (axes: Iterable<Axis>): number =>
  [...axes].reduce((product, axis) => product * axis.extent, 1);

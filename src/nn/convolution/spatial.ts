// Options of layers over places: one number for every axis, or one each.

import { ShapeError } from "../../ir/errors.ts";
import type { Spatial } from "../../tensor/convolution.ts";

/** A whole number of at least `least`, or throws with the names of layer and argument. */
export function wholeNumber(layer: string, argument: string, value: number, least = 1): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ShapeError(
    `${layer}: ${argument} must be a whole number ≥ ${least}, not ${String(value)}`,
  );
}

/** The value for each of the axes. */
export function eachAxis(
  layer: string,
  argument: string,
  value: Spatial,
  rank: number,
  least = 1,
): readonly number[] {
  const list = typeof value === "number" ? new Array<number>(rank).fill(value) : value;
  if (list.length !== rank) {
    throw new ShapeError(
      `${layer}: ${argument} must be one number or ${rank}, one an axis, not ${list.length}`,
    );
  }
  for (const one of list) wholeNumber(layer, argument, one, least);
  return list;
}

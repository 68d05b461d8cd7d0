// Normalisation over the last axes of each example: which they are, and that an input has them.

import { ShapeError } from "../../ir/errors.ts";
import { requireSizes, requireSome } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equalShapes, showShape } from "../shape.ts";

/** The shape of what is normalised; one number is that of one axis. */
export function requireShape(
  layer: string,
  normalizedShape: number | readonly number[],
): readonly number[] {
  requireSizes(layer, { normalizedShape });
  const shape = typeof normalizedShape === "number" ? [normalizedShape] : [...normalizedShape];
  requireSome(layer, { normalizedShape: shape });
  return shape;
}

/** The last axes of x, which must be of this shape. */
export function lastAxes(layer: string, x: Tensor, shape: readonly number[]): number[] {
  const first = x.rank - shape.length;
  if (first < 0 || !equalShapes(x.shape.slice(first), shape)) {
    throw new ShapeError(
      `${layer}: the last axes of the input must be ${showShape(shape)}, not ${showShape(x.shape)}`,
    );
  }
  return shape.map((_, i) => first + i);
}

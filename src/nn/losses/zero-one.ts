// The zero–one loss: what is wanted in the end, and no use for descent, since its derivative is 0
// wherever there is one. Surrogates such as crossEntropy are minimised in its place.

import { ShapeError } from "../../ir/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equalShapes, showShape } from "../shape.ts";
import { type LossOptions, reduced, requireOptions } from "./loss.ts";

/**
 * 1[ŷ ≠ y].
 *
 * @param x        predicted labels of the shape of y; or scores [batch, classes, ...], of which the
 *   first largest is the prediction
 * @param y        labels [batch, ...]
 * @param options  reduction; "mean" is the share of errors
 * @returns        f32
 * @throws ShapeError  the shapes do not fit
 * @source  seed 002 §2.3; 003 §Optimization
 * @example
 * zeroOneLoss(tensor([[0, 1], [2, 0]]), tensor([1, 1], { dtype: "i32" })); // 0.5
 */
export function zeroOneLoss(x: Tensor, y: Tensor, { reduction }: LossOptions = {}): Tensor {
  requireOptions("zeroOneLoss", { reduction });
  if (equalShapes(x.shape, y.shape)) return reduced(x.notEqual(y).cast("f32"), reduction);
  const axis = x.rank === 1 ? 0 : 1;
  if (
    !equalShapes(
      x.shape.filter((_, i) => i !== axis),
      y.shape,
    )
  ) {
    throw new ShapeError(
      `zeroOneLoss: labels ${showShape(y.shape)} take predictions of that shape or scores with an axis of classes more, not ${showShape(x.shape)}`,
    );
  }
  return reduced(x.argMax({ axis }).notEqual(y).cast("f32"), reduction);
}

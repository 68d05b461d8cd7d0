// Likelihood of sequences: the log-probability of a whole is the sum of those of its steps, each given
// what came before; steps of padding do not count.

import { ArgumentError, ShapeError } from "../../ir/errors.ts";
import { arange } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equalShapes, showShape } from "../shape.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { type LossOptions, reduced, requireOptions } from "./loss.ts";

/** Options of sequenceNllLoss. */
export interface SequenceNLLOptions extends LossOptions {
  /** [batch] integers: the steps of each sequence; those after it are padding. Default: all */
  lengths?: Tensor;
  /** bool [batch, time]: the steps that count. Default: all */
  mask?: Tensor;
}

/**
 * −Σₜ log p(yₜ ∣ x₁ … xₜ): the sum of the cross-entropies of the steps.
 *
 * @param x        logits [batch, time, classes]
 * @param y        integer labels [batch, time]; where nothing counts, any number. A label −100 does not
 *   count either, as of crossEntropy
 * @param options  lengths or mask; reduction, over the sequences
 * @returns        nats per sequence
 * @throws ShapeError  the shapes do not fit
 * @throws ArgumentError   both lengths and a mask
 * @throws IndexError  on reading, if the label of a step that counts is no class
 * @source  seed 002 §2.5.1, eq. (10.12)–(10.14)
 * @example
 * sequenceNllLoss(zeros([1, 3, 2]), zeros([1, 3], { dtype: "i32" })); // 3 log 2
 */
export function sequenceNllLoss(
  x: Tensor,
  y: Tensor,
  { lengths, mask, reduction }: SequenceNLLOptions = {},
): Tensor {
  requireOptions("sequenceNllLoss", { reduction });
  if (x.rank !== 3 || !equalShapes(x.shape.slice(0, 2), y.shape)) {
    throw new ShapeError(
      `sequenceNllLoss: takes logits [batch, time, classes] and labels [batch, time], not ${showShape(x.shape)} and ${showShape(y.shape)}`,
    );
  }
  if (lengths !== undefined && mask !== undefined) {
    throw new ArgumentError("sequenceNllLoss: lengths and a mask say the same; give one of them");
  }
  const counts = lengths === undefined ? mask : stepsBefore(lengths, y);
  if (counts !== undefined && !equalShapes(counts.shape, y.shape)) {
    throw new ShapeError(
      `sequenceNllLoss: the mask must be ${showShape(y.shape)}, not ${showShape(counts.shape)}`,
    );
  }
  // Padding reads class 0 and is masked afterwards, so that a step that counts is checked whatever it is.
  const labels = counts === undefined ? y.cast("i32") : y.cast("i32").where(counts, 0);
  const steps = crossEntropy(x.swapAxes(1, 2), labels, { reduction: "none" }); // [batch, time]
  const counted = counts === undefined ? steps : steps.where(counts, 0);
  return reduced(counted.sum({ axis: 1 }), reduction);
}

/** Which steps come before the ends: bool [batch, time]. */
function stepsBefore(lengths: Tensor, y: Tensor): Tensor {
  const [batch, time] = y.shape as [number, number];
  if (equalShapes(lengths.shape, [batch])) return arange(time).less(lengths.unsqueeze(1));
  throw new ShapeError(
    `sequenceNllLoss: lengths must be [${batch}], one for each sequence, not ${showShape(lengths.shape)}`,
  );
}

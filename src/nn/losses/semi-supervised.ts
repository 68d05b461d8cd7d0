// Semi-supervised learning with a generative model: an example without a label still has a likelihood,
// that of all labels that it might have. So the model also has to account for where such points lie.

import { isFloat } from "../../ir/dtype.ts";
import { DTypeError, ShapeError } from "../../ir/errors.ts";
import { requireWhole, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equalShapes, showShape } from "../shape.ts";
import { nllLoss } from "./cross-entropy.ts";
import { type LossOptions, reduced, requireOptions } from "./loss.ts";

/** Options of semiSupervisedNllLoss. */
export interface SemiSupervisedOptions extends LossOptions {
  /** What stands for a label that is not known: no class. Default −1. */
  unlabelled?: number;
  /** λ ≥ 0: how much an example without a label counts. Default 1. */
  weight?: number;
}

/**
 * −log p(x, y) of examples with a label, and −λ·log p(x) = −λ·log Σ p(x, c) of those without.
 *
 * @param x        log p(x, c) of a model, for each class c: [batch, classes]
 * @param y        integer labels [batch], some of them unlabelled
 * @param options  unlabelled; weight λ; reduction
 * @returns        nats per example
 * @throws ShapeError  the shapes do not fit
 * @throws DTypeError  the labels are not integers
 * @throws IndexError  on reading, if a label is no class
 * @source  seed 003 §Semi-supervised learning; Nigam et al. 2000, Text Classification from Labeled and
 *   Unlabeled Documents using EM
 * @example
 * const joint = tensor([[0.125, 0.375]]).log();
 * semiSupervisedNllLoss(joint, tensor([-1], { dtype: "i32" })); // log 2
 */
export function semiSupervisedNllLoss(
  x: Tensor,
  y: Tensor,
  { unlabelled = -1, weight = 1, reduction }: SemiSupervisedOptions = {},
): Tensor {
  requireOptions("semiSupervisedNllLoss", { reduction });
  requireWhole("semiSupervisedNllLoss", { unlabelled });
  requireWithin("semiSupervisedNllLoss", { weight }, { from: 0 });
  if (x.rank !== 2 || !equalShapes(y.shape, x.shape.slice(0, 1))) {
    throw new ShapeError(
      `semiSupervisedNllLoss: takes log-probabilities [batch, classes] and labels [batch], not ${showShape(x.shape)} and ${showShape(y.shape)}`,
    );
  }
  if (isFloat(y.dtype) || y.dtype === "bool") {
    throw new DTypeError(`semiSupervisedNllLoss: labels must be integers, not ${y.dtype}`);
  }
  const known = nllLoss(x, y, { ignoreIndex: unlabelled, reduction: "none" });
  const unknown = x.logSumExp({ axis: 1 }).mul(-weight);
  return reduced(known.where(y.notEqual(unlabelled), unknown), reduction);
}

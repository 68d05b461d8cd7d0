// Losses: functions from predictions and targets to one number to make small. Semantics, options and
// reductions are PyTorch's; shapes must agree exactly, because a loss that broadcasts is a mistake.

import { isFloat } from "../ir/dtype.ts";
import { DTypeError, ShapeError } from "../ir/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { equalShapes, showShape } from "./shape.ts";

/** "mean" (default), "sum", or "none" for every single loss. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  /** Default "mean". */
  reduction?: Reduction;
}

function reduced(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === "none") return losses;
  return reduction === "sum" ? losses.sum() : losses.mean();
}

function requireEqual(operation: string, x: Tensor, target: Tensor): void {
  if (equalShapes(x.shape, target.shape)) return;
  throw new ShapeError(
    `${operation}: predictions ${showShape(x.shape)} and targets ${showShape(target.shape)} must have one shape; reshape or unsqueeze one of them`,
  );
}

/**
 * (x − y)².
 *
 * @param x, y     of one shape
 * @param options  reduction
 */
export function mseLoss(x: Tensor, y: Tensor, { reduction = "mean" }: LossOptions = {}): Tensor {
  requireEqual("mseLoss", x, y);
  return reduced(x.sub(y).square(), reduction);
}

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Factor of each loss; broadcasts to the predictions. */
  weight?: Tensor;
  /** Factor of the positive part; broadcasts to the predictions. */
  posWeight?: Tensor;
}

/**
 * −(p·y·log σ(x) + (1 − y)·log(1 − σ(x))), without overflow.
 *
 * @param x        logits
 * @param y        targets in [0, 1], of the shape of x
 * @param options  weight; posWeight p; reduction
 * @returns        nats
 */
export function binaryCrossEntropyWithLogits(
  x: Tensor,
  y: Tensor,
  { weight, posWeight, reduction = "mean" }: BinaryCrossEntropyOptions = {},
): Tensor {
  requireEqual("binaryCrossEntropyWithLogits", x, y);
  const target = y.cast(x.dtype);
  // log(1 + e⁻ˣ) = −log σ(x), and x more for −log(1 − σ(x)).
  const positive = x.neg().softplus();
  const factor = posWeight === undefined ? undefined : target.mul(posWeight.sub(1)).add(1);
  let losses = target
    .neg()
    .add(1)
    .mul(x)
    .add(factor === undefined ? positive : positive.mul(factor));
  if (weight !== undefined) losses = losses.mul(weight);
  return reduced(losses, reduction);
}

export interface CrossEntropyOptions extends LossOptions {
  /** [classes]: factor of each class; "mean" divides by the sum of the factors used. */
  weight?: Tensor;
  /** A label whose examples do not count. Default −100. */
  ignoreIndex?: number;
  /** ε: the target is 1 − ε times the label and ε times the uniform distribution. Default 0. */
  labelSmoothing?: number;
}

/**
 * −log softmax(x)[y].
 *
 * @param x        logits [batch, classes, ...], or [classes]
 * @param y        integer labels [batch, ...], or probabilities of the shape of x
 * @param options  weight; ignoreIndex; labelSmoothing; reduction
 * @returns        nats per example
 * @throws ShapeError  shapes do not fit
 * @throws IndexError  on reading, if a label is neither a class nor ignoreIndex
 * @example
 * crossEntropy(zeros([2, 4]), tensor([0, 3], { dtype: "i32" })); // log 4
 */
export function crossEntropy(x: Tensor, y: Tensor, options: CrossEntropyOptions = {}): Tensor {
  if (x.rank === 0) {
    throw new ShapeError("crossEntropy: logits must be [batch, classes, ...] or [classes], not []");
  }
  const axis = x.rank === 1 ? 0 : 1;
  const classes = x.shape[axis] as number;
  const { weight } = options;
  if (weight !== undefined && !equalShapes(weight.shape, [classes])) {
    throw new ShapeError(
      `crossEntropy: weight must be [${classes}], one for each class, not ${showShape(weight.shape)}`,
    );
  }
  const logP = x.logSoftmax({ axis });
  // The factors along the axis of the classes.
  const factors = weight?.reshape([classes, ...x.shape.slice(axis + 1).map(() => 1)]);
  if (isFloat(y.dtype)) {
    requireEqual("crossEntropy", x, y);
    return ofProbabilities(logP, y, axis, factors, options);
  }
  if (y.dtype === "bool") {
    throw new DTypeError(
      'crossEntropy: labels must be integers, or floats for probabilities; cast with .cast("i32")',
    );
  }
  const expected = x.shape.filter((_, i) => i !== axis);
  if (!equalShapes(y.shape, expected)) {
    throw new ShapeError(
      `crossEntropy: logits ${showShape(x.shape)} take labels ${showShape(expected)}, not ${showShape(y.shape)}`,
    );
  }
  return ofLabels(logP, y, axis, factors, options);
}

function ofProbabilities(
  logP: Tensor,
  y: Tensor,
  axis: number,
  factors: Tensor | undefined,
  { labelSmoothing = 0, reduction = "mean" }: CrossEntropyOptions,
): Tensor {
  const classes = logP.shape[axis] as number;
  const target = labelSmoothing === 0 ? y : y.mul(1 - labelSmoothing).add(labelSmoothing / classes);
  const terms = logP.mul(target);
  const losses = (factors === undefined ? terms : terms.mul(factors)).sum({ axis }).neg();
  return reduced(losses, reduction);
}

function ofLabels(
  logP: Tensor,
  y: Tensor,
  axis: number,
  factors: Tensor | undefined,
  { ignoreIndex = -100, labelSmoothing = 0, reduction = "mean" }: CrossEntropyOptions,
): Tensor {
  const classes = logP.shape[axis] as number;
  // A label that does not count reads class 0 and is masked afterwards.
  const counts = y.notEqual(ignoreIndex);
  const label = y.where(counts, 0).unsqueeze(axis);
  const picked = (values: Tensor): Tensor => values.gather(label, { axis }).squeeze(axis);
  const ofLabel = factors === undefined ? undefined : picked(factors.broadcastTo(logP.shape));
  const weighted = (losses: Tensor, by: Tensor | undefined): Tensor =>
    by === undefined ? losses : losses.mul(by);
  let losses = weighted(picked(logP).neg(), ofLabel);
  if (labelSmoothing > 0) {
    const all = weighted(logP, factors).sum({ axis }).neg();
    losses = losses.mul(1 - labelSmoothing).add(all.mul(labelSmoothing / classes));
  }
  // NaN for a label that is no class, so that a step which asks for a finite loss is not made.
  const isClass = y.greaterEqual(0).logicalAnd(y.less(classes));
  losses = losses.where(isClass, Number.NaN).where(counts, 0);
  if (reduction !== "mean") return reduced(losses, reduction);
  const total = weighted(counts.cast(logP.dtype), ofLabel);
  return losses.sum().div(total.sum());
}

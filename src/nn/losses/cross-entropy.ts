// Cross-entropy: how many nats a prediction spends on what was the case. Of logits (crossEntropy), or
// of log-probabilities (nllLoss); of labels, or of probabilities as targets.

import { isFloat } from "../../ir/dtype.ts";
import { DTypeError, ShapeError } from "../../ir/errors.ts";
import type { State } from "../../tensor/cell.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equalShapes, showShape } from "../shape.ts";
import { Loss, type LossOptions, reduced, requireEqual, requireOptions, saved } from "./loss.ts";

/** Options of NLLLoss. */
export interface NLLLossOptions extends LossOptions {
  /** [classes]: factor of each class; "mean" divides by the sum of the factors used. */
  weight?: Tensor;
  /** A label whose examples do not count. Default −100. */
  ignoreIndex?: number;
}

/** Options of crossEntropy. */
export interface CrossEntropyOptions extends NLLLossOptions {
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
 * @source  seeds 000 §FFNN and 003 §Optimization; soft targets and the bound by their entropy 003
 *   §Optimization
 * @example
 * crossEntropy(zeros([2, 4]), tensor([0, 3], { dtype: "i32" })); // log 4
 */
export function crossEntropy(x: Tensor, y: Tensor, options: CrossEntropyOptions = {}): Tensor {
  requireOptions("crossEntropy", options);
  const axis = classAxis("crossEntropy", "logits", x);
  const logP = x.logSoftmax({ axis });
  const factors = factorsOf("crossEntropy", x, axis, options);
  if (isFloat(y.dtype)) {
    requireEqual("crossEntropy", x, y);
    return ofProbabilities(logP, y, axis, factors, options);
  }
  requireLabels("crossEntropy", "logits", x, y, axis);
  return ofLabels(logP, y, axis, factors, options);
}

/**
 * −x[y], of log-probabilities: crossEntropy(x, y) = nllLoss(logSoftmax(x), y).
 *
 * @param x        log-probabilities [batch, classes, ...], or [classes]
 * @param y        integer labels [batch, ...]
 * @param options  weight; ignoreIndex; reduction
 * @returns        nats per example
 * @throws ShapeError  shapes do not fit
 * @throws DTypeError  the labels are not integers
 * @throws IndexError  on reading, if a label is neither a class nor ignoreIndex
 * @source  seed 003 §Optimization: l(ν) = −log ν[y]
 * @example
 * nllLoss(tensor([[0.25, 0.75]]).log(), tensor([1], { dtype: "i32" })); // -log 0.75
 */
export function nllLoss(x: Tensor, y: Tensor, options: NLLLossOptions = {}): Tensor {
  requireOptions("nllLoss", options);
  const axis = classAxis("nllLoss", "log-probabilities", x);
  if (isFloat(y.dtype)) {
    throw new DTypeError(
      "nllLoss: labels must be integers; for probabilities as targets use crossEntropy or klDiv",
    );
  }
  requireLabels("nllLoss", "log-probabilities", x, y, axis);
  return ofLabels(x, y, axis, factorsOf("nllLoss", x, axis, options), options);
}

/** The axis of the classes: 1, or 0 of a single example. */
function classAxis(operation: string, what: string, x: Tensor): number {
  if (x.rank > 0) return x.rank === 1 ? 0 : 1;
  throw new ShapeError(`${operation}: ${what} must be [batch, classes, ...] or [classes], not []`);
}

/** The factors of the classes, along their axis. */
function factorsOf(
  operation: string,
  x: Tensor,
  axis: number,
  { weight }: NLLLossOptions,
): Tensor | undefined {
  const classes = x.shape[axis] as number;
  if (weight === undefined || equalShapes(weight.shape, [classes])) {
    return weight?.reshape([classes, ...x.shape.slice(axis + 1).map(() => 1)]);
  }
  throw new ShapeError(
    `${operation}: weight must be [${classes}], one for each class, not ${showShape(weight.shape)}`,
  );
}

function requireLabels(operation: string, what: string, x: Tensor, y: Tensor, axis: number): void {
  if (y.dtype === "bool") {
    throw new DTypeError(
      `${operation}: labels must be integers, or floats for probabilities; cast with .cast("i32")`,
    );
  }
  const expected = x.shape.filter((_, i) => i !== axis);
  if (equalShapes(y.shape, expected)) return;
  throw new ShapeError(
    `${operation}: ${what} ${showShape(x.shape)} take labels ${showShape(expected)}, not ${showShape(y.shape)}`,
  );
}

function ofProbabilities(
  logP: Tensor,
  y: Tensor,
  axis: number,
  factors: Tensor | undefined,
  { labelSmoothing = 0, reduction }: CrossEntropyOptions,
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
  const isIgnored = y.equal(ignoreIndex);
  const label = y.maskedFill(isIgnored, 0).unsqueeze(axis);
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
  const isNoClass = y.less(0).logicalOr(y.greater(classes - 1));
  losses = losses.maskedFill(isNoClass, NaN).maskedFill(isIgnored, 0);
  if (reduction !== "mean") return reduced(losses, reduction);
  const total = weighted(isIgnored.logicalNot().cast(logP.dtype), ofLabel);
  return losses.sum().div(total.sum());
}

/**
 * crossEntropy as a module; the factors of the classes are saved with it.
 *
 * @example
 * new CrossEntropyLoss().forward(zeros([2, 4]), tensor([0, 3], { dtype: "i32" })); // log 4
 */
export class CrossEntropyLoss extends Loss<Omit<CrossEntropyOptions, "weight">> {
  /** [classes] */
  readonly weight: State | undefined;

  constructor({ weight, ...options }: CrossEntropyOptions = {}) {
    super(options);
    this.weight = saved(weight);
  }

  forward(x: Tensor, y: Tensor): Tensor {
    return crossEntropy(x, y, { ...this.options, weight: this.weight });
  }
}

/**
 * nllLoss as a module; the factors of the classes are saved with it.
 *
 * @example
 * new NLLLoss().forward(tensor([[-1, -2]]), tensor([1], { dtype: "i32" })); // 2
 */
export class NLLLoss extends Loss<Omit<NLLLossOptions, "weight">> {
  /** [classes] */
  readonly weight: State | undefined;

  constructor({ weight, ...options }: NLLLossOptions = {}) {
    super(options);
    this.weight = saved(weight);
  }

  forward(x: Tensor, y: Tensor): Tensor {
    return nllLoss(x, y, { ...this.options, weight: this.weight });
  }
}

// Margins among several classes: of the right one over each other one, or of each of several right
// ones over 0.

import { isFloat } from "../../ir/dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../ir/errors.ts";
import type { State } from "../../tensor/cell.ts";
import { arange } from "../../tensor/create.ts";
import { requireOneOf } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equalShapes, showShape } from "../shape.ts";
import { Loss, type LossOptions, reduced, requireEqual, requireOptions, saved } from "./loss.ts";

/** Options of multiMarginLoss. */
export interface MultiMarginOptions extends LossOptions {
  /** The power: 1 or 2. Default 1. */
  p?: 1 | 2;
  /** In the units of the scores. Default 1. */
  margin?: number;
  /** [classes]: factor of each class. */
  weight?: Tensor;
}

/**
 * Σⱼ max(0, margin − x[y] + x[j])ᵖ / classes over the classes j ≠ y.
 *
 * @param x        scores [batch, classes], or [classes]
 * @param y        integer labels [batch], or []
 * @param options  p; margin; weight; reduction
 * @throws ShapeError  shapes do not fit
 * @throws IndexError  on reading, if a label is no class
 * @source  Crammer and Singer 2001, Multiclass Kernel-Based Vector Machines, §3; a sum over all rivals
 * @example
 * multiMarginLoss(tensor([[0.5, 1, 0]]), tensor([0], { dtype: "i32" })); // (1.5 + 0.5) / 3
 */
export function multiMarginLoss(
  x: Tensor,
  y: Tensor,
  { p = 1, margin = 1, weight, reduction }: MultiMarginOptions = {},
): Tensor {
  requireOptions("multiMarginLoss", { p, margin, reduction });
  if (p !== 1 && p !== 2) throw new ArgumentError(`multiMarginLoss: p must be 1 or 2, not ${p}`);
  const classes = x.shape.at(-1);
  if (classes === undefined || x.rank > 2 || !equalShapes(y.shape, x.shape.slice(0, -1))) {
    throw new ShapeError(
      `multiMarginLoss: takes scores [batch, classes] and labels [batch], not ${showShape(x.shape)} and ${showShape(y.shape)}`,
    );
  }
  if (isFloat(y.dtype) || y.dtype === "bool") {
    throw new DTypeError(`multiMarginLoss: labels must be integers, not ${y.dtype}`);
  }
  if (weight !== undefined && !equalShapes(weight.shape, [classes])) {
    throw new ShapeError(
      `multiMarginLoss: weight must be [${classes}], one for each class, not ${showShape(weight.shape)}`,
    );
  }
  const label = y.unsqueeze(-1);
  const own = x.gather(label, { axis: -1 }); // [batch, 1]
  const short = x.sub(own).add(margin).relu();
  let terms = p === 1 ? short : short.square();
  if (weight !== undefined) {
    terms = terms.mul(weight.broadcastTo(x.shape).gather(label, { axis: -1 }));
  }
  const isRival = arange(classes).notEqual(label);
  return reduced(terms.where(isRival, 0).mean({ axis: -1 }), reduction);
}

/**
 * Σ over labels j and others i of max(0, 1 − (x[j] − x[i])) / classes.
 *
 * @param x        scores [batch, classes], or [classes]
 * @param y        integers like x: the labels first, then −1; what follows the first −1 is not read
 * @param options  reduction
 * @throws ShapeError  the shapes differ
 * @source  Weston and Watkins 1999, Support Vector Machines for Multi-Class Pattern Recognition, with
 *   several labels
 * @example
 * const y = tensor([[1, -1, 0]], { dtype: "i32" });
 * multilabelMarginLoss(tensor([[0.5, 1, 0]]), y); // (0.5 + 0) / 3
 */
export function multilabelMarginLoss(
  x: Tensor,
  y: Tensor,
  { reduction }: LossOptions = {},
): Tensor {
  requireOptions("multilabelMarginLoss", { reduction });
  const classes = x.shape.at(-1);
  if (classes === undefined || x.rank > 2 || !equalShapes(y.shape, x.shape)) {
    throw new ShapeError(
      `multilabelMarginLoss: takes scores [batch, classes] and labels of that shape, not ${showShape(x.shape)} and ${showShape(y.shape)}`,
    );
  }
  if (isFloat(y.dtype) || y.dtype === "bool") {
    throw new DTypeError(`multilabelMarginLoss: labels must be integers, not ${y.dtype}`);
  }
  const isLabel = y.greaterEqual(0).cast("i32").cumProd({ axis: -1 }).greater(0); // [batch, places]
  const label = y.maximum(0);
  const own = x.gather(label, { axis: -1 }).unsqueeze(-1); // [batch, places, 1]
  const named = label.unsqueeze(-1).equal(arange(classes)).logicalAnd(isLabel.unsqueeze(-1));
  const isRival = named.any({ axis: -2, keepDims: true }).logicalNot(); // [batch, 1, classes]
  const short = x.unsqueeze(-2).sub(own).add(1).relu(); // [batch, places, classes]
  const terms = short.where(isRival.logicalAnd(isLabel.unsqueeze(-1)), 0);
  return reduced(terms.sum({ axis: [-2, -1] }).div(classes), reduction);
}

/** Options of multilabelSoftMarginLoss. */
export interface MultilabelOptions extends LossOptions {
  /** [classes]: factor of each class. */
  weight?: Tensor;
}

/**
 * The mean over classes of −(y·log σ(x) + (1 − y)·log(1 − σ(x))): any number of classes may be right.
 *
 * @param x        logits [..., classes]
 * @param y        targets in [0, 1], of the shape of x
 * @param options  weight; reduction, over the examples
 * @returns        nats
 * @throws ShapeError  the shapes differ
 * @example
 * multilabelSoftMarginLoss(zeros([1, 3]), tensor([[1, 0, 1]])); // log 2
 */
export function multilabelSoftMarginLoss(
  x: Tensor,
  y: Tensor,
  { weight, reduction }: MultilabelOptions = {},
): Tensor {
  requireOptions("multilabelSoftMarginLoss", { reduction });
  requireEqual("multilabelSoftMarginLoss", x, y);
  if (weight !== undefined && !equalShapes(weight.shape, x.shape.slice(-1))) {
    throw new ShapeError(
      `multilabelSoftMarginLoss: weight must be ${showShape(x.shape.slice(-1))}, one for each class, not ${showShape(weight.shape)}`,
    );
  }
  const target = y.cast(x.dtype);
  const right = target.mul(x.logSigmoid());
  const terms = right.add(target.neg().add(1).mul(x.neg().logSigmoid())).neg();
  const losses = weight === undefined ? terms : terms.mul(weight);
  return reduced(losses.mean({ axis: -1 }), reduction);
}

/**
 * multiMarginLoss as a module; the factors of the classes are saved with it.
 *
 * @example
 * new MultiMarginLoss().forward(tensor([[2, 1.5]]), tensor([0], { dtype: "i32" })); // 0.25
 */
export class MultiMarginLoss extends Loss<Omit<MultiMarginOptions, "weight">> {
  /** [classes] */
  readonly weight: State | undefined;

  constructor({ weight, ...options }: MultiMarginOptions = {}) {
    super(options);
    requireOneOf("MultiMarginLoss", { p: options.p ?? 1 }, [1, 2]);
    this.weight = saved(weight);
  }

  forward(x: Tensor, y: Tensor): Tensor {
    return multiMarginLoss(x, y, { ...this.options, weight: this.weight });
  }
}

/**
 * multilabelSoftMarginLoss as a module; the factors of the classes are saved with it.
 *
 * @example
 * new MultiLabelSoftMarginLoss().forward(zeros([1, 2]), ones([1, 2])); // log 2
 */
export class MultiLabelSoftMarginLoss extends Loss<LossOptions> {
  /** [classes] */
  readonly weight: State | undefined;

  constructor({ weight, ...options }: MultilabelOptions = {}) {
    super(options);
    this.weight = saved(weight);
  }

  forward(x: Tensor, y: Tensor): Tensor {
    return multilabelSoftMarginLoss(x, y, { ...this.options, weight: this.weight });
  }
}

/**
 * multilabelMarginLoss as a module.
 *
 * @example
 * new MultiLabelMarginLoss().forward(tensor([[2, 1.5]]), tensor([[0, -1]], { dtype: "i32" })); // 0.25
 */
export class MultiLabelMarginLoss extends Loss<LossOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return multilabelMarginLoss(x, y, this.options);
  }
}

// What all losses share. A loss goes from predictions and targets to one number to make small; its
// options and reductions are PyTorch's. Shapes must agree exactly, because a loss that broadcasts is
// a mistake.

import { ShapeError } from "../../ir/errors.ts";
import { State } from "../../tensor/cell.ts";
import {
  type Range,
  requireOneOf,
  requireWhole,
  requireWithin,
} from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";
import { equalShapes, showShape } from "../shape.ts";

/**
 * What becomes of the single losses: their mean ("mean"), their sum ("sum"), their sum divided by
 * the length of the first axis ("batchMean": a sum over outputs, a mean over examples), or nothing
 * ("none").
 */
export type Reduction = "mean" | "sum" | "batchMean" | "none";

/** Options of the losses. */
export interface LossOptions {
  /** Default "mean". */
  reduction?: Reduction;
}

const reductions: readonly Reduction[] = ["mean", "sum", "batchMean", "none"];

/** What the numbers among the options of losses may be, by name. */
const ranges: Readonly<Record<string, Range>> = {
  delta: { from: 0, open: "from" },
  beta: { from: 0 },
  eps: { from: 0 },
  labelSmoothing: { from: 0, to: 1 },
  margin: {},
  p: { from: 0, open: "from" },
};

/** Checks the options of a loss. @throws ArgumentError  the message names the option */
export function requireOptions(loss: string, options: object): void {
  for (const [name, value] of Object.entries(options)) {
    const range = ranges[name];
    if (value === undefined) continue;
    if (name === "ignoreIndex") requireWhole(loss, { ignoreIndex: value });
    else if (name === "reduction") requireOneOf(loss, { reduction: value }, reductions);
    else if (range !== undefined) requireWithin(loss, { [name]: value as number }, range);
  }
}

export function reduced(losses: Tensor, reduction: Reduction = "mean"): Tensor {
  if (reduction === "none") return losses;
  if (reduction === "mean") return losses.mean();
  const total = losses.sum();
  return reduction === "sum" ? total : total.div(losses.shape[0] ?? 1);
}

/** Throws unless predictions and targets have one shape. */
export function requireEqual(
  operation: string,
  x: Tensor,
  target: Tensor,
  what = "predictions",
  other = "targets",
): void {
  if (equalShapes(x.shape, target.shape)) return;
  throw new ShapeError(
    `${operation}: ${what} ${showShape(x.shape)} and ${other} ${showShape(target.shape)} must have one shape; reshape or unsqueeze one of them`,
  );
}

/** A loss as a module: the options of its function, fixed when it is made. */
export abstract class Loss<O extends LossOptions> extends Module {
  readonly options: Readonly<O>;

  constructor(options: O = {} as O) {
    super();
    requireOptions(this.constructor.name, options);
    this.options = options;
  }
}

/** Factors of a loss as something that a module saves. */
export const saved = (weight: Tensor | undefined): State | undefined =>
  weight === undefined ? undefined : new State(weight);

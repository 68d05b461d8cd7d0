// Exponential families: p(y; ν) = h(y)·exp(y·ν − ψ(ν)). Whatever the family, the loss of its natural
// parameter ν is ψ(ν) − y·ν and its gradient ψ′(ν) − y, the mean that the model expects less what
// came. Sigmoid, softmax, exponential and identity are the ψ′ of the four families here.

import { ShapeError } from "../../ir/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type LossOptions, reduced, requireEqual, requireOptions } from "./loss.ts";

/** What a loss must know of a family. */
export interface ExponentialFamily {
  /** How many of the last axes hold one event: 0 for numbers, 1 for vectors. */
  readonly eventRank: number;
  /** ψ(ν), without the axes of the event: convex, and its gradient is the mean of y. */
  logPartition(nu: Tensor): Tensor;
}

/** ψ = log(1 + e^ν), y in {0, 1}: the logistic loss of log-odds. */
export const bernoulliFamily: ExponentialFamily = {
  eventRank: 0,
  logPartition: (nu) => nu.softplus(),
};

/** ψ = e^ν, y a count: ν is the logarithm of the rate. */
export const poissonFamily: ExponentialFamily = { eventRank: 0, logPartition: (nu) => nu.exp() };

/** ψ = ½ν², y a real number with variance 1: the squared loss, less ½y². */
export const gaussianFamily: ExponentialFamily = {
  eventRank: 0,
  logPartition: (nu) => nu.square().mul(0.5),
};

/** ψ = log Σ e^νⱼ, y one of the unit vectors: the cross-entropy of logits. */
export const categoricalFamily: ExponentialFamily = {
  eventRank: 1,
  logPartition: (nu) => nu.logSumExp({ axis: -1 }),
};

/**
 * ψ(ν) − y·ν: −log p(y; ν) up to log h(y), on which ν has no influence.
 *
 * @param nu       natural parameters [..., ...event], as a network gives them
 * @param y        what came, or its mean, of the shape of nu
 * @param family   bernoulliFamily, poissonFamily, gaussianFamily, categoricalFamily, or another
 * @param options  reduction, over the events
 * @returns        nats
 * @throws ShapeError  the shapes differ, or have no axes for an event
 * @source  seed 003 §Optimization
 * @example
 * exponentialFamilyLoss(tensor([0]), tensor([1]), bernoulliFamily); // log 2
 */
export function exponentialFamilyLoss(
  nu: Tensor,
  y: Tensor,
  family: ExponentialFamily,
  { reduction }: LossOptions = {},
): Tensor {
  requireOptions("exponentialFamilyLoss", { reduction });
  requireEqual("exponentialFamilyLoss", nu, y, "natural parameters");
  const { eventRank } = family;
  if (nu.rank < eventRank) {
    throw new ShapeError(
      `exponentialFamilyLoss: an event of this family has ${eventRank} axes, the parameters only ${nu.rank}`,
    );
  }
  const axis = Array.from({ length: eventRank }, (_, i) => nu.rank - 1 - i);
  const product = y.cast(nu.dtype).mul(nu);
  const along = eventRank === 0 ? product : product.sum({ axis });
  return reduced(family.logPartition(nu).sub(along), reduction);
}

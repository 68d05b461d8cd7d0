// Losses of a score x and a label y of ±1: what counts is the margin y·x, positive where the sign is
// right. The perceptron is content with a margin of 0, the hinge asks for 1, the logistic loss for
// ever more.

import type { Tensor } from "../../tensor/tensor.ts";
import { Loss, type LossOptions, reduced, requireEqual, requireOptions } from "./loss.ts";

/** y·x. */
function marginOf(operation: string, x: Tensor, y: Tensor): Tensor {
  requireEqual(operation, x, y);
  return x.mul(y.cast(x.dtype));
}

/**
 * max(0, −y·x): nothing for a right sign, the size of the score for a wrong one.
 *
 * Its subgradient −y·1[y·x < 0], by x, with step 1 is the perceptron's correction.
 *
 * @param x        scores
 * @param y        labels of ±1, of the shape of x
 * @param options  reduction
 * @throws ShapeError  the shapes differ
 * @source  seed 003 §Perceptron
 * @example
 * perceptronLoss(tensor([2, -3]), tensor([1, 1]), { reduction: "none" }); // [0, 3]
 */
export function perceptronLoss(x: Tensor, y: Tensor, { reduction }: LossOptions = {}): Tensor {
  requireOptions("perceptronLoss", { reduction });
  return reduced(marginOf("perceptronLoss", x, y).neg().relu(), reduction);
}

/** Options of the losses with a margin. */
export interface MarginOptions extends LossOptions {
  /** In the units of the scores. */
  margin?: number;
}

/**
 * max(0, margin − y·x).
 *
 * @param x        scores
 * @param y        labels of ±1, of the shape of x
 * @param options  margin, default 1; reduction
 * @throws ShapeError  the shapes differ
 * @source  Cortes and Vapnik 1995, Support-Vector Networks, §3
 * @example
 * hingeLoss(tensor([2, 0.25]), tensor([1, 1]), { reduction: "none" }); // [0, 0.75]
 */
export function hingeLoss(
  x: Tensor,
  y: Tensor,
  { margin = 1, reduction }: MarginOptions = {},
): Tensor {
  requireOptions("hingeLoss", { margin, reduction });
  return reduced(marginOf("hingeLoss", x, y).neg().add(margin).relu(), reduction);
}

/**
 * The logistic loss: log(1 + e^(−y·x)) = −log σ(y·x), without overflow.
 *
 * @param x        scores, log-odds of the label 1
 * @param y        labels of ±1, of the shape of x
 * @param options  reduction
 * @returns        nats
 * @throws ShapeError  the shapes differ
 * @source  seed 003 §Logistic regression; PyTorch's name
 * @example
 * softMarginLoss(tensor([0]), tensor([-1])); // log 2
 */
export function softMarginLoss(x: Tensor, y: Tensor, { reduction }: LossOptions = {}): Tensor {
  requireOptions("softMarginLoss", { reduction });
  return reduced(marginOf("softMarginLoss", x, y).neg().softplus(), reduction);
}

/**
 * x where y = 1, and max(0, margin − x) where y = −1: small distances for pairs that belong together,
 * large ones for pairs that do not.
 *
 * @param x        distances
 * @param y        labels of ±1, of the shape of x
 * @param options  margin, default 1; reduction
 * @throws ShapeError  the shapes differ
 * @source  Hadsell, Chopra and LeCun 2006, Dimensionality Reduction by Learning an Invariant Mapping,
 *   §2.1; PyTorch's form, without squares
 * @example
 * hingeEmbeddingLoss(tensor([0.5, 0.25]), tensor([1, -1]), { reduction: "none" }); // [0.5, 0.75]
 */
export function hingeEmbeddingLoss(
  x: Tensor,
  y: Tensor,
  { margin = 1, reduction }: MarginOptions = {},
): Tensor {
  requireOptions("hingeEmbeddingLoss", { margin, reduction });
  requireEqual("hingeEmbeddingLoss", x, y);
  // Both parts count for a label that is neither, as in PyTorch.
  const together = x.where(y.notEqual(-1), 0);
  const apart = x.neg().add(margin).clamp(0).where(y.notEqual(1), 0);
  return reduced(together.add(apart), reduction);
}

/**
 * max(0, margin − y·(first − second)): first should be larger for y = 1, second for y = −1.
 *
 * @param first, second  scores, of one shape
 * @param y        labels of ±1, of the same shape
 * @param options  margin, default 0; reduction
 * @throws ShapeError  the shapes differ
 * @example
 * marginRankingLoss(tensor([1]), tensor([3]), tensor([1])); // 2
 */
export function marginRankingLoss(
  first: Tensor,
  second: Tensor,
  y: Tensor,
  { margin = 0, reduction }: MarginOptions = {},
): Tensor {
  requireOptions("marginRankingLoss", { margin, reduction });
  requireEqual("marginRankingLoss", first, second, "first scores", "second scores");
  const right = marginOf("marginRankingLoss", first.sub(second), y);
  return reduced(right.neg().add(margin).clamp(0), reduction);
}

/**
 * (y − tanh x)²: a classifier whose output tanh x is to be the label itself.
 *
 * An error far from the boundary costs (±2)² = 4, so a mean L of saturated outputs is 4 times the
 * share of errors.
 *
 * @param x        pre-activations f(x∣w)
 * @param y        labels of ±1, of the shape of x
 * @param options  reduction
 * @throws ShapeError  the shapes differ
 * @source  seed 004 §Training a NN; the note's "L = 0.01 means 1 % errors" lacks the factor 4
 * @example
 * tanhSquaredLoss(tensor([0, 100, -100, 100]), tensor([1, 1, 1, -1]), { reduction: "none" }); // [1, 0, 4, 4]
 */
export function tanhSquaredLoss(x: Tensor, y: Tensor, { reduction }: LossOptions = {}): Tensor {
  requireOptions("tanhSquaredLoss", { reduction });
  requireEqual("tanhSquaredLoss", x, y);
  return reduced(y.cast(x.dtype).sub(x.tanh()).square(), reduction);
}

/**
 * perceptronLoss as a module.
 *
 * @example
 * new PerceptronLoss().forward(tensor([-2, 1]), tensor([1, 1])); // 1
 */
export class PerceptronLoss extends Loss<LossOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return perceptronLoss(x, y, this.options);
  }
}

/**
 * hingeLoss as a module.
 *
 * @example
 * new HingeLoss().forward(tensor([-2, 1]), tensor([1, 1])); // 1.5
 */
export class HingeLoss extends Loss<MarginOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return hingeLoss(x, y, this.options);
  }
}

/**
 * softMarginLoss as a module.
 *
 * @example
 * new SoftMarginLoss().forward(tensor([0]), tensor([1])); // log 2
 */
export class SoftMarginLoss extends Loss<LossOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return softMarginLoss(x, y, this.options);
  }
}

/**
 * tanhSquaredLoss as a module.
 *
 * @example
 * new TanhSquaredLoss().forward(tensor([100]), tensor([1])); // 0
 */
export class TanhSquaredLoss extends Loss<LossOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return tanhSquaredLoss(x, y, this.options);
  }
}

/**
 * hingeEmbeddingLoss as a module.
 *
 * @example
 * new HingeEmbeddingLoss().forward(tensor([0.25, 0.25]), tensor([1, -1])); // 0.5
 */
export class HingeEmbeddingLoss extends Loss<MarginOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return hingeEmbeddingLoss(x, y, this.options);
  }
}

/**
 * marginRankingLoss as a module.
 *
 * @example
 * new MarginRankingLoss().forward(tensor([1]), tensor([3]), tensor([1])); // 2
 */
export class MarginRankingLoss extends Loss<MarginOptions> {
  forward(first: Tensor, second: Tensor, y: Tensor): Tensor {
    return marginRankingLoss(first, second, y, this.options);
  }
}

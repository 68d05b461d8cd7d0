// Dropout as an ensemble: every mask makes a sub-network, 2ⁿ of them for n units, which share their
// weights. Here they are all there, to be averaged: exactly, or a few drawn ones.

import { ArgumentError, ShapeError } from "../ir/errors.ts";
import { arange } from "../tensor/create.ts";
import { requireProbability } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * All masks of n units.
 *
 * @param units  n, at most 20
 * @returns      [2ⁿ, n] f32 of 0 and 1
 * @throws ArgumentError  n is not a whole number from 0 to 20
 * @cost         2ⁿ·n numbers
 * @source       seeds 000 §Regularization vii) and 003 §Dropout
 * @example
 * dropoutMasks(2); // [[0, 0], [1, 0], [0, 1], [1, 1]]
 */
export function dropoutMasks(units: number): Tensor {
  if (!Number.isInteger(units) || units < 0 || units > 20) {
    throw new ArgumentError(
      `dropoutMasks: units must be a whole number from 0 to 20, not ${units}`,
    );
  }
  const codes = arange(2 ** units, undefined, { dtype: "i32" }).unsqueeze(1);
  return codes
    .shiftRight(arange(units, undefined, { dtype: "i32" }))
    .bitwiseAnd(1)
    .cast("f32");
}

/**
 * p(Z) = Π πᵢ^zᵢ·(1 − πᵢ)^(1 − zᵢ) of each mask.
 *
 * @param masks  [masks, n] of 0 and 1
 * @param keep   π: the probability to be kept, of all units or [n]
 * @returns      [masks]
 * @source  seed 003 §Dropout
 * @example
 * maskProbabilities(dropoutMasks(1), 0.75); // [0.25, 0.75]
 */
export function maskProbabilities(masks: Tensor, keep: number | Tensor): Tensor {
  if (typeof keep === "number") requireProbability("maskProbabilities", { keep });
  else if (keep.rank > 1 || (keep.rank === 1 && keep.size !== masks.shape.at(-1))) {
    throw new ShapeError(
      `maskProbabilities: keep must be a number or [${masks.shape.at(-1)}], one for each unit, not [${keep.shape.join(", ")}]`,
    );
  }
  const kept = masks.mul(keep);
  const dropped = masks
    .neg()
    .add(1)
    .mul(typeof keep === "number" ? 1 - keep : keep.neg().add(1));
  return kept.add(dropped).prod({ axis: -1 });
}

/** Options of arithmeticEnsemble and geometricEnsemble. */
export interface EnsembleMeanOptions {
  /** [members]: how much each counts; they are made to sum to 1. Default: all the same */
  weights?: Tensor;
}

/**
 * Σ wₖ·pₖ, in logarithms: what sampling masks approximates.
 *
 * @param logProbabilities  [members, ..., classes]
 * @returns                 log-probabilities [..., classes]
 * @source  seed 003 §Dropout and §Ensemble methods
 * @example
 * arithmeticEnsemble(tensor([[0.2, 0.8], [0.6, 0.4]]).log()).exp(); // [0.4, 0.6]
 */
export function arithmeticEnsemble(
  logProbabilities: Tensor,
  { weights }: EnsembleMeanOptions = {},
): Tensor {
  return logProbabilities
    .add(logWeights("arithmeticEnsemble", logProbabilities, weights))
    .logSumExp({ axis: 0 });
}

/**
 * Π pₖ^wₖ, made to sum to 1, in logarithms: what multiplying weights by π approximates, and for
 * softmax regression is.
 *
 * @param logProbabilities  [members, ..., classes]
 * @returns                 log-probabilities [..., classes]
 * @source  seed 003 §Weight Rescaling; Goodfellow et al. 2016, Deep Learning, §7.12
 * @example
 * geometricEnsemble(tensor([[0.2, 0.8], [0.8, 0.2]]).log()).exp(); // [0.5, 0.5]
 */
export function geometricEnsemble(
  logProbabilities: Tensor,
  { weights }: EnsembleMeanOptions = {},
): Tensor {
  const shares = logWeights("geometricEnsemble", logProbabilities, weights).exp();
  return logProbabilities.mul(shares).sum({ axis: 0 }).logSoftmax({ axis: -1 });
}

/** Logarithms of the weights, over all other axes. */
function logWeights(operation: string, members: Tensor, weights: Tensor | undefined): Tensor {
  const count = members.shape[0] as number;
  if (weights !== undefined && (weights.rank !== 1 || weights.size !== count)) {
    throw new ShapeError(
      `${operation}: weights must be [${count}], one for each member, not [${weights.shape.join(", ")}]`,
    );
  }
  const shape = [count, ...members.shape.slice(1).map(() => 1)];
  const given = weights ?? members.reshape([count, -1]).at(":", 0).mul(0).add(1);
  return given.div(given.sum()).log().reshape(shape).cast(members.dtype);
}

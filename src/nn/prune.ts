// Pruning: a network that was trained with more than it needs, without the weights that do nothing.
// Units that are dead go as a whole with pruneUnits.

import { ArgumentError } from "../ir/errors.ts";
import { commit, type Parameter } from "../tensor/cell.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Module } from "./module.ts";
import { isBias } from "./state-keys.ts";

/** Options of pruneByMagnitude. */
export interface PruneOptions {
  /** Weights of at most this magnitude become 0. Default 0, unless a share is given */
  threshold?: number;
  /** Which share of all weights becomes 0, the smallest first. */
  share?: number;
}

/**
 * Sets the weights of smallest magnitude to 0; biases stay.
 *
 * @param module   changed in place
 * @param options  threshold, or share
 * @returns        how many weights are 0 now, and of how many
 * @source  seed 004 §Double descent; Han et al. 2015, Learning both Weights and Connections for Efficient
 *   Neural Networks. arXiv:1506.02626
 * @example
 * const layer = new Linear(2, 2, { bias: false });
 * layer.weight.assign(tensor([[0.1, -3], [2, -0.2]]));
 * await pruneByMagnitude(layer, { share: 0.5 }); // { zeros: 2, weights: 4 }
 */
export async function pruneByMagnitude(
  module: Module,
  { threshold = 0, share }: PruneOptions = {},
): Promise<{ readonly zeros: number; readonly weights: number }> {
  if (!(threshold >= 0) || (share !== undefined && !(share >= 0 && share <= 1))) {
    throw new ArgumentError(
      `pruneByMagnitude: threshold must be at least 0 and share in [0, 1], not ${threshold} and ${share}`,
    );
  }
  const weights = Object.entries(module.parameters()).filter(([name]) => !isBias(name));
  const cells = [...new Set(weights.map(([, parameter]) => parameter))];
  const limit = share === undefined ? threshold : await quantileOf(cells, share);
  const pruned = cells.map((cell) => cell.where(cell.abs().greater(limit), 0));
  const counts = pruned.map((value) => value.equal(0).countNonZero());
  commit(cells, pruned, counts);
  let [zeros, size] = [0, 0];
  for (const [i, cell] of cells.entries()) {
    zeros += await (counts[i] as Tensor).item();
    size += cell.size;
  }
  return { zeros, weights: size };
}

/** The magnitude at or below which this share of the weights lies. */
async function quantileOf(cells: readonly Parameter[], share: number): Promise<number> {
  const all: number[] = [];
  for (const cell of cells) all.push(...(await cell.abs().cast("f64").data("f64")));
  const count = Math.round(share * all.length);
  if (count === 0) return -1;
  return all.sort((a, b) => a - b)[count - 1] as number;
}

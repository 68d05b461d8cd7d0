// The regularised objective J̃ = J + α·Ω: a loss, and a price for what is large. Of a module the price
// is that of its weights; biases stay free, since they only move a unit's threshold. Of tensors, such
// as the activations of a layer, it is that of all their elements.

import { ArgumentError } from "../../ir/errors.ts";
import type { Parameter } from "../../tensor/cell.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";
import { isBias } from "../state-keys.ts";

/**
 * ½‖w‖², whose gradient is w.
 *
 * @param w  [...]
 * @returns  [], in the squared units of w
 * @source   seeds 002 §2.2 and 003 §Weight decay
 * @example
 * halfSquaredNorm(tensor([3, 4])); // 12.5
 */
export const halfSquaredNorm = (w: Tensor): Tensor => w.square().sum().mul(0.5);

/**
 * ‖w‖₁ = Σ|w|, whose gradient is the sign of w.
 *
 * @param w  [...]
 * @returns  [], in the units of w
 * @source   seed 002 §2.2, eq. (7.48)
 * @example
 * absoluteNorm(tensor([3, -4])); // 7
 */
export const absoluteNorm = (w: Tensor): Tensor => w.abs().sum();

/** Options of regularized. */
export interface RegularizedOptions {
  /** α ≥ 0: the price, in units of J for one of Ω. */
  alpha: number | Tensor;
  /** Ω of one tensor: gives []. Default halfSquaredNorm */
  penalty?: (w: Tensor) => Tensor;
  /** Which parameters of a module pay. Default: all that are trained, but biases */
  pays?: (name: string, parameter: Parameter) => boolean;
}

/**
 * J + α·Σ Ω(w), over the weights of a module or over tensors.
 *
 * @param loss     J: []
 * @param of       a module, a tensor, or a list of tensors
 * @param options  alpha; penalty; pays
 * @returns        []
 * @throws ArgumentError  alpha is negative
 * @cost    one pass over what pays
 * @source  seed 002 §2.2, eq. (7.1) and (7.48)
 * @example
 * regularized(tensor(1), tensor([3, 4]), { alpha: 0.1 }); // 1 + 0.1·12.5
 */
export function regularized(
  loss: Tensor,
  of: Module | Tensor | readonly Tensor[],
  { alpha, penalty = halfSquaredNorm, pays = paysByDefault }: RegularizedOptions,
): Tensor {
  if (typeof alpha === "number" && !(alpha >= 0)) {
    throw new ArgumentError(`regularized: alpha must be at least 0, not ${alpha}`);
  }
  const paying =
    of instanceof Module ? [...new Set(payingOf(of, pays))] : of instanceof Tensor ? [of] : [...of];
  const prices = paying.map(penalty);
  return prices.reduce((sum, price) => sum.add(price.mul(alpha)), loss);
}

const paysByDefault = (name: string, parameter: Parameter): boolean =>
  parameter.requiresGrad && !isBias(name);

const payingOf = (
  module: Module,
  pays: (name: string, parameter: Parameter) => boolean,
): Parameter[] =>
  Object.entries(module.parameters())
    .filter(([name, parameter]) => pays(name, parameter))
    .map(([, parameter]) => parameter);

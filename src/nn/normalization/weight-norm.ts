// Weight normalisation: a weight as a length times a direction, w = g·v/‖v‖, each trained by itself.
// It normalises by the norm of the weights instead of the deviation of activations, so nothing depends
// on the batch, and training and evaluation are the same. Seed 003 §Weight Normalization (its formula
// is lost in the scan; this is the paper's).

import { ArgumentError } from "../../ir/errors.ts";
import { Parameter } from "../../tensor/cell.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Module } from "../module.ts";
import { replaceParameter, restoreParameter } from "../reparametrize.ts";

/** Options of weightNorm. */
export interface WeightNormOptions {
  /** The field to normalise. Default "weight". */
  name?: string;
  /** The axis that has a length each, of the others; null: one length for all. Default 0. */
  axis?: number | null;
}

/**
 * g·v/‖v‖, the norm over all axes but one.
 *
 * @param v     the direction; its length does not matter
 * @param g     the lengths, with the other axes as 1
 * @param axis  the one that keeps a length each; null: one for all. Default 0
 * @source  Salimans and Kingma 2016, Weight Normalization, eq. (2). arXiv:1602.07868; seed 003 §Weight
 *   Normalization
 * @example
 * weightNormalized(tensor([[3, 4]]), tensor([[10]])); // [[6, 8]]
 */
export const weightNormalized = (v: Tensor, g: Tensor, axis: number | null = 0): Tensor =>
  v.mul(g.div(lengths(v, axis)));

function lengths(v: Tensor, axis: number | null): Tensor {
  const kept = axis !== null && axis < 0 ? axis + v.rank : axis;
  if (kept !== null && !(Number.isInteger(kept) && kept >= 0 && kept < v.rank)) {
    throw new ArgumentError(
      `weightNorm: axis must be null or one of the ${v.rank} of the weight, not ${axis}`,
    );
  }
  const over = v.shape.map((_, i) => i).filter((i) => i !== kept);
  const norm = v.square().sum({ axis: over, keepDims: true }).sqrt();
  return axis === null ? norm.reshape([]) : norm;
}

/**
 * Gives a layer w = g·v/‖v‖ in place of w; it computes what it did until g or v changes.
 *
 * In the state dict and among the parameters the weight is replaced by `weight_g` and `weight_v`, as
 * PyTorch's weight_norm has it. Wrap a layer before its parameters go to an optimiser.
 *
 * @param layer    changed in place: any module with a parameter in the field
 * @param options  name, axis
 * @returns        the layer
 * @throws ArgumentError  the field holds no parameter
 * @source  Salimans and Kingma 2016, Weight Normalization, eq. (2). arXiv:1602.07868; seed 003 §Weight
 *   Normalization
 * @example
 * Object.keys(weightNorm(new nn.Linear(3, 2)).parameters()); // ["bias", "weight_g", "weight_v"]
 */
export function weightNorm<M extends Module>(
  layer: M,
  { name = "weight", axis = 0 }: WeightNormOptions = {},
): M {
  replaceParameter("weightNorm", layer, {
    name,
    parts: (weight) => ({ g: new Parameter(lengths(weight, axis)), v: new Parameter(weight) }),
    value: ({ v, g }) => weightNormalized(v, g, axis),
  });
  return layer;
}

/**
 * Puts one parameter back in the place of g and v, with the value that they give.
 *
 * @example
 * Object.keys(removeWeightNorm(weightNorm(new nn.Linear(3, 2))).parameters()); // ["bias", "weight"]
 */
export function removeWeightNorm<M extends Module>(layer: M, name = "weight"): M {
  restoreParameter("removeWeightNorm", layer, name);
  return layer;
}

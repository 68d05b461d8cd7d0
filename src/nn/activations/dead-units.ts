// Dead ReLUs: a unit that is off for every input has a gradient of exactly 0 and stays so for ever.
// It can be found from pre-activations over a data set, and then taken out, which changes nothing, or
// started again.

import { ShapeError } from "../../ir/errors.ts";
import type { Generator } from "../../tensor/generator.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { symmetric } from "../init.ts";
import { Linear } from "../linear.ts";
import { showShape } from "../shape.ts";

/**
 * Which units are off for every example.
 *
 * @param z  pre-activations [examples, ..., units]
 * @returns  bool [units]
 * @source   seed 003 §Dying ReLUs; 000 §Activation Functions
 * @example
 * deadUnits(tensor([[-1, 2], [-3, -1]])); // [1, 0]
 */
export function deadUnits(z: Tensor): Tensor {
  if (z.rank === 0) {
    throw new ShapeError("deadUnits: activations must be [..., units], not []");
  }
  const axis = z.shape.slice(0, -1).map((_, i) => i);
  return z.greater(0).any({ axis }).logicalNot();
}

/**
 * Takes units out between two linear layers.
 *
 * @param layer   the units are its outputs
 * @param next    reads relu(layer(x))
 * @param dead    bool [units]: those to take out
 * @returns       two smaller layers; what they compute is the same if the units were dead
 * @throws ShapeError  the layers do not follow each other, or dead is not one for each unit
 * @source         seed 003 §Dying ReLUs
 * @example
 * const [first, second] = [new nn.Linear(2, 3), new nn.Linear(3, 1)];
 * const [smaller] = await pruneUnits(first, second, tensor([true, false, false]));
 * smaller.weight.shape; // [2, 2]
 */
export async function pruneUnits(
  layer: Linear,
  next: Linear,
  dead: Tensor,
): Promise<[layer: Linear, next: Linear]> {
  const units = requireUnits("pruneUnits", layer, dead);
  if (next.weight.shape[1] !== units) {
    throw new ShapeError(
      `pruneUnits: next reads ${next.weight.shape[1]} units, but layer has ${units}`,
    );
  }
  const kept = (await dead.logicalNot().nonZero()).reshape([-1]);
  const rows = (t: Tensor): Tensor => t.take(kept, { axis: 0 });
  return [
    layerOf(rows(layer.weight), layer.bias && rows(layer.bias)),
    layerOf(next.weight.take(kept, { axis: 1 }), next.bias?.snapshot()),
  ];
}

function layerOf(weight: Tensor, bias: Tensor | undefined): Linear {
  const [out, inFeatures] = weight.shape as [number, number];
  const dtype = weight.dtype === "f64" ? "f64" : "f32";
  const layer = new Linear(inFeatures, out, { bias: bias !== undefined, dtype });
  layer.weight.assign(weight);
  if (bias !== undefined) layer.bias?.assign(bias);
  return layer;
}

/**
 * Starts units again: weights as of a new layer, biases 0, so that half of all inputs reach them. The
 * other units stay as they are.
 *
 * @param layer    changed in place
 * @param dead     bool [units]
 * @param options  generator. Default the stream that seed() sets
 * @throws ShapeError  dead is not one for each unit
 * @source         seed 003 §Dying ReLUs
 * @example
 * reviveUnits(new nn.Linear(2, 3), tensor([true, false, false]));
 */
export function reviveUnits(
  layer: Linear,
  dead: Tensor,
  { generator }: { generator?: Generator } = {},
): void {
  requireUnits("reviveUnits", layer, dead);
  const { weight, bias } = layer;
  const dtype = weight.dtype === "f64" ? "f64" : "f32";
  const bound = 1 / Math.sqrt(weight.shape[1] as number);
  const fresh = symmetric(weight.shape, bound, { dtype, generator });
  weight.assign(fresh.where(dead.unsqueeze(1), weight));
  bias?.assign(bias.where(dead.logicalNot(), 0));
}

function requireUnits(operation: string, layer: Linear, dead: Tensor): number {
  const units = layer.weight.shape[0] as number;
  if (dead.rank === 1 && dead.shape[0] === units) return units;
  throw new ShapeError(
    `${operation}: which units are dead must be [${units}], one for each, not ${showShape(dead.shape)}`,
  );
}

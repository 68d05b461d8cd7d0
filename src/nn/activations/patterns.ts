// Activation patterns of ReLU layers: which units are on. Where the pattern does not change, the
// network is a linear map, whose matrix is the product of the layers' with the rows of silent units
// zeroed; so the patterns number its linear pieces.

import { ArgumentError } from "../../ir/errors.ts";
import { arange } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Linear } from "../linear.ts";

/**
 * Which units are on: z > 0.
 *
 * A unit at exactly 0 is off, as the derivative of ReLU there is 0. (heaviside fires at 0.)
 *
 * @param z  pre-activations of any shape
 * @returns  bool, of that shape
 * @source   seed 003 §Activation patterns
 * @example
 * activationPattern(tensor([-1, 0, 2])); // [0, 0, 1]
 */
export const activationPattern = (z: Tensor): Tensor => z.greater(0);

/**
 * How many different patterns there are among rows.
 *
 * @param pattern  bool [rows, units], at most 31 units
 * @returns        a number, when it is known
 * @throws ArgumentError  there are more units
 * @example
 * await countPatterns(activationPattern(tensor([[1, -1], [2, -3], [1, 1]]))); // 2
 */
export async function countPatterns(pattern: Tensor): Promise<number> {
  const units = pattern.shape.at(-1) ?? 0;
  if (pattern.rank !== 2 || units > 31) {
    throw new ArgumentError(
      `countPatterns: the pattern must be [rows, units] with at most 31 units, not [${pattern.shape.join(", ")}]`,
    );
  }
  const digits = pattern.cast("u32").shiftLeft(arange(units).cast("u32"));
  const { values } = await digits.sum({ axis: 1 }).unique();
  return values.size;
}

/**
 * The largest number of patterns that m ReLU units can show over n inputs: without biases Cover's
 * 2·Σ_{i<n} C(m − 1, i), with biases Σ_{i≤n} C(m, i). Units in general position reach it.
 *
 * @param units    m
 * @param inputs   n
 * @param options  bias. Default true
 * @returns        at most 2ᵐ
 * @throws ArgumentError  m or n are not whole numbers from 1
 * @source  Cover 1965, Geometrical and Statistical Properties of Systems of Linear Inequalities, eq.
 *   (5); Zaslavsky 1975, Facing Up to Arrangements, for biases; seed 003 §Activation patterns
 * @example
 * maxPatterns(5, 3, { bias: false }); // 22
 */
export function maxPatterns(
  units: number,
  inputs: number,
  { bias = true }: { bias?: boolean } = {},
): number {
  if (!Number.isInteger(units) || !Number.isInteger(inputs) || units < 1 || inputs < 1) {
    throw new ArgumentError(
      `maxPatterns: units and inputs must be whole numbers from 1, not ${units} and ${inputs}`,
    );
  }
  return bias
    ? sumOfChoices(units, inputs)
    : 2 * sumOfChoices(units - 1, Math.min(inputs, units) - 1);
}

/** Σ_{i≤k} C(m, i). */
function sumOfChoices(m: number, k: number): number {
  let [sum, choices] = [1, 1];
  for (let i = 1; i <= Math.min(k, m); i++) {
    choices = (choices * (m - i + 1)) / i;
    sum += choices;
  }
  return sum;
}

/**
 * ∂F(x)/∂x of a network of linear layers with ReLU between them, as a product of masked matrices:
 * Θ_L · Θ̃_{L−1} ⋯ Θ̃₁, where the rows of units that are off are zero.
 *
 * @param layers  in order; the last one has no ReLU behind it
 * @param x       [..., in]
 * @returns       [..., out, in]
 * @throws ArgumentError  there is no layer
 * @cost    a product of matrices a layer and an example; what backward does for one row of it
 * @source  seed 003 §Backpropagation (rectified)
 * @example
 * patternJacobian([new nn.Linear(2, 3), new nn.Linear(3, 1)], ones([5, 2])).shape; // [5, 1, 2]
 */
export function patternJacobian(layers: readonly Linear[], x: Tensor): Tensor {
  const [first, ...rest] = layers;
  if (first === undefined) throw new ArgumentError("patternJacobian: layers must not be empty");
  let z = first.forward(x);
  let jacobian = first.weight.broadcastTo([...x.shape.slice(0, -1), ...first.weight.shape]);
  for (const layer of rest) {
    const masked = jacobian.where(activationPattern(z).unsqueeze(-1), 0);
    jacobian = layer.weight.matmul(masked);
    z = layer.forward(z.relu());
  }
  return jacobian;
}

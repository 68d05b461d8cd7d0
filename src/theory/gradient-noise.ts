// The noise of stochastic gradients: what the examples say one by one, how much they disagree, and what
// is left of that in a batch.

import { ArgumentError } from "../ir/errors.ts";
import { grad } from "../tensor/derivatives.ts";
import { requireOneOf, requireSizes, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { treeLeaves, treeMap } from "../tensor/tree.ts";
import { vmap } from "../tensor/vmap.ts";

/**
 * ∇fᵢ for each example.
 *
 * @param loss        fᵢ: gives [] from parameters and one example
 * @param parameters  any tree
 * @param examples    a tree of tensors [examples, …]
 * @returns           a tree like the parameters, [examples, …shape] each
 * @cost    a forward and a backward pass over all examples, as one batch
 * @source  seeds 002 §2.3, eq. (62), and 003 §SGD
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * perExampleGradients((w: Tensor, xi: Tensor) => w.mul(xi).sum(), tensor([0, 0]), x); // [[1, 2], [3, 4]]
 */
export function perExampleGradients<P, X>(
  loss: (parameters: P, example: X) => Tensor,
  parameters: P,
  examples: X,
): P {
  return vmap((example: X) => grad(loss)(parameters, example) as unknown as P)(examples);
}

/**
 * V = (1/n)·Σ‖∇fᵢ − ∇f‖², ∇f their mean: how far one example is from all.
 *
 * @param gradients  of each example: a tree of [examples, …]
 * @returns          []
 * @source  seed 003 §SGD
 * @example
 * gradientVariance(tensor([[1, 0], [3, 0]])); // 1
 */
export function gradientVariance(gradients: unknown): Tensor {
  const parts = treeLeaves(gradients).map((g) =>
    g
      .sub(g.mean({ axis: 0, keepDims: true }))
      .square()
      .sum()
      .div(g.shape[0] as number),
  );
  if (parts.length === 0) throw new ArgumentError("gradientVariance: gradients must not be empty");
  return parts.reduce((sum, part) => sum.add(part));
}

/**
 * The variance of the mean of r gradients: V/r drawn with replacement, V/r·(n − r)/(n − 1) without.
 *
 * @param variance  V of one
 * @param options   batchSize r; of: n examples, drawn without replacement. Default: with replacement
 * @source  seeds 002 §2.3 and 003 §Minibatch SGD
 * @example
 * minibatchVariance(8, { batchSize: 4 }); // 2
 */
export function minibatchVariance(
  variance: number,
  { batchSize, of }: { batchSize: number; of?: number },
): number {
  requireWithin("minibatchVariance", { variance }, { from: 0 });
  if (!(batchSize >= 1) || (of !== undefined && !(batchSize <= of))) {
    throw new ArgumentError(
      `minibatchVariance: batchSize must be at least 1 and at most the ${of} examples, not ${batchSize}`,
    );
  }
  const left = of === undefined ? 1 : of === 1 ? 0 : (of - batchSize) / (of - 1);
  return (variance / batchSize) * left;
}

/**
 * The mean over the examples: ∇f = (1/n)·Σ∇fᵢ.
 *
 * @param gradients  of each example: a tree of [examples, …]
 * @returns          a tree like it, without the axis of the examples
 * @source  seeds 002 §2.3, eq. (62), and 003 §SGD
 * @example
 * meanGradient(tensor([[1, 0], [3, 2]])); // [2, 1]
 */
export const meanGradient = <P>(gradients: P): P => treeMap(gradients, (g) => g.mean({ axis: 0 }));

/**
 * How many updates an epoch has: ⌈n / batchSize⌉. All examples at once make 1, one by one n.
 *
 * @source seed 001 §5.3, table 5
 * @example
 * stepsPerEpoch(10, { batchSize: 4 }); // 3
 */
export function stepsPerEpoch(
  examples: number,
  { batchSize, lastBatch = "keep" }: { batchSize: number; lastBatch?: "keep" | "drop" },
): number {
  requireSizes("stepsPerEpoch", { examples }, 0);
  requireSizes("stepsPerEpoch", { batchSize });
  requireOneOf("stepsPerEpoch", { lastBatch }, ["keep", "drop"]);
  const batches = examples / batchSize;
  return lastBatch === "keep" ? Math.ceil(batches) : Math.floor(batches);
}

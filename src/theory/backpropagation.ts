// Backpropagation written by hand, as the notes have it, to be held against the automatic derivatives:
// algorithms 5 and 6 for a feed-forward network, and the recursion of row vectors for any chain of
// maps. Examples are rows, so W·h of the notes is h·Wᵀ here.
//
// The backward loop begins at k = L; as it is printed, "k = L − 1 to 1", it leaves out W_L and b_L.

import type { OutputUnit } from "../nn/output-units.ts";
import { jacobian } from "../tensor/derivatives.ts";
import { requireSome } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** W: [out, in] and b: [out] of one layer. */
export interface AffineLayer {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** A nonlinearity and its derivative, both by the pre-activation. */
export interface DifferentiableActivation {
  g(a: Tensor): Tensor;
  slope(a: Tensor): Tensor;
}

/**
 * Nonlinearities with their derivatives written by hand; that of relu at 0 is 0.
 *
 * @source  seed 000 §FFNN; 001 §4.3
 * @example
 * activations.sigmoid.slope(tensor(0)); // 0.25
 */
export const activations = {
  sigmoid: { g: (a) => a.sigmoid(), slope: (a) => a.sigmoid().mul(a.neg().sigmoid()) },
  tanh: { g: (a) => a.tanh(), slope: (a) => a.tanh().square().neg().add(1) },
  relu: { g: (a) => a.relu(), slope: (a) => a.greater(0).cast(a.dtype) },
  identity: { g: (a) => a, slope: (a) => a.mul(0).add(1) },
} as const satisfies Record<string, DifferentiableActivation>;

/** A feed-forward network as plain data. */
export interface PlainNetwork {
  readonly layers: readonly AffineLayer[];
  readonly activation: DifferentiableActivation;
  readonly output: OutputUnit;
}

/** What a forward pass keeps for the backward one. */
export interface ForwardPass {
  /** a₁ … a_L, each [examples, units] */
  readonly preActivations: readonly Tensor[];
  /** h₀ … h_{L−1}, with h₀ = x */
  readonly activations: readonly Tensor[];
  /** ŷ = O(a_L) */
  readonly prediction: Tensor;
}

/**
 * Algorithm 5: aₖ = bₖ + Wₖ·hₖ₋₁ and hₖ = g(aₖ) for k = 1 … L − 1, then a_L and ŷ = O(a_L).
 *
 * @param network  layers, activation, output
 * @param x        [examples, inputs]
 * @returns        all that the backward pass needs, and the prediction
 * @throws ArgumentError  there is no layer
 * @source  seed 001 §4.3, algorithm 5
 * @example
 * const layers = [{ weight: tensor([[2]]), bias: tensor([1]) }];
 * const network = { layers, activation: activations.tanh, output: nn.linearOutput };
 * forwardPropagation(network, tensor([[3]])).prediction; // [[7]]
 */
export function forwardPropagation(
  { layers, activation, output }: PlainNetwork,
  x: Tensor,
): ForwardPass {
  requireSome("forwardPropagation", { layers });
  const preActivations: Tensor[] = [];
  const hidden: Tensor[] = [];
  let h = x;
  for (const { weight, bias } of layers) {
    hidden.push(h);
    const a = h.matmul(weight.T).add(bias); // [examples, units]
    preActivations.push(a);
    h = activation.g(a);
  }
  const prediction = output.output(preActivations.at(-1) as Tensor);
  return { preActivations, activations: hidden, prediction };
}

/** What a backward pass by hand gives. */
export interface BackwardPass {
  /** ∇W and ∇b of each layer, sums over the examples. */
  readonly layers: readonly AffineLayer[];
  /** ∇ by a₁ … a_L, each [examples, units] */
  readonly preActivations: readonly Tensor[];
  /** ∇ by h₀ … h_{L−1}, each [examples, units] */
  readonly activations: readonly Tensor[];
}

/**
 * Algorithm 6: ∇a_L from the output unit, then for k = L … 1
 * ∇Wₖ = ∇aₖ·hₖ₋₁ᵀ, ∇bₖ = ∇aₖ, ∇hₖ₋₁ = Wₖᵀ·∇aₖ, ∇aₖ₋₁ = ∇hₖ₋₁ ⊙ g′(aₖ₋₁).
 *
 * @param network  layers, activation, output
 * @param pass     of forwardPropagation
 * @param target   what the output unit compares with
 * @cost    two products a layer, as many operations again as two forward passes
 * @source  seed 001 §4.3, algorithm 6
 * @example
 * const layers = [{ weight: tensor([[2]]), bias: tensor([1]) }];
 * const network = { layers, activation: activations.tanh, output: nn.linearOutput };
 * const pass = forwardPropagation(network, tensor([[3]])); // (7 − 5)², with slope 2·2 by a
 * backwardPropagation(network, pass, tensor([[5]])).layers[0].weight; // [[12]]
 */
export function backwardPropagation(
  { layers, activation, output }: PlainNetwork,
  pass: ForwardPass,
  target: Tensor,
): BackwardPass {
  const found: AffineLayer[] = [];
  const byPreActivation: Tensor[] = [];
  const byActivation: Tensor[] = [];
  let slope = output.gradient(pass.preActivations.at(-1) as Tensor, target); // ∇a_L
  for (let k = layers.length - 1; k >= 0; k--) {
    const h = pass.activations[k] as Tensor; // hₖ₋₁
    byPreActivation.unshift(slope);
    found.unshift({ weight: slope.T.matmul(h), bias: slope.sum({ axis: 0 }) });
    const back = slope.matmul((layers[k] as AffineLayer).weight); // ∇hₖ₋₁
    byActivation.unshift(back);
    if (k > 0) slope = back.mul(activation.slope(pass.preActivations[k - 1] as Tensor));
  }
  return { layers: found, preActivations: byPreActivation, activations: byActivation };
}

/** One map of a chain: from a vector and its own parameters to a vector. */
export interface ChainLink {
  readonly map: (z: Tensor, parameters: Tensor) => Tensor;
  /** θ, of any shape */
  readonly parameters: Tensor;
}

/** What backpropagation row by row gives. */
export interface RowRecursion {
  /** z₀ = x, z₁, …, z_k */
  readonly values: readonly Tensor[];
  /** ξ₁ … ξ_{k+1}: ξ_l is the row of derivatives of the loss by z_{l−1} */
  readonly rows: readonly Tensor[];
  /** ∇θ₁ … ∇θ_k, of the shapes of the parameters */
  readonly gradients: readonly Tensor[];
}

/**
 * Forward pass: z_l = F_l(z_{l−1}). Backward pass: ξ_{k+1} = ∂ℓ(z_k), ξ_l = ξ_{l+1}·∂F_l(z_{l−1}).
 * Local products: ∇θ_l = ξ_{l+1}·F_l′(z_{l−1}).
 *
 * The Jacobians are made in full, so this is for showing, not for training.
 *
 * @param chain  F₁ … F_k
 * @param loss   ℓ, from z_k to []
 * @param x      [inputs]
 * @cost    the Jacobian of every link, by its input and by its parameters
 * @source  seed 003 §Backpropagation
 * @example
 * const link = { map: (z: Tensor, w: Tensor) => z.mul(w), parameters: tensor([2, 3]) };
 * rowRecursion([link], (z) => z.sum(), tensor([5, 7])).gradients[0]; // [5, 7]
 */
export function rowRecursion(
  chain: readonly ChainLink[],
  loss: (z: Tensor) => Tensor,
  x: Tensor,
): RowRecursion {
  const values = [x];
  for (const { map, parameters } of chain) values.push(map(values.at(-1) as Tensor, parameters));
  let row = jacobian(loss)(values.at(-1) as Tensor); // ξ_{k+1}: [units]
  const rows = [row];
  const gradients: Tensor[] = [];
  for (let l = chain.length - 1; l >= 0; l--) {
    const { map, parameters } = chain[l] as ChainLink;
    const z = values[l] as Tensor;
    const local = jacobian(map, { argument: 1 })(z, parameters); // [units, ...θ]
    gradients.unshift(row.tensorDot(local, 1));
    row = row.matmul(jacobian(map)(z, parameters));
    rows.unshift(row);
  }
  return { values, rows, gradients };
}

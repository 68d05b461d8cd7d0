// Supervised learning as five parts: data, a model, its parameters, an algorithm and an objective. The
// loop knows nothing else of them, so any of them can be exchanged.
// Seed 001 §3.2–3.3 and §4.1 (algorithms 3 and 4); 004 §Training a NN.

import { ArgumentError } from "../ir/errors.ts";
import { compile } from "../tensor/compile.ts";
import { grad } from "../tensor/derivatives.ts";
import { realize } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { treeMap } from "../tensor/tree.ts";

/** θ: named tensors. */
export type Parameters = Readonly<Record<string, Tensor>>;

/**
 * From the objective as a function of θ, and θ, to a direction Δθ of the same names: the loop makes
 * θ + η·Δθ of it.
 */
export type LearningAlgorithm<P extends Parameters> = (objective: (θ: P) => Tensor, θ: P) => P;

/** The five parts. */
export interface SupervisedSetup<P extends Parameters> {
  /** {xᵢ, yᵢ}: [examples, …] each */
  readonly data: { readonly x: Tensor; readonly y: Tensor };
  /** ŷ = f̂(x; θ) */
  readonly model: (x: Tensor, θ: P) => Tensor;
  /** θ₀ */
  readonly parameters: P;
  /** Finds Δθ; gradientDescent does, and so does anything that makes the objective smaller. */
  readonly algorithm: LearningAlgorithm<P>;
  /** [] from ŷ and y */
  readonly objective: (prediction: Tensor, y: Tensor) => Tensor;
}

/** Options of learn. */
export interface LearnOptions<P extends Parameters> {
  /** η. Default 0.1 */
  readonly lr?: number;
  /** Updates to make, neither more nor fewer. Default 1000 */
  readonly maxIterations?: number;
  /** Told of t (from 1) and θ after each update. */
  readonly onIteration?: (t: number, θ: P) => void | Promise<void>;
}

/**
 * Δθ = −∇L: algorithm 3.
 *
 * @param objective  of θ: []
 * @param θ          named tensors
 * @returns          tensors of the same names and shapes
 * @source  seed 001 §3.3
 * @example
 * gradientDescent(({ w }) => w.square(), { w: tensor(3) }).w; // -6
 */
export function gradientDescent<P extends Parameters>(objective: (θ: P) => Tensor, θ: P): P {
  return treeMap(grad(objective)(θ), (g: Tensor) => g.neg()) as P;
}

/**
 * t = 0; while t++ < maxIterations: θ ← θ + η·Δθ.
 *
 * @param setup    the five parts
 * @param options  lr, maxIterations, onIteration
 * @returns        θ after the last update
 * @throws ArgumentError  maxIterations is not a whole number from 0
 * @source  seed 001 §3.3, algorithm 3; §4.1, algorithm 4
 * @example
 * const line = await learn({
 *   data: { x: tensor([0, 1]), y: tensor([0, 2]) },
 *   model: (x: Tensor, { w }: { w: Tensor }) => x.mul(w),
 *   parameters: { w: tensor(0) },
 *   algorithm: gradientDescent,
 *   objective: (yHat, y) => yHat.sub(y).square().sum(),
 * });
 * line.w; // 2
 */
export async function learn<P extends Parameters>(
  { data, model, parameters, algorithm, objective }: SupervisedSetup<P>,
  { lr = 0.1, maxIterations = 1000, onIteration }: LearnOptions<P> = {},
): Promise<P> {
  if (!Number.isInteger(maxIterations) || maxIterations < 0) {
    throw new ArgumentError(
      `learn: maxIterations must be a whole number from 0, not ${maxIterations}`,
    );
  }
  const { x, y } = data;
  const update = compile((at: Parameters): Record<string, Tensor> => {
    const change: Parameters = algorithm((θ) => objective(model(x, θ), y), at as P);
    return Object.fromEntries(
      Object.entries(at).map(([name, p]) => [name, p.add((change[name] as Tensor).mul(lr))]),
    );
  });
  let θ = parameters;
  let t = 0;
  while (t++ < maxIterations) {
    θ = update(θ) as P;
    await realize(θ);
    await onIteration?.(t, θ);
  }
  return θ;
}

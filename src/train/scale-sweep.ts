// How the size of the first weights decides what can be learnt: gradient norms over scales. Large
// weights push sigmoids to their ends, where updates vanish; small ones pass nothing on.

import { type Functional, functional } from "../nn/functional.ts";
import { globalNorm } from "../optim/clip.ts";
import { grad } from "../tensor/derivatives.ts";
import { requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of scaleSweep. */
export interface ScaleSweepOptions {
  /** What the model is given. */
  input: Tensor;
  /** From what it gives to [] */
  loss: (output: Tensor) => Tensor;
  /** Factors of all parameters. */
  scales: readonly number[];
}

/** One point of the plot. */
export interface ScaleGradient {
  readonly scale: number;
  /** √(Σ g²) over all parameters, of the loss at the scaled parameters. */
  readonly gradientNorm: number;
}

/**
 * ‖∇L(s·θ)‖ for each scale s, with θ the parameters as they are now.
 *
 * @param model    is not changed
 * @param options  input, loss, scales
 * @returns        one point a scale, in their order
 * @cost    a forward and a backward pass a scale
 * @source  seed 000 §Activation Functions 2); Glorot and Bengio 2010, Understanding the Difficulty of
 *   Training Deep Feedforward Neural Networks, §2.3
 */
export async function gradientNormByScale(
  model: Functional<[x: Tensor], Tensor>,
  { input, loss, scales }: ScaleSweepOptions,
): Promise<ScaleGradient[]> {
  for (const scale of scales) requireWithin("gradientNormByScale", { scales: scale });
  const run = functional(model);
  const slope = grad((parameters: Record<string, Tensor>) => loss(run(parameters, input)));
  const start = Object.entries(model.parameters()).map(
    ([name, p]) => [name, p.snapshot()] as const,
  );
  const points: ScaleGradient[] = [];
  for (const scale of scales) {
    const scaled = Object.fromEntries(start.map(([name, p]) => [name, p.mul(scale)]));
    points.push({ scale, gradientNorm: await globalNorm(slope(scaled)).item() });
  }
  return points;
}

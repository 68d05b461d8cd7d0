// The step that all normalisations share: x shifted and scaled to mean 0 and variance 1 over some axes.

import type { Tensor } from "../../tensor/tensor.ts";

/** Standardised is centred · scale. What is not x's shape has the axes kept as 1. */
export interface Standardized {
  /** x − mean */
  readonly centred: Tensor;
  /** 1 / √(variance + ε) */
  readonly scale: Tensor;
  readonly mean: Tensor;
  /** Biased. */
  readonly variance: Tensor;
}

/** What makes x have mean 0 and variance 1 (the biased one, plus ε under the root) over `axis`. */
export function standardized(x: Tensor, axis: readonly number[], eps: number): Standardized {
  const mean = x.mean({ axis, keepDims: true });
  const centred = x.sub(mean);
  const variance = centred.square().mean({ axis, keepDims: true });
  return { centred, scale: variance.add(eps).rsqrt(), mean, variance };
}

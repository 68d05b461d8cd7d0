// Leaky units: a running average with a self-weight near 1 remembers for long, near 0 forgets. Seed 002
// §2.5.4; the formula is that of the textbook the notes follow (Goodfellow et al. 2016, §10.9.2).

import { ArgumentError } from "../../ir/errors.ts";
import { Parameter, State } from "../../tensor/cell.ts";
import { full, zeros } from "../../tensor/create.ts";
import { requireSizes } from "../../tensor/requirements.ts";
import { scan } from "../../tensor/scan.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Module } from "../module.ts";

/** Options of Leaky. */
export interface LeakyOptions {
  /** α where it begins, in (0, 1). Default 0.9: about ten steps. */
  alpha?: number;
  /** Whether α is learnt, one a unit, as σ(logit). Default false. */
  trainable?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * μᵗ = α·μᵗ⁻¹ + (1 − α)·vᵗ, from zeros.
 *
 * @throws ArgumentError  alpha does not lie in (0, 1)
 * @source  seed 002 §2.5.4
 * @example
 * new Leaky(1, { alpha: 0.5 }).forward(tensor([[1], [0], [0]])); // [[0.5], [0.25], [0.125]]
 */
export class Leaky extends Module {
  /** log(α/(1 − α)): [units]. A Parameter if it is trained. */
  readonly logit: Parameter | State;

  constructor(units: number, options: LeakyOptions = {}) {
    super();
    requireSizes("Leaky", { units });
    const { alpha = 0.9, trainable = false, dtype = "f32" } = options;
    if (!(alpha > 0 && alpha < 1)) {
      throw new ArgumentError(`Leaky: alpha must lie in (0, 1), not ${alpha}`);
    }
    const start = full([units], Math.log(alpha / (1 - alpha)), { dtype });
    this.logit = trainable ? new Parameter(start) : new State(start);
  }

  /** α: [units] */
  get alpha(): Tensor {
    return this.logit.sigmoid();
  }

  /** @param v  [time, ..., units] @returns the averages, of v's shape */
  forward(v: Tensor): Tensor {
    const alpha = this.alpha;
    const fresh = v.mul(alpha.neg().add(1));
    const [, averages] = scan(
      (before: Tensor, x: Tensor) => {
        const next = before.mul(alpha).add(x);
        return [next, next] as const;
      },
      zeros(v.shape.slice(1), { dtype: v.dtype }),
      fresh,
    );
    return averages;
  }
}

// RAdam: Adam that waits with its second moment until enough gradients have been seen to trust it.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, unbiased, withDefaults } from "./settings.ts";

interface Settings {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of RAdam. */
export interface RAdamOptions extends Partial<Settings> {
  /** η. Default 1e-3. */
  lr?: Rate;
  /** β₁ and β₂. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** ε: added to the root of v. Default 1e-8. */
  eps?: number;
  /** λ: added to the gradient as λ·p. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<RAdamOptions>[];
}

/**
 * With ρ∞ = 2 / (1 − β₂) − 1 and ρₜ = ρ∞ − 2t·β₂ᵗ / (1 − β₂ᵗ): where ρₜ > 5,
 * p ← p − η·r·m̂·√(1 − β₂ᵗ) / (√v + ε), r² = (ρₜ − 4)(ρₜ − 2)·ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)·ρₜ); before, p ← p − η·m̂.
 *
 * State of a parameter: as of Adam.
 *
 * @source Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, alg. 2.
 *   arXiv:1908.03265
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new RAdam([w], { lr: 0.1 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.8, 1.6]
 */
export class RAdam extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-3, groups, ...options }: RAdamOptions = {}) {
    const standard: Settings = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  protected override slotNames(): readonly string[] {
    return ["m", "v"];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    state: Readonly<Record<string, Tensor>>,
    { step, lr, options }: UpdateContext<Settings>,
  ): Updated {
    const [beta1, beta2] = options.betas;
    const d = downhill(p, g, options);
    const m = (state.m as Tensor).mul(beta1).add(d.mul(1 - beta1));
    const v = (state.v as Tensor).mul(beta2).add(d.square().mul(1 - beta2));
    const share = unbiased(beta2, step);
    const most = 2 / (1 - beta2) - 1;
    const power = share.neg().add(1); // β₂ᵗ
    const length = step.mul(-2).mul(power).div(share).add(most);
    const scale = most / ((most - 4) * (most - 2));
    const square = length.sub(4).mul(length.sub(2)).div(length).mul(scale);
    const trusted = length.greater(5);
    const root = v.sqrt().add(options.eps);
    const factor = square.where(trusted, 1).sqrt().mul(share.sqrt()).div(root).where(trusted, 1);
    const change = m.mul(factor).mul(lr.div(unbiased(beta1, step)));
    return { p: p.sub(change), state: { m, v } };
  }
}

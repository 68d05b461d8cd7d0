// MaxProp: RMSProp with the largest gradient instead of a mean of squares. A step without a gradient
// only lets the scale fade; no root is needed.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, withDefaults } from "./settings.ts";

interface Settings {
  readonly beta: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of MaxProp. */
export interface MaxPropOptions extends Partial<Settings> {
  /** η. Default 1e-2. */
  lr?: Rate;
  /** β: how slowly the scale fades. Default 0.999. */
  beta?: number;
  /** ε: added to the scale; with 0, an element that never had a gradient stays. Default 1e-8. */
  eps?: number;
  /** λ: added to the gradient as λ·p. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<MaxPropOptions>[];
}

/**
 * v ← max(β·v, |g|); p ← p − η·g / (v + ε).
 *
 * With ε = 0 this is the ∞-norm update: v = maxₜ βᵗ⁻ᵗ'·|gₜ'|.
 *
 * State of a parameter: `v`, [shape of p], units of g.
 *
 * @source seeds 000 (Max Prop) and 001 §6; Kingma and Ba 2015, Adam, §7.1, without its momentum
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new MaxProp([w], { lr: 0.5 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.5, 1.5]
 */
export class MaxProp extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-2, groups, ...options }: MaxPropOptions = {}) {
    const standard: Settings = { beta: 0.999, eps: 1e-8, weightDecay: 0, maximize: false };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  protected override slotNames(): readonly string[] {
    return ["v"];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    state: Readonly<Record<string, Tensor>>,
    { lr, options }: UpdateContext<Settings>,
  ): Updated {
    const { beta, eps } = options;
    const d = downhill(p, g, options);
    const v = (state.v as Tensor).mul(beta).maximum(d.abs());
    // 0/0 where there never was a gradient.
    const direction = eps === 0 ? d.div(v).where(v.greater(0), 0) : d.div(v.add(eps));
    return { p: p.sub(direction.mul(lr)), state: { v } };
  }
}

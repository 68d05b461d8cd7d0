// AdaMax: Adam whose second moment is the largest gradient, which needs no correction of its bias.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, type EpsPlacement, unbiased, withDefaults } from "./settings.ts";

interface Settings {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly epsPlacement: EpsPlacement;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of Adamax. */
export interface AdamaxOptions extends Partial<Settings> {
  /** η. Default 2e-3. */
  lr?: Rate;
  /** β₁ and β₂. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** ε. Default 1e-8. */
  eps?: number;
  /** max(β₂·v, |g| + ε) as PyTorch has it, or v + ε as the notes have it. Default "inside". */
  epsPlacement?: EpsPlacement;
  /** λ: added to the gradient as λ·p. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<AdamaxOptions>[];
}

/**
 * m ← β₁·m + (1 − β₁)·g; v ← max(β₂·v, |g| + ε); p ← p − η / (1 − β₁ᵗ)·m / v.
 *
 * State of a parameter, each [shape of p], units of g: `m` and `v`.
 *
 * @source Kingma and Ba 2015, Adam, alg. 2. arXiv:1412.6980; seed 001 §6
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new Adamax([w], { lr: 0.5 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.5, 1.5]
 */
export class Adamax extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 2e-3, groups, ...options }: AdamaxOptions = {}) {
    const standard: Settings = {
      betas: [0.9, 0.999],
      eps: 1e-8,
      epsPlacement: "inside",
      weightDecay: 0,
      maximize: false,
    };
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
    const { betas, eps, epsPlacement } = options;
    const [beta1, beta2] = betas;
    const inside = epsPlacement === "inside";
    const d = downhill(p, g, options);
    const m = (state.m as Tensor).mul(beta1).add(d.mul(1 - beta1));
    const size = inside ? d.abs().add(eps) : d.abs();
    const v = (state.v as Tensor).mul(beta2).maximum(size);
    const direction = m.div(inside ? v : v.add(eps));
    return { p: p.sub(direction.mul(lr.div(unbiased(beta1, step)))), state: { m, v } };
  }
}

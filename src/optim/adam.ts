// Adam, and AMSGrad, which never forgets the largest second moment.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, type EpsPlacement, rootOf, unbiased, withDefaults } from "./settings.ts";

export interface AdamSettings {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly amsgrad: boolean;
  readonly biasCorrection: boolean;
  readonly epsPlacement: EpsPlacement;
  readonly maximize: boolean;
}

/** Options of Adam. */
export interface AdamOptions extends Partial<AdamSettings> {
  /** η. Default 1e-3. */
  lr?: Rate;
  /** β₁ and β₂: how slowly the moments change. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** ε: added to the root of the second moment. Default 1e-8. */
  eps?: number;
  /** λ: added to the gradient as λ·p. Default 0. */
  weightDecay?: number;
  /** Divide by the largest second moment so far, which never decreases. Default false. */
  amsgrad?: boolean;
  /** Whether the moments are divided by 1 − βᵗ. Default true. */
  biasCorrection?: boolean;
  /** √v̂ + ε, or √(v̂ + ε) as some books have it. Default "outside". */
  epsPlacement?: EpsPlacement;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<AdamOptions>[];
}

export const adamStandard: AdamSettings = {
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  biasCorrection: true,
  epsPlacement: "outside",
  maximize: false,
};

/** The slots of Adam. */
export const adamSlots = ({ amsgrad }: AdamSettings): readonly string[] =>
  amsgrad ? ["m", "v", "vMax"] : ["m", "v"];

/** One Adam step without weight decay: the change of p, and the new moments. */
export function adamStep(
  g: Tensor,
  slots: Readonly<Record<string, Tensor>>,
  { step, lr, options }: UpdateContext<AdamSettings>,
): { readonly change: Tensor; readonly state: Readonly<Record<string, Tensor>> } {
  const { betas, eps, amsgrad, biasCorrection, epsPlacement } = options;
  const [beta1, beta2] = betas;
  const m = (slots.m as Tensor).mul(beta1).add(g.mul(1 - beta1));
  const v = (slots.v as Tensor).mul(beta2).add(g.square().mul(1 - beta2));
  const vMax = amsgrad ? (slots.vMax as Tensor).maximum(v) : v;
  const state: Record<string, Tensor> = amsgrad ? { m, v, vMax } : { m, v };
  if (!biasCorrection) return { change: m.div(rootOf(vMax, eps, epsPlacement)).mul(lr), state };
  const share = unbiased(beta2, step);
  const root =
    epsPlacement === "inside"
      ? rootOf(vMax.div(share), eps, epsPlacement)
      : vMax.sqrt().div(share.sqrt()).add(eps);
  return { change: m.div(root).mul(lr.div(unbiased(beta1, step))), state };
}

/**
 * m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; p ← p − η·m̂ / (√v̂ + ε),
 * with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ).
 *
 * With amsgrad, v̂ is made of the largest v so far.
 *
 * State of a parameter: `m`, [shape of p], units of g; `v`, [shape of p], units of g²; with amsgrad
 * `vMax`, [shape of p], units of g².
 *
 * @source Kingma and Ba 2015, Adam: A Method for Stochastic Optimization, alg. 1. arXiv:1412.6980;
 *   Reddi, Kale and Kumar 2018, On the Convergence of Adam and Beyond, alg. 2; seeds 001 §6 and
 *   003 §Adam, §AMSGrad
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new Adam([w], { lr: 0.1 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.9, 1.9]
 */
export class Adam extends Optimizer<AdamSettings> {
  constructor(parameters: unknown, { lr = 1e-3, groups, ...options }: AdamOptions = {}) {
    super(parameters, { lr, groups, settings: withDefaults(adamStandard, options) });
  }

  protected override slotNames(options: AdamSettings): readonly string[] {
    return adamSlots(options);
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    slots: Readonly<Record<string, Tensor>>,
    context: UpdateContext<AdamSettings>,
  ): Updated {
    const { change, state } = adamStep(downhill(p, g, context.options), slots, context);
    return { p: p.sub(change), state };
  }
}

// Adam.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";

export interface AdamSettings {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

export interface AdamOptions extends Partial<AdamSettings> {
  /** η. Default 1e-3. */
  lr?: Rate;
  /** β₁ and β₂: how slowly the moments change. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** ε: added to the root of the second moment. Default 1e-8. */
  eps?: number;
  /** λ: added to the gradient as λ·p. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<AdamOptions>[];
}

/** One Adam step without weight decay: the change of p, and the new moments. */
export function adamStep(
  g: Tensor,
  state: Readonly<Record<string, Tensor>>,
  { step, lr, options }: UpdateContext<AdamSettings>,
): { readonly change: Tensor; readonly state: { readonly m: Tensor; readonly v: Tensor } } {
  const { betas, eps } = options;
  const [beta1, beta2] = betas;
  const m = (state.m as Tensor).mul(beta1).add(g.mul(1 - beta1));
  const v = (state.v as Tensor).mul(beta2).add(g.square().mul(1 - beta2));
  const root = v.sqrt().div(unbiased(beta2, step).sqrt()).add(eps);
  return { change: m.div(root).mul(lr.div(unbiased(beta1, step))), state: { m, v } };
}

/** 1 − βᵗ, accurate where βᵗ is near 1. */
const unbiased = (beta: number, step: Tensor): Tensor => step.mul(Math.log(beta)).expm1().neg();

/**
 * m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; p ← p − η·m̂ / (√v̂ + ε),
 * with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ).
 *
 * State of a parameter: `m`, [shape of p], units of g; `v`, [shape of p], units of g².
 *
 * @source Kingma and Ba 2015, Adam: A Method for Stochastic Optimization, alg. 1. arXiv:1412.6980
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new Adam([w], { lr: 0.1 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.9, 1.9]
 */
export class Adam extends Optimizer<AdamSettings> {
  constructor(parameters: unknown, { lr = 1e-3, groups, ...options }: AdamOptions = {}) {
    const standard = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false } as const;
    super(parameters, { lr, groups, settings: { ...standard, ...options } });
  }

  protected override slotNames(): readonly string[] {
    return ["m", "v"];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    slots: Readonly<Record<string, Tensor>>,
    context: UpdateContext<AdamSettings>,
  ): Updated {
    const { weightDecay, maximize } = context.options;
    const downhill = maximize ? g.neg() : g;
    const d = weightDecay === 0 ? downhill : downhill.add(p.mul(weightDecay));
    const { change, state } = adamStep(d, slots, context);
    return { p: p.sub(change), state };
  }
}

// NAdam: Adam with Nesterov's momentum. PyTorch follows Dozat, whose β₁ rises over the run; the notes
// keep it.

import { requireOneOf } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, type EpsPlacement, rootOf, unbiased, withDefaults } from "./settings.ts";

interface Settings {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly form: "scheduled" | "plain";
  readonly momentumDecay: number;
  readonly epsPlacement: EpsPlacement;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of NAdam. */
export interface NAdamOptions extends Partial<Settings> {
  /** η. Default 2e-3. */
  lr?: Rate;
  /** β₁ and β₂. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** ε: added to the root. Default 1e-8. */
  eps?: number;
  /** Dozat's μₜ, or β₁ throughout as in the notes. Default "scheduled". */
  form?: "scheduled" | "plain";
  /** ψ of the schedule: 0 gives β₁/2, ∞ gives β₁. Default 4e-3. */
  momentumDecay?: number;
  /** √v̂ + ε, or √(v̂ + ε) as some books have it. Default "outside". */
  epsPlacement?: EpsPlacement;
  /** λ: added to the gradient as λ·p. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<NAdamOptions>[];
}

/**
 * m and v as of Adam; scheduled: p ← p − η / (√v̂ + ε)·((1 − μₜ)·g / (1 − Π μ) + μₜ₊₁·m / (1 − μₜ₊₁·Π μ))
 * with μₜ = β₁·(1 − ½·0.96^(t·ψ)) and the product up to μₜ; plain: p ← p − η / (√v̂ + ε)·(β₁·m +
 * (1 − β₁)·g) / (1 − β₁ᵗ).
 *
 * State of a parameter: as of Adam; scheduled also `logProduct`, []: log Π μ.
 *
 * @source Dozat 2016, Incorporating Nesterov Momentum into Adam, alg. 8; seeds 000 and 001 §6
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new NAdam([w], { lr: 0.1, betas: [0, 0.999] });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.9, 1.9]
 */
export class NAdam extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 2e-3, groups, ...options }: NAdamOptions = {}) {
    const standard: Settings = {
      betas: [0.9, 0.999],
      eps: 1e-8,
      form: "scheduled",
      momentumDecay: 4e-3,
      epsPlacement: "outside",
      weightDecay: 0,
      maximize: false,
    };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
    requireOneOf("NAdam", { form: options.form ?? "scheduled" }, ["scheduled", "plain"]);
  }

  protected override slotNames({ form }: Settings): readonly string[] {
    return form === "scheduled" ? ["m", "v", "logProduct"] : ["m", "v"];
  }

  protected override slotShape(name: string, shape: readonly number[]): readonly number[] {
    return name === "logProduct" ? [] : shape;
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    slots: Readonly<Record<string, Tensor>>,
    { step, lr, options }: UpdateContext<Settings>,
  ): Updated {
    const { betas, eps, form, momentumDecay, epsPlacement } = options;
    const [beta1, beta2] = betas;
    const d = downhill(p, g, options);
    const m = (slots.m as Tensor).mul(beta1).add(d.mul(1 - beta1));
    const v = (slots.v as Tensor).mul(beta2).add(d.square().mul(1 - beta2));
    const root = rootOf(v.div(unbiased(beta2, step)), eps, epsPlacement);
    if (form === "plain") {
      const sum = m.mul(beta1).add(d.mul(1 - beta1));
      const change = sum.div(root).mul(lr.div(unbiased(beta1, step)));
      return { p: p.sub(change), state: { m, v } };
    }
    const fade = momentumDecay * Math.log(0.96);
    const mu = (t: Tensor): Tensor =>
      fade === -Infinity ? t.mul(0).add(beta1) : t.mul(fade).exp().mul(-0.5).add(1).mul(beta1);
    const [now, next] = [mu(step), mu(step.add(1))];
    const logProduct = (slots.logProduct as Tensor).add(now.log());
    const ofGradient = lr.mul(now.neg().add(1)).div(logProduct.expm1().neg());
    const ofMoment = lr.mul(next).div(logProduct.add(next.log()).expm1().neg());
    const change = d.mul(ofGradient).add(m.mul(ofMoment)).div(root);
    return { p: p.sub(change), state: { m, v, logProduct } };
  }
}

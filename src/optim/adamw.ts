// AdamW: Adam with the weight decay outside the moments.

import type { Tensor } from "../tensor/tensor.ts";
import { type AdamOptions, type AdamSettings, adamStep } from "./adam.ts";
import { Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";

export interface AdamWOptions extends AdamOptions {
  /** λ: p shrinks by η·λ·p a step. Default 1e-2. */
  weightDecay?: number;
}

/**
 * p ← (1 − η·λ)·p, then a step of Adam.
 *
 * State of a parameter: as of Adam.
 *
 * @source Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, alg. 2. arXiv:1711.05101
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new AdamW([w], { lr: 0.1, weightDecay: 0.1 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.89, 1.88]
 */
export class AdamW extends Optimizer<AdamSettings> {
  constructor(parameters: unknown, { lr = 1e-3, groups, ...options }: AdamWOptions = {}) {
    const standard = {
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 1e-2,
      maximize: false,
    } as const;
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
    const { options, lr } = context;
    const { change, state } = adamStep(options.maximize ? g.neg() : g, slots, context);
    const decayed = options.weightDecay === 0 ? p : p.sub(p.mul(lr.mul(options.weightDecay)));
    return { p: decayed.sub(change), state };
  }
}

// AdamW: Adam with the weight decay outside the moments.

import type { Tensor } from "../tensor/tensor.ts";
import { type AdamOptions, type AdamSettings, adamSlots, adamStandard, adamStep } from "./adam.ts";
import { Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { withDefaults } from "./settings.ts";

/** Options of AdamW. */
export interface AdamWOptions extends AdamOptions {
  /** λ: p shrinks by η·λ·p a step. Default 1e-2. */
  weightDecay?: number;
}

/**
 * p ← (1 − η·λ)·p, then a step of Adam.
 *
 * State of a parameter: as of Adam.
 *
 * @source Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, alg. 2. arXiv:1711.05101;
 *   seed 000 §Learning rate Schemes
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new AdamW([w], { lr: 0.1, weightDecay: 0.1 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.89, 1.88]
 */
export class AdamW extends Optimizer<AdamSettings> {
  constructor(parameters: unknown, { lr = 1e-3, groups, ...options }: AdamWOptions = {}) {
    const settings = withDefaults({ ...adamStandard, weightDecay: 1e-2 }, options);
    super(parameters, { lr, groups, settings });
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
    const { options, lr } = context;
    const { change, state } = adamStep(options.maximize ? g.neg() : g, slots, context);
    const decayed = options.weightDecay === 0 ? p : p.sub(p.mul(lr.mul(options.weightDecay)));
    return { p: decayed.sub(change), state };
  }
}

// Stochastic gradient descent.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, type Scheduled, settingAt, withDefaults } from "./settings.ts";

interface Settings {
  readonly momentum: Scheduled;
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of SGD. */
export interface SGDOptions extends Partial<Settings> {
  /** η. Default 1e-3. */
  lr?: Rate;
  /** μ: share of the last direction that is kept; or a function of the step. Default 0. */
  momentum?: Scheduled;
  /** τ: share of the gradient that does not enter the momentum. Default 0. */
  dampening?: number;
  /** Look ahead along the momentum. Default false. */
  nesterov?: boolean;
  /** λ: shrinks the parameter. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<SGDOptions>[];
}

/**
 * b ← μ·b + (1 − τ)·(g + λ·p); p ← p − η·b, or with nesterov p ← p − η·(g + λ·p + μ·b).
 *
 * Without momentum, gradient descent: p ← p − η·g, of all examples or of a batch.
 *
 * State of a parameter, with momentum: `momentum` b, [shape of p], units of g. The first b is g.
 *
 * @source Sutskever et al. 2013, On the Importance of Initialization and Momentum in Deep Learning,
 *   §2; in PyTorch's form, in which the learning rate is outside b; seeds 001 §5.1 and §6, 002 §2.3
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new SGD([w], { lr: 0.1, momentum: 0.9 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.8, 1.6]
 */
export class SGD extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-3, groups, ...options }: SGDOptions = {}) {
    const standard: Settings = {
      momentum: 0,
      dampening: 0,
      nesterov: false,
      weightDecay: 0,
      maximize: false,
    };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  protected override slotNames({ momentum }: Settings): readonly string[] {
    return momentum === 0 ? [] : ["momentum"];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    state: Readonly<Record<string, Tensor>>,
    { step, lr, options }: UpdateContext<Settings>,
  ): Updated {
    const { dampening, nesterov } = options;
    const d = downhill(p, g, options);
    if (options.momentum === 0) return { p: p.sub(d.mul(lr)), state };
    const momentum = settingAt(options.momentum, step);
    let b = (state.momentum as Tensor).mul(momentum).add(d.mul(1 - dampening));
    if (dampening !== 0) b = d.where(step.equal(1), b);
    const direction = nesterov ? d.add(b.mul(momentum)) : b;
    return { p: p.sub(direction.mul(lr)), state: { momentum: b } };
  }
}

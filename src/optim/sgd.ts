// Stochastic gradient descent.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";

interface Settings {
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

export interface SGDOptions extends Partial<Settings> {
  /** η. Default 1e-3. */
  lr?: Rate;
  /** μ: share of the last direction that is kept. Default 0. */
  momentum?: number;
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
 * b ← μ·b + (1 − τ)·(g + λ·p); p ← p − η·b.
 *
 * State of a parameter, with momentum: `momentum` b, [shape of p], units of g. The first b is g.
 *
 * @source Sutskever et al. 2013, On the Importance of Initialization and Momentum in Deep Learning,
 *   §2; in PyTorch's form, in which the learning rate is outside b
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
    super(parameters, { lr, groups, settings: { ...standard, ...options } });
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
    const { momentum, dampening, nesterov, weightDecay, maximize } = options;
    let d = maximize ? g.neg() : g;
    if (weightDecay !== 0) d = d.add(p.mul(weightDecay));
    if (momentum === 0) return { p: p.sub(d.mul(lr)), state };
    let b = (state.momentum as Tensor).mul(momentum).add(d.mul(1 - dampening));
    if (dampening !== 0) b = d.where(step.equal(1), b);
    d = nesterov ? d.add(b.mul(momentum)) : b;
    return { p: p.sub(d.mul(lr)), state: { momentum: b } };
  }
}

// RMSProp: AdaGrad that forgets. With momentum, and with the gradient taken ahead along it.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import {
  downhill,
  type EpsPlacement,
  rootOf,
  type Scheduled,
  settingAt,
  withDefaults,
} from "./settings.ts";

interface Settings {
  readonly alpha: number;
  readonly eps: number;
  readonly momentum: Scheduled;
  readonly nesterov: boolean;
  readonly centered: boolean;
  readonly epsPlacement: EpsPlacement;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of RMSprop. */
export interface RMSpropOptions extends Partial<Settings> {
  /** η. Default 1e-2. */
  lr?: Rate;
  /** β: how slowly the mean of squares changes. Default 0.99; the notes have 0.9. */
  alpha?: number;
  /** ε: added to the root. Default 1e-8. */
  eps?: number;
  /** μ: share of the last direction that is kept; or a function of the step. Default 0. */
  momentum?: Scheduled;
  /** Take gradients at `lookAhead()`: p − η·μ·b. Default false. */
  nesterov?: boolean;
  /** Divide by the deviation from the mean gradient. Default false. */
  centered?: boolean;
  /** √v + ε, or √(v + ε) as some books have it. Default "outside". */
  epsPlacement?: EpsPlacement;
  /** λ: added to the gradient as λ·p. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<RMSpropOptions>[];
}

type Slots = Readonly<Record<string, Tensor>>;

/**
 * v ← β·v + (1 − β)·g²; b ← μ·b + g / (√v + ε); p ← p − η·b.
 *
 * State of a parameter: `v`, [shape of p], units of g²; with momentum `momentum` b, [shape of p];
 * centred `mean`, [shape of p], units of g.
 *
 * @source Tieleman and Hinton 2012, Neural Networks for Machine Learning, lecture 6.5; centred as in
 *   Graves 2013. arXiv:1308.0850; seeds 000, 001 §6, 002 §2.3, eq. (74)–(75)
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new RMSprop([w], { lr: 0.1, alpha: 0.75 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.8, 1.8]
 */
export class RMSprop extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-2, groups, ...options }: RMSpropOptions = {}) {
    const standard: Settings = {
      alpha: 0.99,
      eps: 1e-8,
      momentum: 0,
      nesterov: false,
      centered: false,
      epsPlacement: "outside",
      weightDecay: 0,
      maximize: false,
    };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  protected override slotNames({ momentum, centered }: Settings): readonly string[] {
    return ["v", ...(momentum === 0 ? [] : ["momentum"]), ...(centered ? ["mean"] : [])];
  }

  protected override evaluationPoint(
    p: Tensor,
    state: Slots,
    { step, lr, options }: UpdateContext<Settings>,
  ): Tensor {
    if (!options.nesterov || options.momentum === 0) return p;
    const ahead = (state.momentum as Tensor).mul(settingAt(options.momentum, step));
    return p.sub(ahead.mul(lr));
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    slots: Slots,
    context: UpdateContext<Settings>,
  ): Updated {
    const { step, lr, options } = context;
    const { alpha, eps, momentum, centered, epsPlacement } = options;
    const d = downhill(this.evaluationPoint(p, slots, context), g, options);
    const v = (slots.v as Tensor).mul(alpha).add(d.square().mul(1 - alpha));
    const state: Record<string, Tensor> = { v };
    let spread = v;
    if (centered) {
      state.mean = (slots.mean as Tensor).mul(alpha).add(d.mul(1 - alpha));
      spread = v.sub(state.mean.square());
    }
    let direction = d.div(rootOf(spread, eps, epsPlacement));
    if (momentum !== 0) {
      direction = (slots.momentum as Tensor).mul(settingAt(momentum, step)).add(direction);
      state.momentum = direction;
    }
    return { p: p.sub(direction.mul(lr)), state };
  }
}

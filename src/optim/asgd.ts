// ASGD: gradient descent with a falling rate, and the mean of where it has been.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, withDefaults } from "./settings.ts";

interface Settings {
  readonly lambd: number;
  readonly power: number;
  readonly from: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of ASGD. */
export interface ASGDOptions extends Partial<Settings> {
  /** η. Default 1e-2. */
  lr?: Rate;
  /** λ: how fast the rate falls and the parameter shrinks. Default 1e-4. */
  lambd?: number;
  /** α: the rate is η / (1 + λ·η·t)^α. Default 0.75. */
  power?: number;
  /** t₀: steps before the mean is taken. Default 1e6. */
  from?: number;
  /** Added to the gradient as weightDecay·p. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<ASGDOptions>[];
}

/**
 * p ← (1 − λ·ηₜ)·p − ηₜ·g, ηₜ = η / (1 + λ·η·t)^α; p̄ ← p̄ + (p − p̄) / max(1, t − t₀), t from 0.
 *
 * State of a parameter: `average` p̄, [shape of p].
 *
 * @source Polyak and Juditsky 1992, Acceleration of Stochastic Approximation by Averaging; seed 003
 *   §Polyak Averages
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new ASGD([w], { lr: 0.25, lambd: 0 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.5, 1]
 * optimizer.averages(); // { "0": [0.5, 1] }
 */
export class ASGD extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-2, groups, ...options }: ASGDOptions = {}) {
    const standard: Settings = {
      lambd: 1e-4,
      power: 0.75,
      from: 1e6,
      weightDecay: 0,
      maximize: false,
    };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  /** The means by name, keyed like the parameters; they do not change later. */
  averages(): Record<string, Tensor> {
    const slots = Object.entries(this.slotsNamed("average"));
    return Object.fromEntries(slots.map(([name, slot]) => [name, slot.snapshot()]));
  }

  protected override slotNames(): readonly string[] {
    return ["average"];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    state: Readonly<Record<string, Tensor>>,
    { step, lr, options }: UpdateContext<Settings>,
  ): Updated {
    const { lambd, power, from } = options;
    const t = step.sub(1);
    const rate = lr.div(t.mul(lr).mul(lambd).add(1).pow(power));
    const next = p.sub(p.mul(rate.mul(lambd))).sub(downhill(p, g, options).mul(rate));
    const before = state.average as Tensor;
    const average = before.add(next.sub(before).div(t.sub(from).maximum(1)));
    return { p: next, state: { average } };
  }
}

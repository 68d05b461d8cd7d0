// Rprop: only the sign of the gradient counts. A step grows while the sign stays and shrinks when it
// turns. For whole data sets: the noise of batches turns signs.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { withDefaults } from "./settings.ts";

interface Settings {
  readonly etas: readonly [number, number];
  readonly stepSizes: readonly [number, number];
  readonly maximize: boolean;
}

/** Options of Rprop. */
export interface RpropOptions extends Partial<Settings> {
  /** The first step. Default 1e-2. */
  lr?: Rate;
  /** Factors of a step whose sign turned, and stayed. Default [0.5, 1.2]. */
  etas?: readonly [number, number];
  /** The smallest and the largest step. Default [1e-6, 50]. */
  stepSizes?: readonly [number, number];
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<RpropOptions>[];
}

/**
 * Δ ← Δ·η⁺ where g has the sign it had, Δ·η⁻ where it has the other one, and then g ← 0;
 * p ← p − Δ·sign(g).
 *
 * State of a parameter, each [shape of p]: `previous`, the last g; `size` Δ, units of p.
 *
 * @source Riedmiller and Braun 1993, A Direct Adaptive Method for Faster Backpropagation Learning: The
 *   RPROP Algorithm
 * @example
 * const w = new Parameter(tensor([1, -2]));
 * const optimizer = new Rprop([w], { lr: 0.5 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.5, -1.5]
 */
export class Rprop extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-2, groups, ...options }: RpropOptions = {}) {
    const standard: Settings = { etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  protected override slotNames(): readonly string[] {
    return ["previous", "size"];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    state: Readonly<Record<string, Tensor>>,
    { lr, options }: UpdateContext<Settings>,
  ): Updated {
    const { etas, stepSizes, maximize } = options;
    const d = maximize ? g.neg() : g;
    const turn = d.mul(state.previous as Tensor).sign();
    const factor = turn
      .mul(0)
      .add(1)
      .where(turn.equal(0), etas[1])
      .where(turn.greaterEqual(0), etas[0]);
    const kept = state.size as Tensor; // 0 before the first step
    const before = kept.where(kept.greater(0), lr);
    const size = before.mul(factor).clamp(stepSizes[0], stepSizes[1]);
    const heeded = d.where(turn.greaterEqual(0), 0);
    return { p: p.sub(heeded.sign().mul(size)), state: { previous: heeded, size } };
  }
}

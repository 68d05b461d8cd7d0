// The heavy ball: momentum that holds a velocity, so that the rate is inside it. With a rate that
// does not change it is SGD's momentum; where the rate changes, what was gathered keeps its old one.

import { onesLike } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, type Scheduled, settingAt, withDefaults } from "./settings.ts";

interface Settings {
  readonly momentum: Scheduled;
  readonly form: "velocity" | "difference";
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of HeavyBall. */
export interface HeavyBallOptions extends Partial<Settings> {
  /** η. Default 1e-3. */
  lr?: Rate;
  /** β: share of the last move that is made again; or a function of the step. Default 0.9. */
  momentum?: Scheduled;
  /** What is remembered: the last move, or the last place. Default "velocity". */
  form?: "velocity" | "difference";
  /** λ: added to the gradient as λ·p. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<HeavyBallOptions>[];
}

/**
 * v ← β·v − η·g; p ← p + v, which is pₜ₊₁ = pₜ − η·g + β·(pₜ − pₜ₋₁).
 *
 * State of a parameter: `velocity`, [shape of p], units of p; in the form "difference" `previous`,
 * [shape of p], where it was before, and `begun`, [], 1 once it has moved.
 *
 * @source Polyak 1964, Some Methods of Speeding up the Convergence of Iteration Methods; seeds 002
 *   §2.3, eq. (65)–(66), and 003 §Polyak's Heavy ball method
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new HeavyBall([w], { lr: 0.1 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.8, 1.6]
 */
export class HeavyBall extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-3, groups, ...options }: HeavyBallOptions = {}) {
    const standard: Settings = {
      momentum: 0.9,
      form: "velocity",
      weightDecay: 0,
      maximize: false,
    };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  protected override slotNames({ form }: Settings): readonly string[] {
    return form === "velocity" ? ["velocity"] : ["previous", "begun"];
  }

  protected override slotShape(name: string, shape: readonly number[]): readonly number[] {
    return name === "begun" ? [] : shape;
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    state: Readonly<Record<string, Tensor>>,
    { step, lr, options }: UpdateContext<Settings>,
  ): Updated {
    const momentum = settingAt(options.momentum, step);
    const move = downhill(p, g, options).mul(lr);
    if (options.form === "velocity") {
      const velocity = (state.velocity as Tensor).mul(momentum).sub(move);
      return { p: p.add(velocity), state: { velocity } };
    }
    const begun = state.begun as Tensor;
    const last = p.sub((state.previous as Tensor).where(begun.greater(0), p));
    const next = p.sub(move).add(last.mul(momentum));
    return { p: next, state: { previous: p, begun: onesLike(begun) } };
  }
}

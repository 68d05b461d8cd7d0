// Nesterov's accelerated gradient where the gradient is really taken ahead: in three forms that make
// the same moves while rate and momentum stay. SGD with `nesterov` is a fourth: its parameter is the
// point ahead itself, so that gradients are taken where it is.

import { onesLike } from "../tensor/create.ts";
import { requireOneOf } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, type Scheduled, settingAt, withDefaults } from "./settings.ts";

/** What is remembered: u, a sum of gradients; v, the last move; or the last place. */
export type NesterovForm = "momentum" | "velocity" | "extrapolation";

interface Settings {
  readonly momentum: Scheduled;
  readonly form: NesterovForm;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of Nesterov. */
export interface NesterovOptions extends Partial<Settings> {
  /** η. Default 1e-3. */
  lr?: Rate;
  /** β; or a function of the step. Default 0.9. */
  momentum?: Scheduled;
  /** Which of the equal forms. Default "momentum". */
  form?: NesterovForm;
  /** λ: adds λ times the point ahead to the gradient. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<NesterovOptions>[];
}

type Slots = Readonly<Record<string, Tensor>>;

const slotOf = { momentum: "momentum", velocity: "velocity", extrapolation: "previous" } as const;

/**
 * u ← β·u + ∇(p − η·β·u); p ← p − η·u. Or, with v = −η·u, v ← β·v − η·∇(p + β·v); p ← p + v. Or
 * y = pₜ + β·(pₜ − pₜ₋₁); pₜ₊₁ = y − η·∇(y).
 *
 * The gradients that `step` takes are those at `lookAhead()`.
 *
 * State of a parameter, each [shape of p]: `momentum` u, units of g; `velocity` v, units of p; or
 * `previous`, where it was before, with `begun`, [], 1 once it has moved.
 *
 * @source Nesterov 1983, A Method for Solving the Convex Programming Problem with Convergence Rate
 *   O(1/k²); seeds 001 §5.2, 002 §2.3, eq. (67)–(69), and 003 §Nesterov's Acceleration Method
 * @example
 * const w = new Parameter(tensor([4]));
 * const optimizer = new Nesterov([w], { lr: 0.25, momentum: 0.5 });
 * for (let i = 0; i < 2; i++) {
 *   const ahead = optimizer.lookAhead();
 *   optimizer.step(gradients((ahead["0"] as Tensor).square().sum(), ahead)); // w is [2], then [0.5]
 * }
 */
export class Nesterov extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-3, groups, ...options }: NesterovOptions = {}) {
    const standard: Settings = {
      momentum: 0.9,
      form: "momentum",
      weightDecay: 0,
      maximize: false,
    };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
    requireOneOf("Nesterov", { form: options.form ?? "momentum" }, Object.keys(slotOf));
  }

  protected override slotNames({ form }: Settings): readonly string[] {
    return form === "extrapolation" ? [slotOf[form], "begun"] : [slotOf[form]];
  }

  protected override slotShape(name: string, shape: readonly number[]): readonly number[] {
    return name === "begun" ? [] : shape;
  }

  protected override evaluationPoint(
    p: Tensor,
    state: Slots,
    { step, lr, options }: UpdateContext<Settings>,
  ): Tensor {
    const momentum = settingAt(options.momentum, step);
    const kept = state[slotOf[options.form]] as Tensor;
    switch (options.form) {
      case "momentum":
        return p.sub(kept.mul(momentum).mul(lr));
      case "velocity":
        return p.add(kept.mul(momentum));
      case "extrapolation":
        return p.add(p.sub(kept.where((state.begun as Tensor).greater(0), p)).mul(momentum));
    }
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    state: Slots,
    context: UpdateContext<Settings>,
  ): Updated {
    const { step, lr, options } = context;
    const momentum = settingAt(options.momentum, step);
    const ahead = this.evaluationPoint(p, state, context);
    const d = downhill(ahead, g, options);
    switch (options.form) {
      case "momentum": {
        const u = (state.momentum as Tensor).mul(momentum).add(d);
        return { p: p.sub(u.mul(lr)), state: { momentum: u } };
      }
      case "velocity": {
        const velocity = (state.velocity as Tensor).mul(momentum).sub(d.mul(lr));
        return { p: p.add(velocity), state: { velocity } };
      }
      case "extrapolation":
        return {
          p: ahead.sub(d.mul(lr)),
          state: { previous: p, begun: onesLike(state.begun as Tensor) },
        };
    }
  }
}

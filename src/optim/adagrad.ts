// AdaGrad: a rate for each element that falls with all that it has been moved by. What is seldom
// moved keeps a large one.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, type EpsPlacement, rootOf, withDefaults } from "./settings.ts";

interface Settings {
  readonly lrDecay: number;
  readonly eps: number;
  readonly initialAccumulator: number;
  readonly epsPlacement: EpsPlacement;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of Adagrad. */
export interface AdagradOptions extends Partial<Settings> {
  /** η. Default 1e-2. */
  lr?: Rate;
  /** κ: the rate is η / (1 + κ·t) after t steps. Default 0. */
  lrDecay?: number;
  /** δ: added to the root. Default 1e-10. */
  eps?: number;
  /** The sum of squares at first. Default 0. */
  initialAccumulator?: number;
  /** √v + δ, or √(v + δ) as some books have it. Default "outside". */
  epsPlacement?: EpsPlacement;
  /** λ: added to the gradient as λ·p. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<AdagradOptions>[];
}

/**
 * v ← v + g²; p ← p − η·g / (√v + δ).
 *
 * State of a parameter: `sum` v without the initial accumulator, [shape of p], units of g².
 *
 * @source Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods for Online Learning and
 *   Stochastic Optimization, fig. 1; seeds 000, 001 §6, 002 §2.3, eq. (71)–(72), 003 §Adaptivity
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new Adagrad([w], { lr: 0.5 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.5, 1.5]
 */
export class Adagrad extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-2, groups, ...options }: AdagradOptions = {}) {
    const standard: Settings = {
      lrDecay: 0,
      eps: 1e-10,
      initialAccumulator: 0,
      epsPlacement: "outside",
      weightDecay: 0,
      maximize: false,
    };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  protected override slotNames(): readonly string[] {
    return ["sum"];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    state: Readonly<Record<string, Tensor>>,
    { step, lr, options }: UpdateContext<Settings>,
  ): Updated {
    const { lrDecay, eps, initialAccumulator, epsPlacement } = options;
    const d = downhill(p, g, options);
    const sum = (state.sum as Tensor).add(d.square());
    const v = initialAccumulator === 0 ? sum : sum.add(initialAccumulator);
    const rate = lrDecay === 0 ? lr : lr.div(step.sub(1).mul(lrDecay).add(1));
    return { p: p.sub(d.div(rootOf(v, eps, epsPlacement)).mul(rate)), state: { sum } };
  }
}

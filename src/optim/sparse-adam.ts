// SparseAdam: Adam for tables of which a step reads few rows. What was not read stays: its moments do
// not fade, and it is not moved by what they remember.

import type { Tensor } from "../tensor/tensor.ts";
import { adamStandard, adamStep } from "./adam.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { unbiased, withDefaults } from "./settings.ts";

interface Settings {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly maximize: boolean;
}

/** Options of SparseAdam. */
export interface SparseAdamOptions extends Partial<Settings> {
  /** η. Default 1e-3. */
  lr?: Rate;
  /** β₁ and β₂: how slowly the moments change. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** ε: added to the root of the second moment. Default 1e-8. */
  eps?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<SparseAdamOptions>[];
}

/**
 * Of rows whose gradient is not 0: m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²;
 * p ← p − η·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m / (√v + ε).
 *
 * A row is what the first axis counts. Gradients are dense here: a row counts as read when an element of
 * its gradient is not 0 (PyTorch, whose gradients are sparse, counts rows that were read to no effect).
 *
 * State of a parameter: `m`, [shape of p], units of g; `v`, [shape of p], units of g².
 *
 * @source  Kingma and Ba 2015, Adam: A Method for Stochastic Optimization, alg. 1. arXiv:1412.6980;
 *   PyTorch's SparseAdam, whose numbers it has
 * @example
 * const w = new Parameter(tensor([[1, 2], [3, 4]]));
 * const optimizer = new SparseAdam([w], { lr: 0.5 });
 * optimizer.step([tensor([[0, 0], [1, 1]])]); // w is [[1, 2], [2.5, 3.5]]
 */
export class SparseAdam extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-3, groups, ...options }: SparseAdamOptions = {}) {
    const standard: Settings = { betas: [0.9, 0.999], eps: 1e-8, maximize: false };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  protected override slotNames(): readonly string[] {
    return ["m", "v"];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    slots: Readonly<Record<string, Tensor>>,
    { step, lr, options }: UpdateContext<Settings>,
  ): Updated {
    const { betas, eps, maximize } = options;
    const [beta1, beta2] = betas;
    const within = g.shape.map((_, i) => i).slice(1);
    const isRead = within.length === 0 ? g.notEqual(0) : g.any({ axis: within, keepDims: true });
    const d = maximize ? g.neg() : g;
    // Adam's step, but that ε is added before the root is corrected: the rate corrects both moments.
    const rate = lr.mul(unbiased(beta2, step).sqrt()).div(unbiased(beta1, step));
    const uncorrected = { ...adamStandard, betas, eps, biasCorrection: false };
    const { change, state } = adamStep(d, slots, { step, lr: rate, options: uncorrected });
    const kept = (after: Tensor, old: Tensor): Tensor => after.where(isRead, old);
    const moments = Object.entries(state).map(([name, after]) => [
      name,
      kept(after, slots[name] as Tensor),
    ]);
    return { p: kept(p.sub(change), p), state: Object.fromEntries(moments) };
  }
}

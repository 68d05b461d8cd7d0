// Adafactor: the second moment of a matrix from its row and column means, so that a matrix [n, m] costs
// n + m numbers of state; steps are relative to the size of the parameter, and large ones are cut.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { withDefaults } from "./settings.ts";

interface Settings {
  readonly beta2Decay: number;
  readonly eps: readonly [number | null, number];
  readonly d: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of Adafactor. */
export interface AdafactorOptions extends Partial<Settings> {
  /** The largest relative step ρ. Default 1e-2. */
  lr?: Rate;
  /** The second moment forgets by 1 − tᶜ, with this c. Default −0.8. */
  beta2Decay?: number;
  /**
   * ε₁, which keeps roots from 0 (null: the precision of the type), and ε₂, the least size of a parameter.
   * Default [null, 1e-3].
   */
  eps?: readonly [number | null, number];
  /** A step whose root mean square is more than this is cut to it. Default 1. */
  d?: number;
  /** λ: p shrinks by λ·η first. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<AdafactorOptions>[];
}

/**
 * V ← (1 − tᶜ)·V + tᶜ·g², of a matrix as R·Cᵀ / mean R; u = g/√V;
 * p ← p − max(ε₂, RMS p)·min(η, 1/√t)·u / max(1, RMS u / d).
 *
 * State of a parameter, in units of g²: of one with two axes and more, `row` R [..., n, 1] and `column` C
 * [..., 1, m], the means of g² along rows and columns; of others `variance` V, [shape of p].
 *
 * @source  Shazeer and Stern 2018, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost, alg. 4
 *   and 5. arXiv:1804.04235; defaults and the order of operations are PyTorch's
 * @example
 * const w = new Parameter(tensor([[1, 2], [3, 4]]));
 * const optimizer = new Adafactor([w]);
 * optimizer.step(gradients(w.square().sum(), [w]));
 * Object.keys(optimizer.stateDict()); // ["step", "lr", "row.0", "column.0"]
 */
export class Adafactor extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-2, groups, ...options }: AdafactorOptions = {}) {
    const standard: Settings = {
      beta2Decay: -0.8,
      eps: [null, 1e-3],
      d: 1,
      weightDecay: 0,
      maximize: false,
    };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  protected override slotNames(_: Settings, shape: readonly number[]): readonly string[] {
    return shape.length > 1 ? ["row", "column"] : ["variance"];
  }

  protected override slotShape(name: string, shape: readonly number[]): readonly number[] {
    if (name === "variance") return shape;
    return shape.with(name === "row" ? -1 : -2, 1);
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    slots: Readonly<Record<string, Tensor>>,
    { step, lr, options }: UpdateContext<Settings>,
  ): Updated {
    const { beta2Decay, eps, d, weightDecay, maximize } = options;
    const [given, eps2] = eps;
    const eps1 = given ?? (p.dtype === "f64" ? 2 ** -52 : 2 ** -23);
    const share = step.pow(beta2Decay);
    const squares = g.square();
    const state: Record<string, Tensor> = {};
    const moved = (name: string, square: Tensor): Tensor => {
      const slot = slots[name] as Tensor;
      state[name] = slot.add(square.sub(slot).mul(share));
      return state[name];
    };
    let variance: Tensor;
    if (p.rank > 1) {
      const row = moved("row", squares.mean({ axis: -1, keepDims: true }));
      const column = moved("column", squares.mean({ axis: -2, keepDims: true }));
      variance = row.mul(column).div(row.mean({ axis: -2, keepDims: true }).clamp(eps1));
    } else variance = moved("variance", squares);
    const u = variance
      .clamp(eps1 ** 2)
      .rsqrt()
      .mul(maximize ? g.neg() : g);
    const rate = lr.minimum(step.rsqrt()).mul(rms(p).maximum(eps2));
    const shrunk = weightDecay === 0 ? p : p.mul(lr.mul(-weightDecay).add(1));
    return { p: shrunk.sub(u.mul(rate.div(rms(u).div(d).maximum(1)))), state };
  }
}

/** The root mean square of all elements. */
const rms = (x: Tensor): Tensor => x.square().mean().sqrt();

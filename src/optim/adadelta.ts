// AdaDelta: moves in units of earlier moves, so that no rate has to be chosen.

import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, withDefaults } from "./settings.ts";

interface Settings {
  readonly rho: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of Adadelta. */
export interface AdadeltaOptions extends Partial<Settings> {
  /** A factor of the moves. Default 1. */
  lr?: Rate;
  /** ρ: how slowly the means of squares change. Default 0.9. */
  rho?: number;
  /** ε: added inside both roots. Default 1e-6. */
  eps?: number;
  /** λ: added to the gradient as λ·p. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<AdadeltaOptions>[];
}

/**
 * v ← ρ·v + (1 − ρ)·g²; Δ = √(u + ε) / √(v + ε)·g; u ← ρ·u + (1 − ρ)·Δ²; p ← p − η·Δ.
 *
 * State of a parameter, each [shape of p]: `v`, units of g²; `u`, units of p².
 *
 * @source Zeiler 2012, ADADELTA: An Adaptive Learning Rate Method, alg. 1. arXiv:1212.5701; seed 001
 *   §6
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new Adadelta([w], { rho: 0, eps: 4 });
 * optimizer.step(gradients(w.mul(tensor([0, 8])).sum(), [w])); // w is [1, 2 - 16/√68]
 */
export class Adadelta extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1, groups, ...options }: AdadeltaOptions = {}) {
    const standard: Settings = { rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  protected override slotNames(): readonly string[] {
    return ["v", "u"];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    state: Readonly<Record<string, Tensor>>,
    { lr, options }: UpdateContext<Settings>,
  ): Updated {
    const { rho, eps } = options;
    const d = downhill(p, g, options);
    const v = (state.v as Tensor).mul(rho).add(d.square().mul(1 - rho));
    const before = state.u as Tensor;
    const change = before.add(eps).sqrt().div(v.add(eps).sqrt()).mul(d);
    const u = before.mul(rho).add(change.square().mul(1 - rho));
    return { p: p.sub(change.mul(lr)), state: { v, u } };
  }
}

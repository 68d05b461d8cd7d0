// SVRG: stochastic gradients corrected by what the same example said at a fixed place, where the full
// gradient is known. Their noise dies as the parameters settle, so that the rate need not fall.

import { DataError } from "../ir/errors.ts";
import type { LoadReport, StateDict } from "../nn/state-dict.ts";
import { type Cell, commit } from "../tensor/cell.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { guard } from "../tensor/trace.ts";
import { flatten } from "../tensor/tree.ts";
import type { Rate } from "./group.ts";
import { Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";

/** Options of SVRG. */
export interface SVRGOptions {
  /** η. Default 1e-3. */
  lr?: Rate;
}

/**
 * p ← p − η·(∇fᵢ(p) − ∇fᵢ(p̄) + ∇f(p̄)), p̄ a snapshot.
 *
 * Each time after `refresh` has taken a snapshot with its full gradient, steps take the gradients of a
 * batch twice: at the parameters and at `snapshot()`.
 *
 * State of a parameter, each [shape of p]: `snapshot` p̄; `full` ∇f(p̄), units of g.
 *
 * @source Johnson and Zhang 2013, Accelerating Stochastic Gradient Descent using Predictive Variance
 *   Reduction, fig. 1; seed 003 §Variance reduction
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new SVRG([w], { lr: 0.25 });
 * optimizer.refresh(gradients(w.square().sum(), [w]));
 * const there = optimizer.snapshot();
 * const at = gradients((there["0"] as Tensor).square().sum(), there);
 * optimizer.step(gradients(w.square().sum(), [w]), { at }); // w is [0.5, 1]
 */
export class SVRG extends Optimizer<object> {
  private refreshed = false;
  private readonly readRefreshed = (): unknown => this.refreshed;

  constructor(parameters: unknown, { lr = 1e-3 }: SVRGOptions = {}) {
    super(parameters, { lr, settings: {} });
  }

  /**
   * Takes the parameters, as they are now, for the snapshot.
   *
   * @param full  the gradients there of all examples, keyed like the parameters
   */
  refresh(full: unknown): void {
    const given = byName(full);
    const [snapshots, slots] = [this.slotsNamed("snapshot"), this.slotsNamed("full")];
    const cells: Cell[] = [];
    const values: Tensor[] = [];
    for (const [name, p] of Object.entries(this.lookAhead())) {
      const [snapshot, slot] = [snapshots[name] as Cell, slots[name] as Cell];
      if (cells.includes(snapshot)) continue;
      cells.push(snapshot, slot);
      values.push(p, named(given, name, "SVRG.refresh").cast(slot.dtype));
    }
    commit(cells, values);
    this.refreshed = true;
  }

  /** The snapshot by name, keyed like the parameters; it does not change later. */
  snapshot(): Record<string, Tensor> {
    const slots = Object.entries(this.slotsNamed("snapshot"));
    return Object.fromEntries(slots.map(([name, slot]) => [name, slot.snapshot()]));
  }

  /**
   * Updates the parameters.
   *
   * @param gradients  of a batch, at the parameters
   * @param options    at: of the same batch, at the snapshot; when: as of every optimiser
   * @throws DataError  there is no snapshot yet, or no gradients there
   */
  override step(gradients: unknown, { at, when }: { at?: unknown; when?: Tensor } = {}): void {
    if (!guard(this.readRefreshed)) {
      throw new DataError("SVRG.step: there is no snapshot; call refresh(fullGradients) first");
    }
    if (at === undefined) {
      throw new DataError("SVRG.step: give the batch's gradients at snapshot() too, as { at }");
    }
    const there = byName(at);
    const differences = [...byName(gradients)].map(([name, g]) => [
      name,
      g.sub(named(there, name, "SVRG.step")),
    ]);
    super.step(Object.fromEntries(differences), { when });
  }

  override loadStateDict(dict: Readonly<StateDict>): LoadReport {
    const report = super.loadStateDict(dict);
    this.refreshed = true;
    return report;
  }

  protected override slotNames(): readonly string[] {
    return ["snapshot", "full"];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    state: Readonly<Record<string, Tensor>>,
    { lr }: UpdateContext<object>,
  ): Updated {
    return { p: p.sub(g.add(state.full as Tensor).mul(lr)), state };
  }
}

function byName(tree: unknown): Map<string, Tensor> {
  const { leaves, paths } = flatten(tree);
  return new Map(paths.map((name, i) => [name, leaves[i] as Tensor]));
}

function named(tree: ReadonlyMap<string, Tensor>, name: string, operation: string): Tensor {
  const found = tree.get(name);
  if (found !== undefined) return found;
  throw new DataError(`${operation}: there is no gradient for "${name}"`);
}

// Polyak averaging: the mean of where the parameters have been lies lower than where they are, since
// the noise of the steps cancels. Or, with a decay, the mean of the last few.

import { ArgumentError } from "../ir/errors.ts";
import { type Cell, commit, lend, Parameter, State } from "../tensor/cell.ts";
import { zeros, zerosLike } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { flatten, treeSymbol } from "../tensor/tree.ts";

/** Options of PolyakAverage. */
export interface PolyakAverageOptions {
  /** d: x̄ ← d·x̄ + (1 − d)·x instead of the mean of all, in [0, 1). Default: the mean of all */
  decay?: number;
}

/**
 * x̄ ₖ₊₁ = k/(k + 1)·x̄ ₖ + 1/(k + 1)·xₖ₊₁: the mean of the parameters over all calls of `add`.
 *
 * State: for each parameter its mean, [shape of p]; and how many were added, i32 [].
 *
 * @source Polyak and Juditsky 1992, Acceleration of Stochastic Approximation by Averaging; seed 003
 *   §Polyak Averages
 * @example
 * const w = new Parameter(tensor([2, 4]));
 * const average = new PolyakAverage([w]);
 * average.add();
 * w.assign(0);
 * average.add();
 * average.values(); // { "0": [1, 2] }
 */
export class PolyakAverage {
  private readonly means: ReadonlyMap<string, State>;
  private readonly parameters: ReadonlyMap<State, Parameter>;
  private readonly count: State;
  private readonly decay: number | undefined;

  /** @param parameters  a module, model.parameters(), or any tree of parameters */
  constructor(parameters: unknown, { decay }: PolyakAverageOptions = {}) {
    if (decay !== undefined && !(decay >= 0 && decay < 1)) {
      throw new ArgumentError(`PolyakAverage: decay must be in [0, 1), not ${decay}`);
    }
    const { leaves, paths } = flatten(parameters);
    const means = new Map<string, State>();
    const meanOf = new Map<Parameter, State>();
    for (const [i, leaf] of leaves.entries()) {
      if (!(leaf instanceof Parameter)) continue;
      const mean = meanOf.get(leaf) ?? new State(zerosLike(leaf));
      meanOf.set(leaf, mean);
      means.set(paths[i] as string, mean);
    }
    if (means.size === 0) throw new ArgumentError("PolyakAverage: there are no parameters");
    this.means = means;
    this.parameters = new Map([...meanOf].map(([p, mean]) => [mean, p]));
    this.count = new State(zeros([], { dtype: "i32" }));
    this.decay = decay;
  }

  /** Takes the parameters as they are now into the mean. Outside a compiled function this executes. */
  add(): void {
    const count = this.count.snapshot();
    const cells: Cell[] = [this.count];
    const values: Tensor[] = [count.add(1)];
    for (const [cell, p] of this.parameters) {
      const mean = lend(cell);
      const k = count.cast(mean.dtype);
      const share =
        this.decay === undefined
          ? k.add(1).reciprocal()
          : k
              .mul(0)
              .add(1 - this.decay)
              .where(k.greater(0), 1);
      cells.push(cell);
      values.push(mean.add(p.sub(mean).mul(share)));
    }
    commit(cells, values);
  }

  /** The means by name, for functional(model) or model.loadStateDict; they do not change later. */
  values(): Record<string, Tensor> {
    return Object.fromEntries([...this.means].map(([name, mean]) => [name, mean.snapshot()]));
  }

  /** The tree protocol: the means and their number. */
  [treeSymbol](): Iterable<readonly [name: string, cell: Cell]> {
    return [["count", this.count], ...this.means];
  }
}

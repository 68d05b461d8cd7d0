// Gradient accumulation: a large batch in several parts. Two compiled functions share one
// accumulator: one adds the gradients of a part, the other takes their mean and steps.

import { ArgumentError, DataError } from "../ir/errors.ts";
import { type Cell, commit, lend, Parameter, State } from "../tensor/cell.ts";
import { zeros, zerosLike } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { flatten, treeSymbol } from "../tensor/tree.ts";

/**
 * Sums of gradients over several parts of a batch.
 *
 * State: for each parameter the sum, [shape of p], units of g; and how many were added, i32 [].
 *
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new SGD([w], { lr: 0.5 });
 * const sums = new GradientAccumulator([w]);
 * const part = compile((x: Tensor) => sums.add(gradients(w.mul(x).sum(), [w])));
 * const finish = compile(() => optimizer.step(sums.take()));
 * part(tensor([1, 2]));
 * part(tensor([3, 4]));
 * finish(); // w is [0, 0.5]
 */
export class GradientAccumulator {
  private readonly sums: ReadonlyMap<string, State>;
  private readonly count: State;

  /** @param parameters  a module, model.parameters(), or any tree of parameters */
  constructor(parameters: unknown) {
    const { leaves, paths } = flatten(parameters);
    const sums = new Map<string, State>();
    const sumOf = new Map<Parameter, State>();
    for (const [i, leaf] of leaves.entries()) {
      if (!(leaf instanceof Parameter)) continue;
      // A tied parameter has one sum under all its names.
      const sum = sumOf.get(leaf) ?? new State(zerosLike(leaf));
      sumOf.set(leaf, sum);
      sums.set(paths[i] as string, sum);
    }
    if (sums.size === 0) throw new ArgumentError("GradientAccumulator: there are no parameters");
    this.sums = sums;
    this.count = new State(zeros([], { dtype: "i32" }));
  }

  /**
   * Adds the gradients of one part. Outside a compiled function this executes.
   *
   * @param gradients  keyed like the parameters; frozen ones may be missing
   */
  add(gradients: unknown): void {
    const { leaves, paths } = flatten(gradients);
    const cells: Cell[] = [this.count];
    const values: Tensor[] = [this.count.add(1)];
    for (const [i, name] of paths.entries()) {
      const sum = this.sums.get(name);
      if (sum === undefined) {
        throw new DataError(`GradientAccumulator.add: there is no parameter "${name}"`);
      }
      if (cells.includes(sum)) continue;
      cells.push(sum);
      values.push(lend(sum).add((leaves[i] as Tensor).cast(sum.dtype)));
    }
    commit(cells, values);
  }

  /**
   * The mean of what was added since the last take, which starts again from nothing.
   *
   * @returns  a record keyed like the parameters
   */
  take(): Record<string, Tensor> {
    const count = this.count.snapshot();
    const sums = new Set(this.sums.values());
    const means = new Map([...sums].map((sum) => [sum, sum.div(count.cast(sum.dtype))]));
    this.count.assign(0);
    for (const sum of sums) sum.assign(0);
    return Object.fromEntries(
      [...this.sums].map(([name, sum]) => [name, means.get(sum) as Tensor]),
    );
  }

  /** The tree protocol: the sums and their number. */
  [treeSymbol](): Iterable<readonly [name: string, cell: Cell]> {
    return [["count", this.count], ...this.sums];
  }
}

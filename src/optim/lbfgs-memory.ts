// What L-BFGS remembers: how the last steps changed the gradient, and where they led. From these pairs
// it makes a direction, as if it had the inverse of the Hessian, and they are its state: plain numbers
// outside the device, in f64.

import { DataError } from "../ir/errors.ts";
import { showShape } from "../nn/shape.ts";
import type { LoadReport, StateDict } from "../nn/state-dict.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How a step changed the gradient, and where it led. */
interface Pair {
  readonly change: Float64Array;
  readonly move: Float64Array;
}

/** A direction, how far along it the step went, and the gradient where it began. */
export interface Step {
  readonly direction: Float64Array;
  readonly t: number;
  readonly gradient: Float64Array;
}

/** The pairs, the step before, and the direction that they make. */
export class LBFGSMemory {
  private pairs: Pair[] = [];
  /** The step before. */
  last: Step | undefined;
  /** H before any pair: a number times the identity. */
  private scale = 1;
  private readonly history: number;

  /** @param history  pairs that are remembered */
  constructor(history: number) {
    this.history = history;
  }

  /**
   * −H·g, after taking up the pair of the step before.
   *
   * @source  Nocedal and Wright 2006, Numerical Optimization, algorithm 7.4
   */
  direction(gradient: Float64Array): Float64Array {
    if (this.last !== undefined && this.last.gradient.length !== gradient.length) this.forget();
    if (this.last !== undefined) this.remember(gradient, this.last);
    const q = gradient.map((g) => -g);
    const weights = this.pairs.map(({ change, move }) => 1 / dot(change, move));
    const shares: number[] = [];
    for (let i = this.pairs.length - 1; i >= 0; i--) {
      const { change, move } = this.pairs[i] as Pair;
      const share = dot(move, q) * (weights[i] as number);
      shares[i] = share;
      addTo(q, change, -share);
    }
    for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) * this.scale;
    for (const [i, { change, move }] of this.pairs.entries()) {
      addTo(q, move, (shares[i] as number) - dot(change, q) * (weights[i] as number));
    }
    return q;
  }

  /** Other parameters than before: some were frozen, or put back into training. */
  private forget(): void {
    this.pairs = [];
    this.last = undefined;
    this.scale = 1;
  }

  private remember(gradient: Float64Array, { direction, t, gradient: before }: Step): void {
    const change = gradient.map((g, i) => g - (before[i] as number));
    const move = direction.map((d) => d * t);
    const curvature = dot(change, move);
    // A pair along which the loss is not convex would turn directions uphill.
    if (!(curvature > 1e-10)) return;
    if (this.pairs.length === this.history) this.pairs.shift();
    this.pairs.push({ change, move });
    this.scale = curvature / dot(change, change);
  }

  /**
   * Everything, by name: `change` and `move` [pairs, size], oldest first; `scale` []; and of the step
   * before, if there was one, `direction` and `gradient` [1, size] and `t` [1], else [0, size] and [0].
   *
   * @param size  elements of all parameters that are trained
   */
  stateDict(size: number): StateDict {
    const { pairs, last, scale } = this;
    const rows = (list: readonly Float64Array[]): Tensor => {
      const values = new Float64Array(list.length * size);
      for (const [i, row] of list.entries()) values.set(row, i * size);
      return tensor(values, { shape: [list.length, size] });
    };
    return {
      change: rows(pairs.map(({ change }) => change)),
      move: rows(pairs.map(({ move }) => move)),
      scale: tensor(scale, { dtype: "f64" }),
      direction: rows(last === undefined ? [] : [last.direction]),
      gradient: rows(last === undefined ? [] : [last.gradient]),
      t: tensor(new Float64Array(last === undefined ? [] : [last.t])),
    };
  }

  /** Takes up a state dict. @throws DataError  it is of other parameters; nothing was changed */
  loadStateDict(dict: Readonly<StateDict>, size: number): LoadReport {
    const [pairs, steps] = [dict.change?.shape[0] ?? 0, dict.t?.shape[0] ?? 0];
    const wanted = {
      ...{ change: [pairs, size], move: [pairs, size], scale: [] },
      ...{ direction: [steps, size], gradient: [steps, size], t: [steps] },
    };
    const complaints = [
      ...Object.keys(dict)
        .filter((name) => !(name in wanted))
        .map((name) => `unexpected: ${name}`),
      ...Object.entries(wanted).flatMap(([name, shape]) => {
        const found = dict[name]?.shape;
        if (found === undefined) return [`missing: ${name}`];
        if (showShape(found) === showShape(shape)) return [];
        return [`${name} is ${showShape(found)}, not ${showShape(shape)}`];
      }),
    ];
    if (complaints.length > 0) {
      throw new DataError(
        `LBFGS.loadStateDict: the state dict is of other parameters: ${complaints.join("; ")}`,
      );
    }
    const read = (name: string): Float64Array => (dict[name] as Tensor).dataSync("f64");
    const rows = (name: string): Float64Array[] => {
      const values = read(name);
      const count = size === 0 ? 0 : values.length / size;
      return Array.from({ length: count }, (_, i) => values.slice(i * size, (i + 1) * size));
    };
    const moves = rows("move");
    const all = rows("change").map((change, i) => ({ change, move: moves[i] as Float64Array }));
    this.pairs = all.slice(-this.history);
    this.scale = read("scale")[0] as number;
    const [direction, gradient] = [rows("direction")[0], rows("gradient")[0]];
    const t = read("t")[0] as number;
    this.last = direction && gradient && { direction, gradient, t };
    return { missing: [], unexpected: [] };
  }
}

/** sum ← sum + factor·x. */
export function addTo(sum: Float64Array, x: Float64Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + factor * (x[i] as number);
}

export const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

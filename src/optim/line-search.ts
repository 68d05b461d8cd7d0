// Line search: of several rates, the one whose step leads lowest. All steps are tried as one batch.

import { ArgumentError } from "../ir/errors.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { treeLeaves, treeMap } from "../tensor/tree.ts";
import { vmap } from "../tensor/vmap.ts";

/** Options of lineSearch. */
export interface LineSearchOptions {
  /** The rates to try. With 0 among them the loss cannot rise. Default 0 and 10⁻⁴ … 10, four a decade */
  rates?: readonly number[];
}

/** What a line search found. */
export interface LineSearchResult {
  /** [], one of the rates; an optimiser's `lr` takes it. */
  readonly rate: Tensor;
  /** [], the loss that its step leads to. */
  readonly loss: Tensor;
}

/**
 * argmin over η of f(p − η·g).
 *
 * @param loss        f: gives [] from parameters in this tree
 * @param parameters  p, in any tree
 * @param gradients   g, in the same tree
 * @param options     rates
 * @returns           the first of the best rates, and the loss there; a loss that is not a number does
 *   not count
 * @cost    as many forward passes as rates, in one batch
 * @source  seeds 000 (tips for annealing 6) and 001 §5.4
 * @example
 * const f = ({ w }: { w: Tensor }) => w.square().sum();
 * const w = tensor([2, 2]);
 * const { rate } = lineSearch(f, { w }, { w: tensor([4, 4]) }, { rates: [0.1, 0.5, 1] });
 * // rate: 0.5
 */
export function lineSearch<T>(
  loss: (parameters: T) => Tensor,
  parameters: T,
  gradients: T,
  { rates = usualRates() }: LineSearchOptions = {},
): LineSearchResult {
  if (rates.length === 0 || rates.some((rate) => !Number.isFinite(rate))) {
    throw new ArgumentError(
      `lineSearch: the rates must be numbers, at least one, not [${rates.join(", ")}]`,
    );
  }
  const slopes = treeLeaves(gradients);
  const dtype = slopes.some((g) => g.dtype === "f64") ? "f64" : "f32";
  const tried = tensor(rates, { dtype }); // [rates]
  const moved = (rate: Tensor): T => {
    let place = 0;
    return treeMap(parameters, (p) => p.sub((slopes[place++] as Tensor).mul(rate.cast(p.dtype))));
  };
  const losses = vmap((rate: Tensor) => loss(moved(rate)))(tried); // [rates]
  const best = losses.where(losses.isNaN().logicalNot(), Infinity).argMin({ axis: 0 });
  return { rate: tried.take(best, { axis: 0 }), loss: losses.take(best, { axis: 0 }) };
}

const usualRates = (): number[] => [0, ...Array.from({ length: 21 }, (_, i) => 10 ** (i / 4 - 4))];

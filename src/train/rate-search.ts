// A search for the learning rate: a few epochs with each of some rates a decade apart, then finer
// around the best.

import { ArgumentError, DataError } from "../ir/errors.ts";
import { requireSizes } from "../tensor/requirements.ts";

/** Options of rateSearch. */
export interface RateSearchOptions {
  /** Rates to try first. Default 1e-4, 1e-3, 1e-2, 0.1, 1 */
  readonly rates?: readonly number[];
  /** How often to look finer, each time at half the distance on the log scale. Default 2 */
  readonly refinements?: number;
}

/** What a search found. */
export interface RateSearch {
  readonly rate: number;
  readonly loss: number;
  /** Everything tried, in the order in which it was. */
  readonly tried: readonly { readonly rate: number; readonly loss: number }[];
}

/**
 * The rate after which the loss is lowest. A loss that is not a number, as of a run that diverged, is
 * the worst.
 *
 * @param train    trains anew with a rate for a while and gives the loss, of validation data best
 * @param options  rates, refinements
 * @throws ArgumentError  there is no rate, or one is not above 0
 * @throws DataError  every loss is not a number
 * @cost    rates + 2·refinements trainings
 * @source  seeds 001 §5.4 and 000 §Learning rate Schemes (log search)
 * @example
 * const found = await rateSearch((lr) => (Math.log10(lr) + 2.4) ** 2);
 * found.rate; // 0.0031622776601683794
 */
export async function rateSearch(
  train: (rate: number) => number | Promise<number>,
  { rates = [1e-4, 1e-3, 1e-2, 0.1, 1], refinements = 2 }: RateSearchOptions = {},
): Promise<RateSearch> {
  requireSizes("rateSearch", { refinements }, 0);
  if (rates.length === 0 || !rates.every((rate) => rate > 0 && Number.isFinite(rate))) {
    throw new ArgumentError(`rateSearch: rates must be numbers above 0, not [${rates.join(", ")}]`);
  }
  const tried: { rate: number; loss: number }[] = [];
  const attempt = async (rate: number): Promise<void> => {
    tried.push({ rate, loss: await train(rate) });
  };
  const best = (): { rate: number; loss: number } =>
    tried.reduce((a, b) => (b.loss < a.loss || Number.isNaN(a.loss) ? b : a));
  for (const rate of rates) await attempt(rate);
  let factor = Math.sqrt(10);
  for (let i = 0; i < refinements; i++) {
    const centre = best().rate;
    for (const rate of [centre / factor, centre * factor]) await attempt(rate);
    factor = Math.sqrt(factor);
  }
  const { rate, loss } = best();
  if (Number.isNaN(loss)) throw new DataError("rateSearch: no rate gave a loss that is a number");
  return { rate, loss, tried };
}

// Early stopping: end a run when what is watched has not become better for a while, and give back the
// weights that were best.
// Prechelt 1998, "Early Stopping - But When?", the third class of criteria.

import { DataError } from "../ir/errors.ts";
import { type Cell, commit } from "../tensor/cell.ts";
import { requireOneOf, requireSizes, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Callback, Json } from "./callback.ts";
import type { EpochEvent } from "./events.ts";
import { cellsOf } from "./step.ts";

/** Options of earlyStopping. */
export interface EarlyStoppingOptions {
  /** Epochs without a better value before the run ends. Default 3 */
  readonly patience?: number;
  /** "loss" or the name of a metric; of the validation data where there is some. Default "loss" */
  readonly watch?: string;
  /** What is better. Default "smaller" for the loss, "larger" for a metric */
  readonly better?: "smaller" | "larger";
  /** By how much it must be better to count. Default 0 */
  readonly minDelta?: number;
  /** Whether the run, however it ends, leaves the model as it was when it was best. Default false */
  readonly restoreBest?: boolean;
}

/**
 * Ends the run after `patience` epochs without a better value.
 *
 * The best weights are kept in memory: a run that is resumed knows them from the next better epoch on.
 *
 * @throws DataError  at the first epoch, if nothing is called like what shall be watched
 * @cost    with restoreBest a copy of the weights
 * @source  seeds 000 §Regularization v), 002 §2.3 and 003 §Early stopping
 * @example
 * fit(model, { …, callbacks: [earlyStopping({ patience: 3 })] });
 */
export function earlyStopping({
  patience = 3,
  watch = "loss",
  better = watch === "loss" ? "smaller" : "larger",
  minDelta = 0,
  restoreBest = false,
}: EarlyStoppingOptions = {}): Callback {
  requireSizes("earlyStopping", { patience }, 0);
  requireOneOf("earlyStopping", { better }, ["smaller", "larger"]);
  requireWithin("earlyStopping", { minDelta }, { from: 0 });
  let best: number | undefined;
  let weights: readonly (readonly [Cell, Tensor])[] = [];
  let bestEpoch = 0;
  return {
    name: "earlyStopping",
    onEpoch(event, context) {
      const value = watchedValue("earlyStopping", event, watch);
      const gain = best === undefined ? 1 : better === "smaller" ? best - value : value - best;
      if (best === undefined ? !Number.isNaN(value) : gain > minDelta) {
        best = value;
        bestEpoch = event.epoch;
        if (restoreBest) weights = cellsOf(context.model).map((cell) => [cell, cell.snapshot()]);
      } else if (event.epoch - bestEpoch >= patience) {
        const was =
          best === undefined
            ? "was never a number"
            : `was best (${best}) in epoch ${bestEpoch + 1}`;
        context.stop(`${watch} ${was} and not better in the ${patience} epochs since`);
      }
    },
    onEnd() {
      if (weights.length === 0) return;
      commit(
        weights.map(([cell]) => cell),
        weights.map(([, value]) => value),
      );
    },
    state: () => ({ best: best ?? null, bestEpoch }),
    restore(state: Json) {
      const saved = state as { best: number | null; bestEpoch: number };
      best = saved.best ?? undefined;
      bestEpoch = saved.bestEpoch;
    },
  };
}

/** What a callback watches, of the validation data where there is some. */
export function watchedValue(
  callback: string,
  { validation, loss, metrics }: Pick<EpochEvent, "validation" | "loss" | "metrics">,
  name: string,
): number {
  const measures = validation ?? { loss, ...metrics };
  const value = measures[name];
  if (value === undefined) {
    throw new DataError(
      `${callback}: there is no "${name}" to watch; there are ${Object.keys(measures).join(", ")}`,
    );
  }
  return value;
}

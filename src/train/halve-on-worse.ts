// Halve on worse: an epoch after which the validation loss is higher did not happen. The run goes back
// to where it was before it, with half the rate, and does the epoch again.

import { ArgumentError, DataError } from "../ir/errors.ts";
import { Optimizer } from "../optim/optimizer.ts";
import type { Callback, RunContext } from "./callback.ts";
import { watchedValue } from "./early-stopping.ts";

/** Options of halveOnWorse. */
export interface HalveOnWorseOptions {
  /** "loss" or the name of a metric; of the validation data where there is some. Default "loss" */
  readonly watch?: string;
  /** What is better. Default "smaller" for the loss, "larger" for a metric */
  readonly better?: "smaller" | "larger";
  /** What the rate is multiplied by. Default 0.5 */
  readonly factor?: number;
  /** How often in a row before the run ends. Default 10 */
  readonly attempts?: number;
}

/**
 * After an epoch that is worse than the one before, puts model, optimiser, data and random numbers back
 * to where they were before it, halves the rate of every group, and lets the epoch be done again.
 *
 * The first epoch is compared with the model that the run starts from, where there are validation data.
 * What is watched never gets worse from one epoch of the history to the next.
 *
 * @throws DataError  the optimiser is none of hebb/optim's, or its rate is a function of the step
 * @cost    a copy of all values an epoch, and the validation data once more at the start
 * @source  seeds 000 (tips for annealing 2) and 001 §5.4
 * @example
 * fit(model, { …, callbacks: [halveOnWorse()] });
 */
export function halveOnWorse({
  watch = "loss",
  better = watch === "loss" ? "smaller" : "larger",
  factor = 0.5,
  attempts = 10,
}: HalveOnWorseOptions = {}): Callback {
  if (!(factor > 0 && factor < 1)) {
    throw new ArgumentError(`halveOnWorse: factor must lie between 0 and 1, not ${factor}`);
  }
  let last: number | undefined;
  let before: Uint8Array | undefined;
  let failed = 0;
  return {
    name: "halveOnWorse",
    async onStart(context) {
      ratesOf(context);
      const validation = last === undefined ? await context.validate() : undefined;
      if (validation !== undefined) {
        const first = watchedValue("halveOnWorse", { validation, loss: 0, metrics: {} }, watch);
        if (!Number.isNaN(first)) last = first;
      }
      before = await context.capture();
    },
    async onEpoch(event, context) {
      const value = watchedValue("halveOnWorse", event, watch);
      const isWorse = last !== undefined && (better === "smaller" ? value > last : value < last);
      if (!isWorse && !Number.isNaN(value)) {
        last = value;
        failed = 0;
        before = undefined;
        return;
      }
      await context.rewind(before as Uint8Array);
      for (const group of ratesOf(context)) group.lr = group.lr.mul(factor);
      before = await context.capture();
      if (++failed >= attempts) {
        context.stop(`${watch} got worse (${last}, then ${value}) ${attempts} times over`);
      }
    },
    async save(moment, context) {
      if (moment === "epoch" && before === undefined) before = await context.capture();
    },
    state: () => ({ last: last ?? null }),
    restore(state) {
      last = (state as { last: number | null }).last ?? undefined;
    },
  };
}

function ratesOf({ optimizer }: RunContext): Optimizer<unknown>["groups"] {
  if (!(optimizer instanceof Optimizer)) {
    throw new DataError(
      "halveOnWorse: the optimiser has no groups with rates; use one of hebb/optim",
    );
  }
  const { groups } = optimizer as Optimizer<unknown>;
  if (groups.some((group) => group.isScheduled)) {
    throw new DataError(
      "halveOnWorse: the rate is a function of the step; give the optimiser a number to halve",
    );
  }
  return groups;
}

// Loss and metrics of a model over a data set, without changing it.

import { realize, withCancellation } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Measures } from "./events.ts";
import { type Metric, RunningMeans } from "./metrics.ts";
import {
  type CompiledStep,
  type ExampleOf,
  evaluationStep,
  type Loss,
  type Model,
  usualExample,
} from "./step.ts";

/** Options of evaluate. */
export interface EvaluateOptions<B> {
  /** Input and target of a batch. Default: its two tensors, in order */
  readonly example?: ExampleOf<B>;
  readonly loss: Loss;
  readonly metrics?: { readonly [name: string]: Metric };
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

export type EvaluationStep<B> = CompiledStep<
  B,
  { measures: Record<string, Tensor>; examples: number }
>;

/**
 * The means of loss and metrics over all examples, in evaluation mode.
 *
 * @param model  afterwards in the mode it was in, if it has one
 * @param data   batches, gone through once
 * @returns      "loss" and each metric by name
 * @throws       the signal's reason, if it aborts
 * @example
 * const { loss, accuracy: share } = await evaluate(model, loader(test), { loss: nn.crossEntropy, metrics: { accuracy } });
 */
export async function evaluate<B>(
  model: Model,
  data: Iterable<B> | AsyncIterable<B>,
  { example = usualExample, loss, metrics = {}, signal }: EvaluateOptions<B>,
): Promise<Measures> {
  const step = evaluationStep({ model, example, loss, metrics });
  return evaluateWith(step, model, data, signal);
}

/** The same with a step that was compiled before. */
export async function evaluateWith<B>(
  step: EvaluationStep<B>,
  model: Model,
  data: Iterable<B> | AsyncIterable<B>,
  signal: AbortSignal | undefined,
): Promise<Measures> {
  const wasTraining = (model as { training?: boolean }).training === true;
  const means = new RunningMeans();
  model.eval?.();
  try {
    for await (const batch of data) {
      signal?.throwIfAborted();
      const { measures, examples } = step(batch);
      if (signal !== undefined) await withCancellation(signal, () => realize(measures));
      const values: Record<string, number> = {};
      for (const [name, value] of Object.entries(measures)) values[name] = await value.item();
      means.add(values, examples);
    }
  } finally {
    if (wasTraining) model.train?.();
  }
  return means.means;
}

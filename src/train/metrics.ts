// Metrics: functions from a batch's output and target to a number, computed inside the training
// program; and the means of them over an epoch.

import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Measures } from "./events.ts";

/** A mean over the examples of a batch: [] from the model's output and the target. */
export type Metric = (output: Tensor, target: Tensor) => Tensor;

/**
 * The share of examples whose largest output is their label.
 *
 * @param output  [batch, classes]; for two classes also [batch], right where its sign says so
 * @param target  [batch] whole numbers, or [batch, classes] with the largest at the label
 * @returns       [] in [0, 1]
 * @example
 * accuracy(tensor([[0, 1], [2, 0]]), tensor([1, 1], { dtype: "u8" })); // 0.5
 */
export function accuracy(output: Tensor, target: Tensor): Tensor {
  const labels =
    target.rank === output.rank && target.rank > 1 ? target.argMax({ axis: 1 }) : target;
  const choice = output.rank > 1 ? output.argMax({ axis: 1 }) : output.greater(0);
  return choice.cast("i32").equal(labels.cast("i32")).cast("f32").mean();
}

/** The share of examples whose label is among the k largest outputs. */
export function topAccuracy(k: number): Metric {
  requireSizes("topAccuracy", { k });
  return (output, target) => {
    const labels = target.cast("i32").unsqueeze(1); // [batch, 1]
    const own = output.gather(labels, { axis: 1 }); // [batch, 1]
    const larger = output.greater(own).cast("i32").sum({ axis: 1 }); // [batch]
    return larger.less(k).cast("f32").mean();
  };
}

/** Means over examples of what batches measured; in double precision, so that they can go on. */
export class RunningMeans {
  #examples = 0;
  #sums: Record<string, number> = {};

  get examples(): number {
    return this.#examples;
  }

  add(measures: Measures, examples: number): void {
    this.#examples += examples;
    for (const [name, value] of Object.entries(measures)) {
      this.#sums[name] = (this.#sums[name] ?? 0) + value * examples;
    }
  }

  get means(): Measures {
    const means: Record<string, number> = {};
    for (const [name, sum] of Object.entries(this.#sums)) means[name] = sum / this.#examples;
    return means;
  }

  get state(): { examples: number; sums: Measures } {
    return { examples: this.#examples, sums: { ...this.#sums } };
  }

  set state({ examples, sums }: { examples: number; sums: Measures }) {
    this.#examples = examples;
    this.#sums = { ...sums };
  }
}

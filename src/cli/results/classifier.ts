// Training a classifier of small pictures as the results need it: shuffled batches, one schedule over
// all steps, and at the end the share of the whole test split that is right.

import { type DigitTensors, loader, type MnistTensors, mnist } from "../../data/index.ts";
import { seed } from "../../index.ts";
import * as nn from "../../nn/index.ts";
import { AdamW, cosineAnnealing } from "../../optim/index.ts";
import { accuracy, type ExampleOf, evaluate, fit, type Model } from "../../train/index.ts";
import { UsageError } from "../usage-error.ts";

export interface ClassifierOptions {
  readonly train: DigitTensors;
  readonly test: DigitTensors;
  readonly example: ExampleOf<DigitTensors>;
  readonly epochs: number;
  /** Default 128 */
  readonly batchSize?: number;
  /** The highest learning rate of AdamW; it rises to it in a twentieth of the steps and falls along a cosine. */
  readonly lr: number;
  readonly weightDecay: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/**
 * Trains with AdamW and cross-entropy; the test split is looked at once, at the end.
 *
 * @param make  makes the model, after the seed is set
 * @returns     the share of the test examples that are right, in [0, 1]
 */
export async function trainClassifier(
  make: () => Model & nn.Module,
  options: ClassifierOptions,
): Promise<number> {
  const { train, test, example, epochs, batchSize = 128, lr, weightDecay, say } = options;
  seed(options.seed);
  const model = make();
  const data = loader(train, { batchSize, shuffle: true, lastBatch: "drop", seed: options.seed });
  const steps = epochs * (data.length as number);
  const run = fit(model, {
    data,
    example,
    loss: nn.crossEntropy,
    metrics: { accuracy },
    optimizer: new AdamW(model.parameters(), {
      lr: cosineAnnealing(lr, { steps, warmUp: Math.floor(steps / 20) }),
      weightDecay,
    }),
    epochs,
  });
  for await (const event of run) {
    if (event.type !== "epoch") continue;
    const share = event.metrics.accuracy as number;
    say(
      `epoch ${event.epoch + 1}/${epochs}: loss ${event.loss.toFixed(4)}, training accuracy ${share.toFixed(4)}`,
    );
  }
  const found = await evaluate(model, loader(test, { batchSize: 1000 }), {
    example,
    loss: nn.crossEntropy,
    metrics: { accuracy },
  });
  return found.accuracy as number;
}

/** MNIST itself: generated digits are no stand-in for a published figure. */
export async function realMnist(): Promise<MnistTensors> {
  const found = await mnist();
  if (found.isGenerated) throw new UsageError(`this result needs the real thing: ${found.origin}`);
  return found;
}

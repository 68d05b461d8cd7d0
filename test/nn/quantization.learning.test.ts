// A convolutional network trained on MNIST, quantised after training with no further training.

import { expect, test } from "vitest";
import { loader, mnist } from "../../src/data/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam, cosineAnnealing } from "../../src/optim/index.ts";
import { seed } from "../../src/tensor/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { accuracy, evaluate, fit } from "../../src/train/index.ts";

const data = await mnist({ network: false });
type Batch = { images: Tensor; labels: Tensor };
const example = ({ images, labels }: Batch) =>
  [images.cast("f32").div(255).unsqueeze(1), labels] as const;

test.skipIf(data.isGenerated)(
  `MN-25 int8 loses at most one per cent on MNIST${data.isGenerated ? " (missing)" : ""}`,
  async () => {
    seed(1);
    const model = nn.sequential(
      new nn.Conv2d(1, 8, 5),
      nn.relu,
      new nn.MaxPool2d(2),
      new nn.Conv2d(8, 16, 5),
      nn.relu,
      new nn.MaxPool2d(2),
      nn.flatten,
      new nn.Linear(256, 10),
    );
    const batches = loader(data.train, { batchSize: 128, shuffle: true, seed: 1 });
    const epochs = 2;
    const lr = cosineAnnealing(3e-3, { steps: epochs * (batches.length as number) });
    const optimizer = new Adam(model.parameters(), { lr });
    await fit(model, {
      data: batches,
      example,
      loss: nn.crossEntropy,
      optimizer,
      epochs,
    }).finished();
    const some = example({
      images: data.train.images.at(":500"),
      labels: data.train.labels.at(":500"),
    })[0];
    const small = await nn.quantize(model, some);
    const score = async (network: nn.Sequential): Promise<number> => {
      const test = loader(data.test, { batchSize: 1000 });
      const found = await evaluate(network, test, {
        example,
        loss: nn.crossEntropy,
        metrics: { accuracy },
      });
      return found.accuracy as number;
    };
    const [whole, quantized] = [await score(model), await score(small)];
    expect(whole).toBeGreaterThan(0.975);
    expect(whole - quantized).toBeLessThanOrEqual(0.01);
    // The weights take a quarter of what they took.
    const bytes = (dict: nn.StateDict): number =>
      Object.entries(dict)
        .filter(([name]) => name.endsWith("weight"))
        .reduce((sum, [, { size, dtype }]) => sum + size * (dtype === "i8" ? 1 : 4), 0);
    expect(bytes(model.stateDict()) / bytes(small.stateDict())).toBe(4);
  },
);

// A small classifier with everything that a checkpoint must hold: weights, running statistics,
// dropout's random stream, Adam's slots, a schedule, a shuffled loader.

import { seed, type Tensor, tensor } from "hebb";
import { type Loader, loader } from "hebb/data";
import * as nn from "hebb/nn";
import { Adam, cosineAnnealing } from "hebb/optim";
import { accuracy, type FitOptions, type Model } from "hebb/train";

export type Batch = { x: Tensor; y: Tensor };

export interface Small {
  readonly model: Model & nn.Module;
  readonly optimizer: Adam;
  readonly data: Loader<Batch>;
  readonly options: FitOptions<Batch>;
}

const count = 20;

/** The same at every call: 20 points of two classes, batches of 6, 6, 6 and 2. */
export function small({ lr = 0.05 }: { lr?: number } = {}): Small {
  seed(11);
  const model = nn.sequential(
    ...[new nn.Conv2d(1, 2, 3, { padding: 1 }), new nn.BatchNorm2d(2), nn.relu, nn.flatten],
    ...[new nn.Dropout(0.25), new nn.Linear(18, 2)],
  );
  const pixels = Float32Array.from({ length: count * 9 }, (_, i) => Math.sin(i * i * 0.7));
  const x = tensor(pixels, { shape: [count, 1, 3, 3] });
  const y = tensor(Uint8Array.from({ length: count }, (_, i) => i % 2));
  const optimizer = new Adam(model.parameters(), { lr: cosineAnnealing(lr, { steps: 12 }) });
  const data = loader({ x, y }, { batchSize: 6, shuffle: true });
  return {
    model,
    optimizer,
    data,
    options: {
      data,
      validation: loader({ x, y }, { batchSize: 8 }),
      loss: nn.crossEntropy,
      optimizer,
      metrics: { accuracy },
      epochs: 3,
    },
  };
}

/** All values of a module, bit for bit. */
export async function bits(model: nn.Module): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(model.stateDict())) {
    const data = await value.data();
    found[name] = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
  }
  return found;
}

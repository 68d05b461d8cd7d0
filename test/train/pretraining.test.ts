// Layers that learn one after the other, and networks that start from what others learnt.

import { beforeEach, expect, test } from "vitest";
import { loader } from "../../src/data/index.ts";
import { ArgumentError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import type { Cell } from "../../src/tensor/cell.ts";
import { seed } from "../../src/tensor/generator.ts";
import { rand, randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import {
  accuracy,
  autoencoderLearner,
  evaluate,
  fit,
  type LayerLearner,
  pretrainLayers,
} from "../../src/train/index.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { type Rbm, rbmLearner } from "./contrastive-divergence.ts";

beforeEach(() => {
  setDefaultDevice(devicesHere.includes("native") ? "native" : "wasm");
  seed(6);
});

/** Points of [0, 1]¹² with three degrees of freedom. */
function points(count: number): Tensor {
  const x = randn([count, 3])
    .matmul(randn([3, 12]))
    .sigmoid();
  x.dataSync();
  return x;
}

const values = (cells: Readonly<Record<string, Tensor>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, cell.arraySync()]));

const perPoint = (output: Tensor, target: Tensor): Tensor =>
  nn.mseLoss(output, target, { reduction: "batchMean" });

test("IN-05 each layer learns to give back the codes below it, and the deep autoencoder starts lower for it", async () => {
  const x = points(256);
  const losses: number[][] = [[], [], []];
  const learners = [8, 5, 3].map((code) =>
    autoencoderLearner({
      code,
      epochs: 30,
      lr: 0.02,
      seed: 1,
      onEpoch: ({ place, loss }) => losses[place]!.push(loss),
    }),
  );
  const layers = await pretrainLayers(x, learners);
  expect(layers.map((layer) => layer.encoder.weight.shape)).toEqual([
    [8, 12],
    [5, 8],
    [3, 5],
  ]);
  for (const curve of losses) {
    expect(curve).toHaveLength(30);
    expect(curve.at(-1)!).toBeLessThan(curve[0]! / 2);
  }
  // The law of the loss: a sum over outputs, a mean over points.
  const first = perPoint(layers[0]!.forward(x), x).itemSync();
  expect(first / losses[0]!.at(-1)!).toBeCloseTo(1, 0);
  const pretrained = new nn.DeepAutoencoder(layers);
  const start = perPoint(pretrained.forward(x), x).itemSync();
  for (let i = 0; i < 5; i++) {
    const random = new nn.DeepAutoencoder([
      new nn.Autoencoder(12, 8),
      new nn.Autoencoder(8, 5),
      new nn.Autoencoder(5, 3),
    ]);
    expect(start).toBeLessThan(perPoint(random.forward(x), x).itemSync() / 2);
  }
  // Then the whole network.
  const run = fit(pretrained, {
    data: loader({ x }, { batchSize: 32, shuffle: true, seed: 2 }),
    example: ({ x: batch }: { x: Tensor }) => [batch, batch],
    loss: perPoint,
    optimizer: new Adam(pretrained.parameters(), { lr: 5e-3 }),
    epochs: 20,
  });
  await run.finished();
  expect(perPoint(pretrained.forward(x), x).itemSync()).toBeLessThan(start);
});

interface Kind {
  readonly name: string;
  /** Learners of two layers, and what is told of each one's errors. */
  readonly learners: (errors: number[][]) => LayerLearner<nn.Coder>[];
  /** The cells of a layer that lie on the way up. */
  readonly upward: (layer: never) => Record<string, Cell>;
}

const kinds: Kind[] = [
  {
    name: "autoencoders",
    learners: (errors) =>
      [8, 4].map((code) =>
        autoencoderLearner({
          code,
          epochs: 15,
          lr: 0.02,
          seed: 3,
          onEpoch: ({ place, loss }) => errors[place]!.push(loss),
        }),
      ),
    upward: (layer: nn.Autoencoder) => layer.encoder.parameters(),
  },
  {
    name: "restricted Boltzmann machines",
    learners: (errors) =>
      [8, 4].map((units, place) =>
        rbmLearner(units, { onStep: (error) => errors[place]!.push(error) }),
      ),
    upward: ({ weight, hidden }: Rbm) => ({ weight, hidden }),
  },
];

test.each(kinds.map((kind) => [kind.name, kind] as const))(
  "IN-06 the driver takes any learner, here %s; a layer rests while the next one learns, and fine-tuning moves all",
  async (_, { learners, upward }) => {
    const x = points(128);
    const errors: number[][] = [[], []];
    const seen: Tensor[] = [];
    const done: nn.Coder[] = [];
    const resting: unknown[] = [];
    const watched = learners(errors).map(
      (learn): LayerLearner<nn.Coder> =>
        async (codes, place) => {
          seen.push(codes);
          resting.push(done.map((layer) => values(upward(layer as never))));
          const layer = await learn(codes, place);
          // The layers below are as they were when this one began.
          expect(done.map((below) => values(upward(below as never)))).toEqual(resting[place]);
          done.push(layer);
          return layer;
        },
    );
    const layers = await pretrainLayers(x, watched);
    expect(layers).toEqual(done);
    for (const curve of errors) {
      const mean = (part: number[]): number => part.reduce((a, b) => a + b, 0) / part.length;
      expect(mean(curve.slice(-3))).toBeLessThan(mean(curve.slice(0, 3)));
    }
    // X̃ ← f⁽ᵏ⁾(X̃)
    expect(seen[0]).toBe(x);
    expect(seen[1]!.arraySync()).toEqual(layers[0]!.encode(x).arraySync());
    // Supervised: the layers and a head on labels, all of them trained.
    class Network extends nn.Module {
      readonly below = layers.map((layer) => upward(layer as never));
      readonly head = new nn.Linear(4, 2);
      forward(input: Tensor): Tensor {
        return this.head.forward(layers.reduce((h, layer) => layer.encode(h), input));
      }
    }
    const network = new Network();
    const before = values(network.parameters());
    const y = x.at(":", 0).greater(0.5).cast("i32");
    const data = loader({ x, y }, { batchSize: 32, seed: 4 });
    const measure = async (): Promise<number> =>
      (await evaluate(network, data, { loss: nn.crossEntropy })).loss!;
    const start = await measure();
    await fit(network, {
      data,
      loss: nn.crossEntropy,
      optimizer: new Adam(network.parameters(), { lr: 0.02 }),
      epochs: 10,
    }).finished();
    expect(await measure()).toBeLessThan(start / 1.5);
    const after = values(network.parameters());
    expect(Object.keys(after)).toHaveLength(6);
    for (const [name, value] of Object.entries(after)) expect(value).not.toEqual(before[name]);
  },
);

test("a driver without learners has nothing to do", async () => {
  await expect(pretrainLayers(rand([2, 2]), [])).rejects.toThrow(ArgumentError);
});

test("IN-07 features learnt on a task with cheap data need fewer examples of another; freezing is honoured", async () => {
  // Of 64 numbers three directions matter, to many tasks: each asks for the side of another plane.
  const directions = randn([64, 3]).div(8);
  const draw = (count: number): { x: Tensor; causes: Tensor } => {
    const x = randn([count, 64]);
    return { x, causes: x.matmul(directions) };
  };
  const planes = randn([3, 12]);
  const generic = (causes: Tensor): Tensor => causes.matmul(planes).greater(0).cast("f32");
  const plane = randn([3]);
  const wanted = (causes: Tensor): Tensor => causes.matmul(plane).greater(0).cast("i32");
  const body = (): nn.Sequential => nn.sequential(new nn.Linear(64, 8), nn.tanh);
  const train = async (
    model: nn.Sequential,
    { x, y }: { x: Tensor; y: Tensor },
    { epochs, loss = nn.crossEntropy }: { epochs: number; loss?: typeof nn.crossEntropy },
  ): Promise<void> => {
    await fit(model, {
      data: loader({ x, y }, { batchSize: 20, shuffle: true, seed: 5 }),
      loss,
      optimizer: new Adam(model.parameters(), { lr: 5e-3 }),
      epochs,
    }).finished();
  };
  const cheap = draw(2000);
  const features = body();
  await train(
    nn.sequential(features, new nn.Linear(8, 12)),
    { x: cheap.x, y: generic(cheap.causes) },
    { epochs: 10, loss: nn.binaryCrossEntropyWithLogits },
  );

  const test = draw(1000);
  const held = loader({ x: test.x, y: wanted(test.causes) }, { batchSize: 1000 });
  const score = async (model: nn.Sequential): Promise<number> =>
    (await evaluate(model, held, { loss: nn.crossEntropy, metrics: { accuracy } })).accuracy!;
  const pool = draw(160);
  const first = (count: number): { x: Tensor; y: Tensor } => ({
    x: pool.x.at(`:${count}`),
    y: wanted(pool.causes).at(`:${count}`),
  });
  const model = nn.sequential(features, new nn.Linear(8, 2));
  const learnt = values(features.parameters());

  // Frozen, the features stay as they are, and forty examples are enough for the head.
  features.freeze();
  await train(model, first(40), { epochs: 60 });
  expect(values(features.parameters())).toEqual(learnt);
  const transferred = await score(model);
  const scratch = async (count: number): Promise<number> => {
    const fresh = nn.sequential(body(), new nn.Linear(8, 2));
    await train(fresh, first(count), { epochs: Math.round((60 * 40) / count) });
    return score(fresh);
  };
  expect(transferred).toBeGreaterThan(0.85);
  expect(transferred).toBeGreaterThan((await scratch(40)) + 0.1);
  // From nothing it takes more than four times as many.
  expect(transferred).toBeGreaterThan(await scratch(160));

  // Unfrozen, they are fine-tuned with the rest.
  features.unfreeze();
  await train(model, first(40), { epochs: 2 });
  const tuned = values(features.parameters());
  for (const [name, value] of Object.entries(tuned)) expect(value).not.toEqual(learnt[name]);
});

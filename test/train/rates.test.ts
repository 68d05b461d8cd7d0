// Rates that follow the validation loss: SC-02 and SC-07.

import { beforeEach, expect, test } from "vitest";
import { loader } from "../../src/data/index.ts";
import { ArgumentError, DataError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { constant, SGD } from "../../src/optim/index.ts";
import { seed } from "../../src/tensor/generator.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import {
  type Callback,
  type EpochEvent,
  evaluate,
  fit,
  halveOnWorse,
  type Metric,
  rateSearch,
} from "../../src/train/index.ts";
import { setDefaultDevice } from "../support/devices.ts";

beforeEach(() => {
  setDefaultDevice("reference");
  seed(2);
});

/** Linear regression with a rate that is far too large at first. */
function problem(lr = 1.5) {
  const [x, w] = [randn([24, 3]), randn([3, 1])];
  const y = x.matmul(w).add(randn([24, 1]).mul(0.3));
  const model = new nn.Linear(3, 1);
  const optimizer = new SGD(model, { lr, momentum: 0.5 });
  const data = loader({ x, y }, { batchSize: 8, shuffle: true, seed: 1 });
  const validation = loader({ x, y }, { batchSize: 24 });
  return { model, optimizer, options: { data, validation, loss: nn.mseLoss, optimizer } };
}

const weights = (model: nn.Module): number[] =>
  Object.values(model.stateDict()).flatMap((t: Tensor) => [...t.dataSync()].map(Number));

test("SC-02 an epoch that made validation worse is undone and done again with half the rate", async () => {
  const { model, optimizer, options } = problem();
  const seen: { value: number; lr: number; before: number[]; after: number[]; epochs: number }[] =
    [];
  let last: number[] = weights(model);
  const { loss: start = Number.NaN } = await evaluate(model, options.validation, options);
  const watcher: Callback = {
    name: "watcher",
    onEpoch(event, context) {
      // The callbacks after halveOnWorse see the model as it goes on.
      const after = weights(model);
      seen.push({
        value: event.validation!.loss!,
        lr: optimizer.lr.itemSync(),
        before: last,
        after,
        epochs: context.epoch,
      });
      last = after;
    },
  };
  const run = fit(model, { ...options, epochs: 8, callbacks: [halveOnWorse(), watcher] });
  const events: EpochEvent[] = [];
  for await (const event of run) if (event.type === "epoch") events.push(event);
  const history = await run.finished();
  const losses = history.epochs.map(({ validation }) => validation!.loss!);
  expect(losses).toHaveLength(8);
  for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThanOrEqual(losses[i - 1]!);
  expect(events.length).toBeGreaterThan(8); // some were undone
  let [best, rate, undone] = [start, 1.5, 0];
  for (const { value, lr, before, after } of seen) {
    if (value > best) {
      undone++;
      rate /= 2;
      expect(after).toEqual(before);
    } else {
      best = value;
      expect(after).not.toEqual(before);
    }
    expect(lr).toBe(rate);
  }
  expect(undone).toBe(events.length - 8);
  expect(seen.at(-1)!.epochs).toBe(8);
  // A metric that shall rise ends at the same weights.
  seed(2);
  const again = problem();
  const score: Metric = (output, target) => nn.mseLoss(output, target).neg();
  await fit(again.model, {
    ...again.options,
    metrics: { score },
    epochs: 8,
    callbacks: [halveOnWorse({ watch: "score" })],
  }).finished();
  expect(weights(again.model)).toEqual(last);
});

test("halving ends where it does not help, and needs a rate that is a number", async () => {
  const { model, options } = problem(0.1);
  const still = await fit(model, {
    ...options,
    optimizer: new SGD(model, { lr: 0 }),
    epochs: 3,
    callbacks: [halveOnWorse({ attempts: 1 })],
  }).finished();
  expect(still.ending).toBe("completed"); // equal is not worse
  const climbing = new SGD(model, { lr: 0.01, maximize: true });
  const end = await fit(model, {
    ...options,
    optimizer: climbing,
    epochs: 5,
    callbacks: [halveOnWorse({ attempts: 3 })],
  }).finished();
  expect(end.ending).toBe("stopped");
  expect(end.reason).toMatch(/3 times/);
  expect(end.epochs).toHaveLength(0); // the first is worse than no training
  const scheduled = new SGD(model, { lr: constant(0.1) });
  await expect(
    fit(model, { ...options, optimizer: scheduled, callbacks: [halveOnWorse()] }).finished(),
  ).rejects.toThrow(/function of the step/);
  expect(() => halveOnWorse({ factor: 1 })).toThrow(ArgumentError);
});

test("SC-07 a search on the log scale finds the decade of the best rate, then looks finer", async () => {
  // Twenty steps on ½·L·x², L = 40: the best rate is 1/L, and above 2/L it diverges.
  const smoothness = 40;
  const train = (lr: number): number => {
    let x = 1;
    for (let t = 0; t < 20; t++) x -= lr * smoothness * x;
    return 0.5 * smoothness * x * x;
  };
  const coarse = await rateSearch(train, { refinements: 0 });
  expect(coarse.tried.map(({ rate }) => rate)).toEqual([1e-4, 1e-3, 1e-2, 0.1, 1]);
  expect(coarse.rate).toBe(0.01);
  const found = await rateSearch(train, { refinements: 3 });
  expect(found.tried).toHaveLength(5 + 6);
  expect(Math.abs(Math.log10(found.rate * smoothness))).toBeLessThan(0.15);
  expect(found.loss).toBeLessThan(coarse.loss);
  // A run that diverges to NaN is the worst, wherever it stands.
  const broken = (rate: number): number => (rate >= 0.01 ? Number.NaN : rate);
  expect((await rateSearch(broken, { refinements: 0 })).rate).toBe(1e-4);
  await expect(rateSearch(() => Number.NaN)).rejects.toThrow(DataError);
  await expect(rateSearch(train, { rates: [0] })).rejects.toThrow(ArgumentError);
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { gradients, IndexError, NumericError, Parameter, seed, tensor, useDevice } from "hebb";
import { loader } from "hebb/data";
import * as nn from "hebb/nn";
import { Nesterov, RMSprop, SGD } from "hebb/optim";
import { accuracy, type BatchEvent, type Callback, type EpochEvent, fit } from "hebb/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bits, small } from "./small.ts";

let folder = "";
beforeAll(async () => {
  await useDevice("reference");
  folder = mkdtempSync(`${tmpdir()}/hebb-fit-`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = () => ({ x: tensor([[0], [1], [2], [3]]), y: tensor([[1], [3], [5], [7]]) });

function linear(): { model: nn.Linear; optimizer: SGD } {
  const model = new nn.Linear(1, 1);
  model.weight.assign(0);
  model.bias?.assign(0);
  return { model, optimizer: new SGD(model.parameters(), { lr: 0.01 }) };
}

describe("a run", () => {
  const ahead = {
    Nesterov: (model: nn.Module) => new Nesterov(model, { lr: 0.1, momentum: 0.8 }),
    RMSprop: (model: nn.Module) => new RMSprop(model, { lr: 0.02, momentum: 0.8, nesterov: true }),
  };
  test.each(Object.entries(ahead))(
    "takes gradients where %s looks ahead, and keeps statistics",
    async (_, make) => {
      const parts = () => {
        seed(4);
        const model = nn.sequential(
          new nn.Linear(1, 3),
          new nn.BatchNorm1d(3),
          nn.tanh,
          new nn.Linear(3, 1),
        );
        model.parameters()["3.bias"]!.requiresGrad = false;
        return { model, optimizer: make(model) };
      };
      const byFit = parts();
      const epochs = 4;
      await fit(byFit.model, { data: [line()], loss: nn.mseLoss, ...byFit, epochs }).finished();
      const byHand = parts();
      const { x, y } = line();
      for (let i = 0; i < epochs; i++) {
        const { "3.bias": frozen, ...place } = byHand.optimizer.lookAhead();
        const output = nn.functional(byHand.model)({ ...place, "3.bias": frozen! }, x);
        byHand.optimizer.step(gradients(nn.mseLoss(output, y), place));
      }
      for (const [name, p] of Object.entries(byHand.model.parameters())) {
        const found = byFit.model.parameters()[name]!.dataSync();
        for (const [i, value] of p.dataSync().entries()) expect(found[i]).toBeCloseTo(value, 5);
      }
      expect(byFit.model.stateDict()["1.num_batches_tracked"]!.itemSync()).toBe(epochs);
      expect(byFit.model.stateDict()["1.running_mean"]!.dataSync()).not.toEqual(
        new Float32Array(3),
      );
    },
  );

  test("a frozen parameter looks nowhere, whatever it remembers", () => {
    const w = new Parameter(tensor([1]));
    const optimizer = new Nesterov([w], { lr: 0.1 });
    optimizer.step([tensor([1])]);
    expect(optimizer.lookAhead()["0"]!.arraySync()).not.toEqual(w.arraySync());
    w.requiresGrad = false;
    expect(optimizer.lookAhead()["0"]!.arraySync()).toEqual(w.arraySync());
  });

  test("learns what two layers can and one cannot", async () => {
    seed(3);
    const model = nn.sequential(new nn.Linear(2, 8), nn.tanh, new nn.Linear(8, 2));
    const x = tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const y = tensor([0, 1, 1, 0], { dtype: "u8" });
    const { epochs, steps, ending } = await fit(model, {
      data: loader({ x, y }, { batchSize: 4 }),
      validation: loader({ x, y }),
      loss: nn.crossEntropy,
      optimizer: new SGD(model.parameters(), { lr: 0.5, momentum: 0.9 }),
      metrics: { accuracy },
      epochs: 60,
    }).finished();
    expect({ steps, ending, epochs: epochs.length }).toEqual({
      steps: 60,
      ending: "completed",
      epochs: 60,
    });
    expect(epochs.at(-1)?.validation?.accuracy).toBe(1);
    expect(epochs.at(-1)?.loss).toBeLessThan(0.1);
  });

  test("its first step is gradient descent by hand", async () => {
    const { model, optimizer } = linear();
    const events: (BatchEvent | EpochEvent)[] = [];
    for await (const event of fit(model, { data: [line()], loss: nn.mseLoss, optimizer })) {
      events.push(event);
    }
    // Loss 84/4; its slopes by weight and bias are -2·(0+3+10+21)/4 and -2·16/4.
    const [batch, epoch] = events as [BatchEvent, EpochEvent];
    expect(batch).toMatchObject({
      type: "batch",
      epoch: 0,
      batch: 0,
      step: 1,
      examples: 4,
      loss: 21,
    });
    expect(batch.gradientNorm).toBeCloseTo(Math.hypot(17, 8), 4);
    expect(batch.lr).toBeCloseTo(0.01, 8);
    expect(epoch).toMatchObject({ type: "epoch", epoch: 0, step: 1, loss: 21, examples: 4 });
    expect(await model.weight.item()).toBeCloseTo(0.17, 6);
    expect(await model.bias?.item()).toBeCloseTo(0.08, 6);
  });

  test("means count every example once, whatever its batch", async () => {
    const { options, model } = small();
    const history = await fit(model, {
      ...options,
      epochs: 1,
      optimizer: frozen(options.optimizer),
    }).finished();
    const batches: BatchEvent[] = [];
    const again = small();
    for await (const event of fit(again.model, {
      ...again.options,
      epochs: 1,
      optimizer: frozen(again.optimizer),
    })) {
      if (event.type === "batch") batches.push(event);
    }
    expect(batches.map(({ examples }) => examples)).toEqual([6, 6, 6, 2]);
    const mean = batches.reduce((sum, b) => sum + b.loss * b.examples, 0) / 20;
    expect(history.epochs[0]?.loss).toBeCloseTo(mean, 10);
    expect(history.epochs[0]?.examples).toBe(20);
  });

  test("starts on first use, is no promise, and waits for a slow consumer", async () => {
    const { options, model } = small();
    const made: number[] = [];
    async function* counted() {
      for await (const batch of options.data) {
        made.push(made.length);
        yield batch;
      }
    }
    const data = { [Symbol.asyncIterator]: counted };
    const run = fit(model, { ...options, data, epochs: 1 });
    expect((run as { then?: unknown }).then).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(made).toEqual([]);
    for await (const event of run) {
      if (event.type !== "batch") continue;
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(made.length).toBe(event.batch + 1);
    }
    expect(made.length).toBe(4);
  });

  test("lets the event loop turn while it is only awaited", async () => {
    const { options, model } = small();
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await fit(model, { ...options, epochs: 40 }).finished();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  test("a loader that was used before gives the same run", async () => {
    const first = small();
    await fit(first.model, first.options).finished();
    const second = small();
    second.data.state = { ...second.data.state, epoch: 7 };
    for await (const _ of second.data) break;
    await fit(second.model, second.options).finished();
    expect(await bits(second.model)).toEqual(await bits(first.model));
  });
});

describe("ending early", () => {
  test("break finishes the step, calls the hooks once and leaves a history", async () => {
    const { options, model } = small();
    const calls: string[] = [];
    const hook: Callback = {
      name: "hook",
      save: (moment) => void calls.push(moment),
      onEnd: ({ ending, steps }) => void calls.push(`${ending} ${steps}`),
    };
    const run = fit(model, { ...options, callbacks: [hook] });
    for await (const event of run) if (event.step === 3) break;
    expect(calls).toEqual(["batch", "batch", "batch", "end", "left 3"]);
    expect(await run.finished()).toMatchObject({ ending: "left", steps: 3, epochs: [] });
  });

  test("an aborted signal ends it after the step", async () => {
    const { options, model } = small();
    const control = new AbortController();
    const run = fit(model, { ...options, signal: control.signal });
    for await (const event of run) if (event.step === 5) control.abort();
    expect(await run.finished()).toMatchObject({ ending: "aborted", steps: 5 });
  });

  test("a signal aborted before trains nothing", async () => {
    const { options, model } = small();
    const before = await bits(model);
    const run = fit(model, { ...options, signal: AbortSignal.abort() });
    expect(await run.finished()).toMatchObject({ ending: "aborted", steps: 0 });
    expect(await bits(model)).toEqual(before);
  });

  test("a callback's reason is in the history", async () => {
    const { options, model } = small();
    const hook: Callback = { name: "hook", onEpoch: (_, context) => context.stop("enough") };
    expect(await fit(model, { ...options, callbacks: [hook] }).finished()).toMatchObject({
      ending: "stopped",
      reason: "enough",
      steps: 4,
    });
  });

  test("an error of a callback or of the data ends the run with that error, for everybody", async () => {
    const { options, model } = small();
    const hook: Callback = {
      name: "hook",
      onBatch: () => {
        throw new Error("no more");
      },
    };
    const run = fit(model, { ...options, callbacks: [hook] });
    const drained = (async () => {
      for await (const _ of run);
    })();
    await expect(drained).rejects.toThrow("no more");
    await expect(run.finished()).rejects.toThrow("no more");
    await expect(fit(model, { ...options, data: [] }).finished()).rejects.toThrow(/no batch/);
  });
});

describe("numbers that are not", () => {
  test("a NaN stops the run, names operation and line, and leaves every cell as it was", async () => {
    const { options, model, optimizer } = small();
    const run = fit(model, {
      ...options,
      loss: (output, target) => {
        const loss = nn.crossEntropy(output, target);
        return loss.sub(loss).log().mul(0).add(loss);
      },
    });
    const [weights, slots] = [await bits(model), await bits(optimizer as never)];
    const error = await run.finished().catch((e) => e);
    expect(error).toBeInstanceOf(NumericError);
    expect(error.message).toMatch(/step 1 \(epoch 1, batch 1\)/);
    expect(error.message).toMatch(/first Infinity came out of log .*fit\.test\.ts:\d+/);
    expect(error.message).toMatch(/first NaN came out of mul/);
    expect(await bits(model)).toEqual(weights);
    expect(await bits(optimizer as never)).toEqual(slots);
  });

  test("a bad batch is named as such, and the steps before it stand", async () => {
    const [good, { model, options }] = [small(), small()];
    const x = tensor([
      [
        [
          [Number.NaN, 0, 0],
          [0, 0, 0],
          [0, 0, 0],
        ],
      ],
    ]);
    const y = tensor([1], { dtype: "u8" });
    async function* data() {
      yield* good.data;
      yield { x, y };
    }
    const run = fit(model, { ...options, data: { [Symbol.asyncIterator]: data }, epochs: 1 });
    await expect(run.finished()).rejects.toThrow(/step 5 .* the batch already has NaN in "x"/);
    const reference = small();
    await fit(reference.model, { ...reference.options, epochs: 1 }).finished();
    expect(await bits(model)).toEqual(await bits(reference.model));
  });

  test("a gradient that overflows is named as one", async () => {
    const { model, optimizer } = linear();
    const run = fit(model, {
      data: [line()],
      // √ has an infinite slope at 0, which is where the weight is.
      loss: (output) => output.square().sum().sqrt(),
      optimizer,
    });
    await expect(run.finished()).rejects.toThrow(/in the gradient/);
  });
});

test("what cannot be run is refused with a reason", () => {
  const { model, options } = small();
  expect(() => fit(model, { ...options, epochs: -1 })).toThrow(/epochs .* not -1/);
  const twice: Callback = { name: "a" };
  expect(() => fit(model, { ...options, callbacks: [twice, twice] })).toThrow(/a is there twice/);
  expect(() => fit(model, { ...options, metrics: { loss: accuracy } })).toThrow(/"loss"/);
});

test("a batch that is no pair needs an example", async () => {
  const { model, options } = small();
  const { x, y } = line();
  const run = fit(model, { ...options, data: [{ x, y, z: y }] as never });
  await expect(run.finished()).rejects.toThrow(/example: \(batch\) => \[input, target\]/);
});

test("clip changes the gradients before the update", async () => {
  const { model, optimizer } = linear();
  const clip = (g: Record<string, import("hebb").Tensor>) =>
    Object.fromEntries(Object.entries(g).map(([name, value]) => [name, value.mul(0)]));
  await fit(model, { data: [line()], loss: nn.mseLoss, optimizer, clip }).finished();
  expect(await model.weight.item()).toBe(0);
});

/** An optimiser that changes nothing. */
function frozen<T extends object>(optimizer: T): T {
  return new Proxy(optimizer, {
    get: (o, key) => (key === "step" ? () => {} : Reflect.get(o, key, o)),
  });
}

test("a label out of range stops the run with its value, and the weights are still there", async () => {
  const good = small();
  const { model, options } = small();
  const bad = {
    x: tensor(new Float32Array(9), { shape: [1, 1, 3, 3] }),
    y: tensor([7], { dtype: "u8" }),
  };
  async function* data() {
    yield* good.data;
    yield bad;
  }
  const run = fit(model, { ...options, data: { [Symbol.asyncIterator]: data }, epochs: 1 });
  const error = await run.finished().catch((e) => e);
  expect(error).toBeInstanceOf(IndexError);
  expect(error.message).toMatch(/7/);
  const reference = small();
  await fit(reference.model, { ...reference.options, epochs: 1 }).finished();
  expect(await bits(model)).toEqual(await bits(reference.model));
});

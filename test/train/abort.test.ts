// An aborted signal in the middle of a step of training: the step was not made, and training goes on
// from there as if it had never been begun.

import { scan, seed, type Tensor, tensor, useDevice } from "hebb";
import * as nn from "hebb/nn";
import { Adam } from "hebb/optim";
import { evaluate, type FitOptions, fit } from "hebb/train";
import { beforeEach, describe, expect, test } from "vitest";
import { devicesHere } from "../support/devices.ts";
import { type Batch, bits } from "./small.ts";

/** A batch of so many examples takes longer than any test. */
const heavy = 7;

class Model extends nn.Module {
  layers = nn.sequential(
    ...[new nn.Linear(4, 16), nn.relu, new nn.Dropout(0.25), new nn.Linear(16, 2)],
  );

  forward(x: Tensor): Tensor {
    const body = (c: Tensor): [Tensor, null] => [c.mul(0.5).add(0.25), null];
    const length = x.shape[0] === heavy ? 1e9 : 3;
    const [last] = scan(body, x.detach(), { length }) as readonly [Tensor, null];
    return this.layers.forward(x.add(last));
  }
}

function batch(count: number): Batch {
  const x = Float32Array.from({ length: count * 4 }, (_, i) => Math.sin(i * i * 0.7));
  const y = Uint8Array.from({ length: count }, (_, i) => i % 2);
  return { x: tensor(x, { shape: [count, 4] }), y: tensor(y) };
}

function training(): {
  model: Model;
  go(sizes: number[], signal?: AbortSignal): ReturnType<typeof fit>;
} {
  seed(11);
  const model = new Model();
  const optimizer = new Adam(model.parameters(), { lr: 0.01 });
  const go = (sizes: number[], signal?: AbortSignal): ReturnType<typeof fit> => {
    const data = sizes.map(batch);
    const options: FitOptions<Batch> = { data, loss: nn.crossEntropy, optimizer };
    return fit(model, signal === undefined ? options : { ...options, signal });
  };
  return { model, go };
}

describe.each(devicesHere.filter((name) => name !== "reference"))("aborted on %s", (device) => {
  beforeEach(async () => {
    await useDevice(device);
  });

  test("a run ends in the middle of a step, which was not made; training goes on", async () => {
    const aborted = training();
    const control = new AbortController();
    const run = aborted.go([6, 6, heavy, 6], control.signal);
    let steps = 0;
    for await (const event of run) {
      if (event.type === "batch") steps = event.step;
      // Within the third step.
      if (steps === 2) setTimeout(() => control.abort(), 30);
    }
    expect(await run.finished()).toMatchObject({ ending: "aborted", steps: 2, epochs: [] });
    const after = await bits(aborted.model);
    const losses = await aborted.go([6, 5]).finished();

    const plain = training();
    await plain.go([6, 6]).finished();
    expect(await bits(plain.model)).toEqual(after);
    expect((await plain.go([6, 5]).finished()).epochs[0]?.loss).toBe(losses.epochs[0]?.loss);
    expect(await bits(plain.model)).toEqual(await bits(aborted.model));
  });

  test("an evaluation rejects with the signal's reason", async () => {
    const { model } = training();
    const control = new AbortController();
    setTimeout(() => control.abort(new Error("enough")), 30);
    const options = { loss: nn.crossEntropy, signal: control.signal };
    await expect(evaluate(model, [batch(heavy)], options)).rejects.toThrow("enough");
    const { loss } = await evaluate(model, [batch(6)], { loss: nn.crossEntropy });
    expect(Number.isFinite(loss)).toBe(true);
  });
});

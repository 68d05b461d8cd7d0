// The lines of the tour that train, load and save, as a user would write them.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, gradients, type Tensor, useDevice } from "hebb";
import { digitTensors, generateDigits, loader } from "hebb/data";
import { load, save } from "hebb/io";
import * as nn from "hebb/nn";
import { Adam, clipByNorm, cosineAnnealing } from "hebb/optim";
import { accuracy, earlyStopping, fit, saveCheckpoints } from "hebb/train";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder = "";
beforeAll(async () => {
  await useDevice("reference");
  folder = mkdtempSync(`${tmpdir()}/hebb-tour-`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const digits = (count: number, first = 0) => digitTensors(generateDigits({ count, first }));

function network() {
  const model = nn.sequential(
    ...[new nn.Conv2d(1, 2, 3, { padding: 1 }), nn.relu, new nn.MaxPool2d(4)],
    ...[nn.flatten, new nn.Linear(2 * 7 * 7, 10)],
  );
  const optimizer = new Adam(model.parameters(), { lr: cosineAnnealing(1e-2, { steps: 20 }) });
  return { model, optimizer };
}

test("a compiled step over a loader, the last batch shorter", async () => {
  const { model, optimizer } = network();
  const step = compile((images: Tensor, labels: Tensor) => {
    const x = images.cast("f32").div(255).unsqueeze(1); // [batch, 1, 28, 28]
    const loss = nn.crossEntropy(model.forward(x), labels); // [] nats per example
    optimizer.step(clipByNorm(gradients(loss, model), 1));
    return loss;
  });
  const losses: number[] = [];
  const data = loader(digits(20), { batchSize: 8, shuffle: true, lastBatch: "keep" });
  for (let epoch = 0; epoch < 3; epoch++) {
    for await (const { images, labels } of data) losses.push(await step(images, labels).item());
  }
  expect(losses.length).toBe(9);
  expect(losses.at(-1)).toBeLessThan(losses[0] as number);
  expect(step.traceCount).toBe(2);
});

test("fit with callbacks, then save and load", async () => {
  const { model, optimizer } = network();
  const abort = new AbortController();
  const run = fit(model, {
    data: loader(digits(16), { batchSize: 8, shuffle: true }),
    validation: loader(digits(10, 16), { batchSize: 10 }),
    example: ({ images, labels }) => [images.cast("f32").div(255).unsqueeze(1), labels],
    loss: nn.crossEntropy,
    optimizer,
    metrics: { accuracy },
    epochs: 2,
    callbacks: [earlyStopping({ patience: 3 }), saveCheckpoints(join(folder, "run"))],
    signal: abort.signal,
  });
  const seen: string[] = [];
  for await (const event of run) seen.push(event.type);
  expect(seen).toEqual(["batch", "batch", "epoch", "batch", "batch", "epoch"]);
  const history = await run.finished();
  expect(history.epochs[1]?.validation).toHaveProperty("accuracy");
  expect(existsSync(join(folder, "run", "checkpoints"))).toBe(true);

  const file = join(folder, "digits.safetensors");
  await save(file, model);
  const other = network().model;
  await load(file, other);
  const x = digits(3).images.cast("f32").div(255).unsqueeze(1);
  expect(await other.forward(x).array()).toEqual(await model.forward(x).array());
});

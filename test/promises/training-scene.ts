// A small convolutional network with dropout, trained by Adam for two epochs with a short last batch:
// a digest of everything that it ends with. Arguments: device, eager or compiled.

import { createHash } from "node:crypto";
import { deviceNamed, setDefaultDevice } from "../../src/device/devices.ts";
import { compilerInvocations } from "../../src/device/native.ts";
import type { WasmDevice } from "../../src/device/wasm.ts";
import {
  Conv2d,
  crossEntropy,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  sequential,
} from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { rand, randint } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

const [device, how] = process.argv.slice(2) as [string, string];
setDefaultDevice(device);
seed(3);

const opened = deviceNamed(device);
if (device === "wasm") {
  // Threads start in their own time; here all are to take part.
  const wasm = opened as WasmDevice;
  wasm.start();
  while (wasm.ready < wasm.threads) await new Promise((resolve) => setTimeout(resolve, 2));
}

const model = sequential(
  new Conv2d(1, 8, 3, { padding: 1 }),
  new ReLU(),
  new MaxPool2d(2),
  new Conv2d(8, 16, 3),
  new ReLU(),
  new MaxPool2d(2),
  new Flatten(),
  new Dropout(0.4),
  new Linear(16 * 6 * 6, 64),
  new ReLU(),
  new Dropout(0.2),
  new Linear(64, 10),
);
const optimizer = new Adam(model, { lr: 2e-3 });
const images = rand([100, 1, 28, 28]).mul(1);
const labels = randint([100], { high: 10 }).add(0);

const update = (x: Tensor, y: Tensor): Tensor => {
  const loss = crossEntropy(model.forward(x), y);
  optimizer.step(gradients(loss, model));
  return loss;
};
const step = how === "compiled" ? compile(update) : update;

const hash = createHash("sha256");
const losses: number[] = [];
for (let epoch = 0; epoch < 2; epoch++) {
  for (let from = 0; from < 100; from += 32) {
    const rows = `${from}:${Math.min(100, from + 32)}`;
    const loss = step(images.at(rows), labels.at(rows));
    losses.push(from % 64 === 0 ? await loss.item() : loss.itemSync());
  }
}
for (const dict of [model.stateDict(), optimizer.stateDict()]) {
  for (const [name, value] of Object.entries(dict)) {
    hash.update(name);
    hash.update(new Uint8Array((await (value as Tensor).data()).buffer));
  }
}
console.log(
  JSON.stringify({
    digest: hash.digest("hex"),
    losses,
    threads: opened.threads,
    builds: compilerInvocations(),
  }),
);
process.exit(0);

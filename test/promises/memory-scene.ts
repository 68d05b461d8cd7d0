// A small network trained for many steps in one form of the loop: what the process holds after a tenth
// of them, after all, and after a collection. Arguments: device, eager or compiled, form, steps.

import { Session } from "node:inspector";
import { getHeapSpaceStatistics } from "node:v8";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { Linear, mseLoss, ReLU, sequential } from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { memory, realizeSync } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import type { Held } from "./memory-loops.ts";

const [device, how, form, count] = process.argv.slice(2) as [string, string, string, string];
setDefaultDevice(device);
seed(1);

const model = sequential(new Linear(8, 16), new ReLU(), new Linear(16, 4));
const optimizer = new SGD(model, { lr: 0.01, momentum: 0.9 });
const x = randn([16, 8]);
const y = randn([16, 4]);
realizeSync(x, y);

function update(input: Tensor, target: Tensor): Tensor {
  const loss = mseLoss(model.forward(input), target);
  optimizer.step(gradients(loss, model));
  return loss;
}

const step = how === "compiled" ? compile(update) : update;
/** Each step has fresh data, so that inputs must be freed too. */
const next = (i: number): Tensor => step(x.mul(1 + (i % 7) * 0.1), y);
const held: Tensor[] = [];

const forms: Record<string, (from: number, to: number) => void | Promise<void>> = {
  "read each step": (from, to) => {
    for (let i = from; i < to; i++) next(i).itemSync();
  },
  "awaited each step": async (from, to) => {
    for (let i = from; i < to; i++) await next(i).item();
  },
  "none read for 1,000 steps": async (from, to) => {
    for (let i = from; i < to; i++) {
      const loss = next(i);
      if (i % 1000 === 999) await loss.item();
    }
  },
  "the last 100 held": (from, to) => {
    for (let i = from; i < to; i++) {
      held.push(next(i));
      if (held.length > 100) held.shift();
    }
  },
};

/** What the process holds at this moment; nothing is collected for it. */
function measure(): Held {
  const { live, peak } = memory();
  const spaces = getHeapSpaceStatistics();
  const young = spaces.find(({ space_name }) => space_name === "new_space");
  return {
    rss: process.memoryUsage.rss(),
    young: young?.physical_space_size as number,
    live,
    peak,
  };
}

/** The same after collecting all garbage, as a browser's developer tools do it. */
async function settled(): Promise<Held> {
  const session = new Session();
  session.connect();
  for (let i = 0; i < 5; i++) {
    session.post("HeapProfiler.collectGarbage");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  session.disconnect();
  return measure();
}

const run = forms[form] as (from: number, to: number) => void | Promise<void>;
const steps = Number(count);
await run(0, steps / 10);
const early = measure();
const start = performance.now();
await run(steps / 10, steps);
const rate = Math.round((0.9 * steps) / ((performance.now() - start) / 1000));
const late = measure();
const rest = await settled();
const loss = (held.at(-1) ?? next(0)).itemSync();
console.log(JSON.stringify({ early, late, rest, rate, loss }));
process.exit(0);

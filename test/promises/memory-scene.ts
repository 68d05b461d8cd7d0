// A small network trained for many steps in one form of the loop: what the process holds after a tenth
// of them and after all. Arguments: device, eager or compiled, form, steps.

import { setDefaultDevice } from "../../src/device/devices.ts";
import { Linear, mseLoss, ReLU, sequential } from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { memory } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

const [device, how, form, count] = process.argv.slice(2) as [string, string, string, string];
setDefaultDevice(device);
seed(1);

const model = sequential(new Linear(8, 16), new ReLU(), new Linear(16, 4));
const optimizer = new SGD(model, { lr: 0.01, momentum: 0.9 });
const x = randn([16, 8]).mul(1);
const y = randn([16, 4]).mul(1);

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

interface Held {
  readonly rss: number;
  readonly live: number;
  readonly peak: number;
}

async function measure(): Promise<Held> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { live, peak } = memory();
  return { rss: process.memoryUsage().rss, live, peak };
}

const run = forms[form] as (from: number, to: number) => void | Promise<void>;
const steps = Number(count);
await run(0, steps / 10);
const early = await measure();
const start = performance.now();
await run(steps / 10, steps);
const rate = Math.round((0.9 * steps) / ((performance.now() - start) / 1000));
const late = await measure();
const loss = (held.at(-1) ?? next(0)).itemSync();
console.log(JSON.stringify({ early, late, rate, loss }));
process.exit(0);

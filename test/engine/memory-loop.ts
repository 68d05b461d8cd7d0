// One loop of training steps, in a process of its own: what it holds after so many steps and after
// ten times as many. Arguments: device, eager or compiled, form, steps.

import { setDefaultDevice } from "../../src/device/devices.ts";
import { commit, Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { memory } from "../../src/tensor/engine.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

const [device, how, form, steps] = process.argv.slice(2) as [string, string, string, string];
setDefaultDevice(device);

const w = new Parameter(randn([64, 16]).mul(0.1));
const x = randn([32, 64]).mul(1);
const y = randn([32, 16]).mul(1);

function update(input: Tensor, target: Tensor): Tensor {
  const loss = input.matmul(w).sub(target).square().mean();
  const [g] = gradients(loss, [w]) as [Tensor];
  commit([w], [w.sub(g.mul(0.01))]);
  return loss;
}

const step = how === "compiled" ? compile(update) : update;
const next = (): Tensor => step(x.mul(1.5), y);
const held: Tensor[] = [];

const forms: Record<string, (count: number) => void | Promise<void>> = {
  "sync read each step": (count) => {
    for (let i = 0; i < count; i++) next().itemSync();
  },
  "awaited each step": async (count) => {
    for (let i = 0; i < count; i++) await next().item();
  },
  "none read for 1,000 steps": async (count) => {
    for (let i = 0; i < count; i++) {
      const loss = next();
      if (i % 1000 === 999) await loss.item();
    }
  },
  "the last 100 results held": async (count) => {
    for (let i = 0; i < count; i++) {
      held.push(next());
      if (held.length > 100) await (held.shift() as Tensor).item();
    }
  },
};

async function measure(): Promise<{ rss: number; live: number }> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { rss: process.memoryUsage().rss, live: memory().live };
}

const run = forms[form] as (count: number) => void | Promise<void>;
await run(Number(steps));
const early = await measure();
await run(9 * Number(steps));
const late = await measure();
console.log(JSON.stringify({ early, late }));
process.exit(0);

// Memory without disposal: after 10^5 steps the process holds what it held after 10^4, whatever form
// the loop has, and nobody called dispose.

import { describe, expect, test } from "vitest";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { commit, Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { memory } from "../../src/tensor/engine.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere } from "../support/devices.ts";

const early = Number(process.env.HEBB_MEMORY_STEPS ?? 10_000);
const late = 10 * early;
const allowed = 5 * 2 ** 20;

type Step = (x: Tensor, y: Tensor) => Tensor;

function trainer(): Step {
  const w = new Parameter(randn([64, 16]).mul(0.1));
  return (x, y) => {
    const loss = x.matmul(w).sub(y).square().mean();
    const [g] = gradients(loss, [w]) as [Tensor];
    commit([w], [w.sub(g.mul(0.01))]);
    return loss;
  };
}

interface Form {
  readonly name: string;
  run(step: Step, count: number, data: readonly [Tensor, Tensor]): void | Promise<void>;
}

const held: Tensor[] = [];
const forms: readonly Form[] = [
  {
    name: "read without waiting at each step",
    run: (step, count, [x, y]) => {
      for (let i = 0; i < count; i++) step(x.mul(1.5), y).itemSync();
    },
  },
  {
    name: "awaited at each step",
    run: async (step, count, [x, y]) => {
      for (let i = 0; i < count; i++) await step(x.mul(1.5), y).item();
    },
  },
  {
    name: "none read for 1,000 steps",
    run: async (step, count, [x, y]) => {
      for (let i = 0; i < count; i++) {
        const loss = step(x.mul(1.5), y);
        if (i % 1000 === 999) await loss.item();
      }
    },
  },
  {
    name: "the last 100 results held",
    run: async (step, count, [x, y]) => {
      for (let i = 0; i < count; i++) {
        held.push(step(x.mul(1.5), y));
        if (held.length > 100) await (held.shift() as Tensor).item();
      }
    },
  },
];

async function settle(): Promise<{ rss: number; live: number }> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { rss: process.memoryUsage().rss, live: memory().live };
}

const devices = devicesHere.filter((name) => name !== "reference");

describe.each(devices)("memory on %s", (device) => {
  describe.each(["eager", "compiled"])("%s", (how) => {
    test.each(forms)("$name", async ({ run }) => {
      setDefaultDevice(device);
      held.length = 0;
      const data = [randn([32, 64]).mul(1), randn([32, 16]).mul(1)] as const;
      const step = how === "eager" ? trainer() : compile(trainer());
      await run(step, early, data);
      const before = await settle();
      await run(step, late - early, data);
      const after = await settle();
      expect(after.live - before.live).toBeLessThan(allowed);
      expect(after.rss - before.rss).toBeLessThan(allowed);
    });
  });
});

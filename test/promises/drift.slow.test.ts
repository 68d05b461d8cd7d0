// Over a thousand steps rounding makes two devices' weights part ways; what they learn stays alike.

import { expect, test } from "vitest";
import { devicesHere } from "../support/devices.ts";
import { tasks, train } from "../support/drift.ts";
import "./drift.test.ts";

const mean = (losses: readonly number[]): number => losses.reduce((a, b) => a + b) / losses.length;

test.skipIf(!devicesHere.includes("native")).each(["mlp", "gpt"] as const)(
  "native against wasm over 1,000 steps of a small %s: the last losses within 1 %",
  async (name) => {
    const [native, wasm] = [
      await train("native", tasks[name], { steps: 1000, optimizer: "AdamW" }),
      await train("wasm", tasks[name], { steps: 1000, optimizer: "AdamW" }),
    ];
    const [a, b] = [mean(native.losses.slice(-100)), mean(wasm.losses.slice(-100))];
    expect(Math.abs(a / b - 1)).toBeLessThan(0.01);
    expect(a).toBeLessThan(0.5 * (native.losses[0] as number));
  },
);

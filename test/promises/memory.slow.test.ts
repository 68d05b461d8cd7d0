// Memory without disposal: after 10^5 training steps the process holds what it held after 10^4, in
// whatever form the loop is written, and nobody called dispose.

import { beforeAll, describe, expect, test } from "vitest";
import { devicesHere } from "../support/devices.ts";
import { type LoopResult, loopForms, loopKinds, runLoops } from "./memory-loops.ts";

const steps = { compiled: 100_000, eager: 100_000 };
const allowed = 5 * 2 ** 20;
const devices = devicesHere.filter((name) => name !== "reference");

let results: ReadonlyMap<string, LoopResult>;
beforeAll(async () => {
  results = await runLoops(devices, steps);
});

describe.each(devices)("memory on %s", (device) => {
  describe.each(loopKinds)("%s", (kind) => {
    test.each(loopForms)("%s", (form) => {
      const { early, late, rate, loss } = results.get(`${device} ${kind} ${form}`) as LoopResult;
      const growth = (late.rss - early.rss) / 2 ** 20;
      console.log(
        `${device} ${kind}, ${form}: RSS ${(late.rss / 2 ** 20).toFixed(1)} MiB, ` +
          `${growth >= 0 ? "+" : ""}${growth.toFixed(2)}; live ${late.live} bytes; ${rate} steps/s`,
      );
      expect(Number.isFinite(loss)).toBe(true);
      expect(Math.abs(late.live - early.live)).toBeLessThan(allowed);
      expect(late.rss - early.rss).toBeLessThan(allowed);
    });
  });
});

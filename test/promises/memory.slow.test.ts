// Memory without disposal: after 10^5 training steps the process holds what it held after 10^4, in
// whatever form the loop is written, under Node's default flags; nobody called dispose or a collector.

import { beforeAll, describe, expect, test } from "vitest";
import { devicesHere } from "../support/devices.ts";
import { beside, type LoopResult, loopForms, loopKinds, runLoops } from "./memory-loops.ts";

const steps = { compiled: 100_000, eager: 100_000 };
const allowed = 5 * 2 ** 20;
const mega = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
const devices = devicesHere.filter((name) => name !== "reference");

let results: ReadonlyMap<string, LoopResult>;
beforeAll(async () => {
  results = await runLoops(devices, steps);
});

describe.each(devices)("memory on %s", (device) => {
  describe.each(loopKinds)("%s", (kind) => {
    test.each(loopForms)("%s", (form) => {
      const { early, late, rest, rate, loss } = results.get(
        `${device} ${kind} ${form}`,
      ) as LoopResult;
      const growth = beside(late) - beside(early);
      console.log(
        `${device} ${kind}, ${form}: RSS ${mega(early.rss)}, then ${mega(late.rss)} MiB (${mega(growth)} ` +
          `beside ${mega(late.young - early.young)} of V8's young generation), ${mega(rest.rss)} at rest; ` +
          `live ${late.live} bytes, ${rest.live} at rest; ${rate} steps/s`,
      );
      expect(Number.isFinite(loss)).toBe(true);
      expect(Math.abs(late.live - early.live)).toBeLessThan(allowed);
      expect(growth).toBeLessThan(allowed);
      // What V8 took, it gives back: a collection brings the process below where it was.
      expect(rest.rss - early.rss).toBeLessThan(0);
    });
  });
});

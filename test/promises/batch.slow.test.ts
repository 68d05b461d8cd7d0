// DESIGN.md, "Key": a batch of another size runs the kernels that are there. Every size from 2 on,
// below, at and above the vectors, pieces and tiles that kernels are made of.

import { rmSync } from "node:fs";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { compilerInvocations } from "../../src/device/native.ts";
import { devicesHere } from "../support/devices.ts";
import { functions, networks } from "../support/small-networks.ts";

// A cache of its own, set before any device is opened, so that each kernel is built in this file.
const folder = vi.hoisted(() => {
  const made = `${process.env.TMPDIR ?? "/tmp"}/hebb-promise-batch-${process.pid}-${Date.now()}`;
  process.env.HEBB_CACHE = made;
  return made;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sizes = [2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100, 127, 128, 129, 256, 300];

describe.skipIf(!devicesHere.includes("native"))("a batch of any size", () => {
  beforeEach(() => {
    setDefaultDevice("native");
    // That a function is traced for many sizes is the point here.
    vi.spyOn(console, "error").mockImplementation(() => {});
  });

  test.each(Object.entries({ ...functions, ...networks }))(
    "%s: calls the C compiler the first time only",
    (_, make) => {
      const step = make();
      const builds = (batch: number): number => {
        const before = compilerInvocations();
        expect(step.run(batch).itemSync(), `a batch of ${batch}`).not.toBeNaN();
        return compilerInvocations() - before;
      };
      expect(builds(2)).toBeGreaterThan(0);
      for (const batch of sizes.slice(1)) expect(builds(batch), `a batch of ${batch}`).toBe(0);
    },
  );
});

// A run repeats bit for bit on one device: with any number of threads, with a cold and a warm cache,
// and simply again.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { devicesHere } from "../support/devices.ts";
import { answerOf, bundleScene, runChild, type ScratchFolder, scratchFolder } from "./child.ts";

interface Trained {
  readonly digest: string;
  readonly losses: readonly number[];
  readonly threads: number;
  readonly builds: number;
}

describe.each(devicesHere.filter((name) => name !== "reference"))("training on %s", (device) => {
  let folder: ScratchFolder;
  let program = "";
  beforeAll(() => {
    folder = scratchFolder();
    program = bundleScene("training-scene.ts", folder.path);
  });
  afterAll(() => folder.remove());

  const train = (how: string, threads: number, cache: string): Trained =>
    answerOf(
      runChild(program, [device, how], {
        env: { HEBB_THREADS: `${threads}`, HEBB_CACHE: `${folder.path}/${cache}` },
      }),
    );

  test.each(["compiled", "eager"])(
    "gives the same weights to the last bit: %s",
    (how) => {
      const first = train(how, 2, `${how}-a`);
      expect(first.losses).toHaveLength(8);
      expect(new Set(first.losses).size).toBe(8);
      expect(first.threads).toBe(2);
      if (device === "native") expect(first.builds).toBeGreaterThan(0);

      for (const threads of how === "compiled" ? [1, 2, 3] : [1]) {
        expect(train(how, threads, `${how}-a`)).toEqual({ ...first, threads, builds: 0 });
      }
      // WebAssembly is built in memory: every run of it was cold.
      if (device === "native" && how === "compiled") {
        expect(train(how, 3, `${how}-b`)).toEqual({ ...first, threads: 3 });
      }
    },
    300_000,
  );
});

// A comparison with contestants whose times are written down.

import { expect, test } from "vitest";
import { type Contestant, compareWorkload } from "../../../src/cli/bench/compare.ts";
import type { Definition } from "../../../src/cli/bench/definition.ts";

const product: Definition = { name: "product", task: { kind: "matmul", m: 100, k: 100, n: 100 } };
const options = { rounds: 3, seconds: 0 };

/** Takes the times given, in turn; notes its name whenever it is timed. */
function fake(name: string, times: readonly (number | string)[], notes: string[] = []): Contestant {
  let at = 0;
  return {
    name,
    can: () => true,
    time: async () => {
      notes.push(name);
      const time = times[at++];
      if (typeof time === "number") return time;
      throw new Error(time);
    },
  };
}

test("medians of the rounds after the first, the best peer, and how many times as long it takes", async () => {
  const peers = [fake("slow", [6, 5, 5, 5]), fake("fast", [6, 4.8, 4, 4.4])];
  const result = await compareWorkload(product, fake("ours", [9, 2, 3, 2.2]), peers, options);
  expect(result).toMatchObject({ workload: "product", ours: 2.2, theirs: 4.4, peer: "fast" });
  expect(result.ratio).toBeCloseTo(2, 12);
  expect(result.peers).toEqual([
    { peer: "slow", ms: 5 },
    { peer: "fast", ms: 4.4 },
  ]);
});

test("all take their turn there and back; one far behind only once", async () => {
  const notes: string[] = [];
  const ours = fake("o", [1, 1, 1, 1], notes);
  const near = [1, 1, 1, 1];
  const peers = [fake("a", near, notes), fake("far", [9], notes), fake("b", near, notes)];
  const { peers: results } = await compareWorkload(product, ours, peers, options);
  expect(notes.join(" ")).toBe("o a far b b a o o a b b a o");
  expect(results[1]).toEqual({ peer: "far", ms: 9 });
});

test("a peer that cannot is left out, one that fails is listed with its reason", async () => {
  const unable: Contestant = { ...fake("unable", []), can: () => false };
  const failing = [fake("late", [1, "out of memory"]), fake("never", ["no such thing"])];
  const result = await compareWorkload(
    product,
    fake("ours", [2, 2, 2, 2]),
    [unable, ...failing],
    options,
  );
  expect(result).not.toHaveProperty("theirs");
  expect(result.peers).toEqual([
    { peer: "late", reason: "out of memory" },
    { peer: "never", reason: "no such thing" },
  ]);
});

test("our own failure is told, and the peers are timed all the same", async () => {
  const result = await compareWorkload(
    product,
    fake("ours", ["no memory"]),
    [fake("a", [4, 1, 2, 3])],
    options,
  );
  expect(result).toMatchObject({ failure: "no memory", theirs: 2 });
  expect(result.ours).toBeNaN();
});

test("the limit is what operations or bytes take at best, whichever is more", async () => {
  const ask: unknown[] = [];
  const at = (flops: number, bytes: number) => async (size: number, traffic: string) => {
    ask.push(size, traffic);
    return { flops, bytes };
  };
  const limitAt = (flops: number, bytes: number) =>
    compareWorkload(product, fake("ours", [4, 4, 4, 4]), [], {
      ...options,
      rates: at(flops, bytes),
    });
  // 2·10⁶ operations, 3·10⁴ numbers of four bytes.
  expect(await limitAt(1e9, 1e12)).toMatchObject({ limit: 2, share: 0.5 });
  expect(await limitAt(1e12, 1.2e8)).toMatchObject({ limit: 1, share: 0.25 });
  expect(ask).toEqual([120_000, "copy", 120_000, "copy"]);
});

// Compiled calls that take long: JavaScript goes on while they run, and everything else is as if it
// had waited.

import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { jobUnderWay } from "../../src/engine/job.ts";
import type { TypedArray } from "../../src/ir/dtype.ts";
import { Parameter, State } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { ones, tensor } from "../../src/tensor/create.ts";
import { memory, realizeSync, tidy, withCancellation } from "../../src/tensor/engine.ts";
import { defaultGenerator, seed } from "../../src/tensor/generator.ts";
import { rand, randn } from "../../src/tensor/random.ts";
import { scan } from "../../src/tensor/scan.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere } from "../support/devices.ts";

/** Many turns of a little work: what a program of this many seconds is made of, more or less. */
function turns(x: Tensor, length: number): Tensor {
  const body = (c: Tensor): [Tensor, null] => [c.mul(0.5).add(0.25), null];
  return (scan(body, x, { length }) as readonly [Tensor, null])[0];
}

/** So many that no machine comes to the end of them within a test. */
const endless = 1e9;
/** Enough to be expected to take long. */
const some = 200_000;

const vector = (): Tensor => tensor(Float32Array.from({ length: 64 }, (_, i) => i / 64));

const bits = (values: TypedArray): string =>
  createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex");

/** Counts how often the event loop turns until work is done. */
async function ticksDuring(work: () => Promise<unknown>): Promise<number> {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return ticks;
}

/** Starts work under a signal, and aborts it when it has been under way for a while. */
async function cancelled(work: () => Promise<unknown>): Promise<unknown> {
  const control = new AbortController();
  setTimeout(() => control.abort(new Error("enough")), 30);
  try {
    return await withCancellation(control.signal, work);
  } catch (error) {
    return error;
  }
}

describe.each(devicesHere.filter((name) => name !== "reference"))(
  "long compiled calls on %s",
  (device) => {
    beforeEach(() => {
      setDefaultDevice(device);
    });

    test("the event loop turns during one of many kernels; the bits are those of waiting", async () => {
      const count = new State(tensor(0));
      const step = compile((x: Tensor) => {
        count.assign(count.add(1));
        return turns(x, 2_000_000);
      });
      const x = vector();
      let value: unknown;
      const start = performance.now();
      const ticks = await ticksDuring(async () => {
        const result = step(x);
        expect(jobUnderWay()).toBeDefined();
        value = await result.data();
      });
      const ms = performance.now() - start;
      console.log(`${device}: ${ticks} turns of the event loop in a step of ${ms.toFixed(0)} ms`);
      expect(ticks).toBeGreaterThan(5);
      expect(await count.item()).toBe(1);
      const waited = turns(x, 2_000_000);
      realizeSync(waited);
      expect(waited.dataSync()).toEqual(value);
    });

    test("and during a single large kernel", async () => {
      const a = randn([1536, 1536]);
      const square = compile((m: Tensor) => m.matmul(m));
      let value = "";
      const ticks = await ticksDuring(async () => {
        value = bits(await square(a).data());
      });
      expect(ticks).toBeGreaterThan(3);
      const waited = a.matmul(a);
      realizeSync(waited);
      expect(bits(waited.dataSync())).toBe(value);
    });

    test("a read without waiting gets the value", () => {
      const result = compile((x: Tensor) => turns(x, some))(vector());
      expect(jobUnderWay()).toBeDefined();
      expect(result.dataSync().every((v) => v === 0.5)).toBe(true);
      expect(jobUnderWay()).toBeUndefined();
    });

    test("calls that build on each other keep their order, awaited or not", async () => {
      const run = async (awaited: boolean): Promise<unknown> => {
        const w = new Parameter(vector());
        const sum = new State(tensor(0));
        const step = compile((x: Tensor) => {
          const y = turns(w.mul(x), some).add(w);
          w.assign(w.mul(0.75).add(y.mul(0.125)));
          sum.assign(sum.add(y.sum()));
          return y.mean();
        });
        const seen: number[] = [];
        for (let i = 0; i < 4; i++) {
          const mean = step(i / 4);
          // An eager line between, an assignment of what is still to come, and a snapshot.
          if (i === 1) w.assign(w.mul(mean.add(0.5)));
          const before = w.snapshot();
          if (awaited) seen.push(await mean.item());
          else seen.push(step(0).mul(0).itemSync() + mean.itemSync());
          if (awaited) await step(0).item();
          seen.push((await before.sum().item()) * 1);
        }
        return [seen, await w.data(), await sum.item()];
      };
      expect(await run(false)).toEqual(await run(true));
    });

    test("a cell is overwritten in place, unless somebody holds what it was", async () => {
      const w = new Parameter(vector());
      const step = compile(() => {
        w.assign(turns(w.mul(1), some).mul(0).add(w).add(1));
      });
      step();
      const place = w.slot.storage();
      step();
      expect(w.slot.storage()).toBe(place);
      const old = w.snapshot();
      step();
      expect(w.slot.storage()).not.toBe(place);
      expect((await old.data())[0]).toBe(2);
      expect((await w.data())[0]).toBe(3);
    });

    test("an aborted signal ends one; all is as before it, and goes on", async () => {
      seed(5);
      const w = new Parameter(vector());
      const hidden = new State(tensor([1, 2, 3]));
      const count = new State(tensor(0));
      const step = compile((x: Tensor, length: "long" | "short") => {
        const noise = rand([64]);
        const y = turns(w.mul(x), length === "long" ? endless : 10).add(noise);
        w.assign(w.add(y));
        hidden.assign(hidden.mul(2));
        count.assign(count.add(1));
        return y.sum();
      });
      await step(1, "short").item();
      const before = [await w.data(), await hidden.data(), await count.item()];
      const draws = defaultGenerator().state;
      const place = hidden.slot.storage();

      let result: Tensor | undefined;
      let promised: Tensor | undefined;
      const outcome = await cancelled(async () => {
        result = step(1, "long");
        promised = w.snapshot();
        return result.item();
      });
      expect(outcome).toEqual(new Error("enough"));
      // What it would have given keeps saying why there is nothing.
      await expect(result?.data()).rejects.toBe(outcome);
      expect(() => promised?.dataSync()).toThrow("enough");
      expect([await w.data(), await hidden.data(), await count.item()]).toEqual(before);
      expect(defaultGenerator().state).toEqual(draws);
      expect(hidden.slot.storage()).toBe(place);

      const further = await step(1, "short").item();
      const state = [await w.data(), await hidden.data(), await count.item()];
      // The same two steps without the one between.
      seed(5);
      w.assign(vector());
      hidden.assign(tensor([1, 2, 3]));
      count.assign(0);
      await step(1, "short").item();
      expect(await step(1, "short").item()).toBe(further);
      expect([await w.data(), await hidden.data(), await count.item()]).toEqual(state);
    });

    test("what was assigned from the results of one that ended is taken back too", async () => {
      const w = new Parameter(vector());
      const average = new State(vector());
      const other = new State(tensor(1));
      const step = compile(() => {
        w.assign(turns(w.mul(1), endless));
      });
      const before = [await w.data(), await average.data()];
      const outcome = await cancelled(async () => {
        step();
        w.assign(w.mul(0.5));
        average.assign(average.mul(0.5).add(w));
        other.assign(2);
        return w.data();
      });
      expect(outcome).toEqual(new Error("enough"));
      expect([await w.data(), await average.data()]).toEqual(before);
      expect(await other.item()).toBe(2);
    });

    test("an index out of range found late changes nothing either", async () => {
      seed(5);
      const w = new Parameter(vector());
      const table = tensor([1, 2, 3]);
      const update = (index: Tensor): Tensor => {
        // The index is known only after the long part.
        const at = turns(index.cast("f32"), some).mul(0).add(index).cast("i32");
        const y = w.mul(table.gather(at, { axis: 0 }).sum()).add(rand([64]));
        w.assign(w.add(y));
        return y.sum();
      };
      const step = compile(update);
      const silent = compile((index: Tensor) => void update(index));
      const state = async (): Promise<unknown> => [await w.data(), defaultGenerator().state];
      await step(tensor([0, 1])).item();
      const before = await state();
      for (const awaited of [true, false]) {
        const result = step(tensor([0, 7]));
        expect(jobUnderWay()).toBeDefined();
        const promised = w.snapshot();
        if (awaited) await expect(result.item()).rejects.toThrow(/index 7 lies outside/);
        else expect(() => result.itemSync()).toThrow(/index 7 lies outside/);
        expect(() => promised.dataSync()).toThrow(/index 7 lies outside/);
        expect(await state()).toEqual(before);
      }
      // Without a result the next program says so, once.
      silent(tensor([0, 9]));
      expect(() => step(tensor([0, 1]))).toThrow(/index 9 lies outside.*the call changed nothing/);
      expect(await state()).toEqual(before);
      expect(await step(tensor([0, 2])).item()).toBeGreaterThan(0);
    });

    test("a long update is stopped too: then it goes to fresh memory", async () => {
      // The product is added to the cell where it is computed: all the work overwrites it.
      const a = randn([2048, 2048]);
      const w = new Parameter(randn([2048, 2048]).mul(1));
      const step = compile((m: Tensor) => {
        w.assign(w.sub(m.matmul(m).mul(1e-3)));
      });
      const before = bits(await w.data());
      const outcome = await cancelled(async () => {
        step(a);
        return w.data();
      });
      expect(outcome).toEqual(new Error("enough"));
      expect(bits(await w.data())).toBe(before);
    });

    test("what a cell held before, and nobody else, is given back when it is over", async () => {
      const a = randn([1024, 1024]);
      const w = new Parameter(randn([1024, 1024]).mul(1));
      const step = compile((m: Tensor) => {
        w.assign(w.sub(m.matmul(m).mul(1e-3)));
      });
      const liveAfterStep = (): number => {
        step(a);
        jobUnderWay()?.settle();
        return memory().live;
      };
      const first = liveAfterStep();
      for (let i = 0; i < 3; i++) expect(liveAfterStep()).toBeLessThanOrEqual(first);
      const held = w.snapshot();
      expect(liveAfterStep()).toBeGreaterThanOrEqual(first + 4 * 2 ** 20);
      expect(bits(await held.data())).not.toBe(bits(await w.data()));
    });

    test("an argument may be disposed of at once", async () => {
      const step = compile((x: Tensor) => turns(x, some));
      const x = vector();
      realizeSync(x);
      const result = step(x);
      x.dispose();
      expect(() => x.dataSync()).toThrow(/dispose/);
      expect((await result.data())[0]).toBe(0.5);
      const kept = tidy(() => step(vector().mul(2)));
      expect((await kept.data())[0]).toBe(0.5);
    });

    test("what it has nothing to do with can be read meanwhile", async () => {
      const other = ones([8]).mul(3);
      realizeSync(other);
      const step = compile((x: Tensor) => turns(x, endless));
      const outcome = await cancelled(async () => {
        const result = step(vector());
        expect(jobUnderWay()).toBeDefined();
        // Whoever waited for it here would wait for ever.
        expect(other.dataSync()[0]).toBe(3);
        expect((await other.data())[0]).toBe(3);
        return result.data();
      });
      expect(outcome).toEqual(new Error("enough"));
    });

    test("a short program is not started on another thread", () => {
      const step = compile((x: Tensor) => x.mul(2));
      for (let i = 0; i < 3; i++) {
        step(vector());
        expect(jobUnderWay()).toBeUndefined();
      }
    });

    test("one that was thought to take long and does not is waited for from then on", async () => {
      // On paper ten times what it takes: its values stay in the processor's caches.
      const step = compile((x: Tensor) => turns(x, 1000));
      const x = ones([8192]);
      step(x);
      expect(jobUnderWay()).toBeDefined();
      // The last run counts, and on a busy machine one may take long all the same.
      for (let tries = 0; tries < 100; tries++) {
        const start = performance.now();
        step(x).dataSync();
        if (performance.now() - start < 8) break;
      }
      step(x);
      expect(jobUnderWay()).toBeUndefined();
    });
  },
);

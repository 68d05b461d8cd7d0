// Memory of the WebAssembly device: the allocator, moving values out, and loops that free nothing.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Allocator, blockBytes } from "../../src/device/wasm/allocator.ts";
import { probeWasm, type WasmDevice, type WasmOptions } from "../../src/device/wasm.ts";
import { DeviceError } from "../../src/ir/errors.ts";
import type { Storage } from "../../src/ir/node.ts";
import { affine, arena, input, job, launch, output, program } from "../support/wasm-program.ts";

function open(options: WasmOptions = {}): WasmDevice {
  const found = probeWasm({ threads: 1, ...options });
  if ("reason" in found) throw new Error(found.reason);
  return found.device;
}

/** y = x + 1 over so many floats. */
const increment = (n: number) =>
  program([affine()], [launch([job(0, [input(0), output(0)], { units: n / 4, floats: [1, 1] })])]);

function storageOf(device: WasmDevice, value: number, n: number): Storage {
  const storage = device.allocate(4 * n);
  device.write(storage, new Uint8Array(new Float32Array(n).fill(value).buffer));
  return storage;
}

function expectAll(device: WasmDevice, storage: Storage, value: number): void {
  const floats = new Float32Array(device.read(storage).buffer);
  expect(floats.every((x) => x === value)).toBe(true);
}

describe("the allocator", () => {
  it("hands out blocks that do not overlap, and joins them all again", () => {
    const sizes = fc.array(fc.tuple(fc.nat(5000), fc.nat(50)), { maxLength: 200 });
    fc.assert(
      fc.property(sizes, (requests) => {
        const [start, end] = [65536, 65536 + 256 * 1024];
        const allocator = new Allocator(start);
        allocator.extend(end);
        const live: [number, number][] = [];
        for (const [bytes, victim] of requests) {
          const address = allocator.allocate(bytes);
          if (address >= 0) {
            expect(address % 64).toBe(0);
            expect(address).toBeGreaterThanOrEqual(start);
            expect(address + blockBytes(bytes)).toBeLessThanOrEqual(end);
            for (const [other, size] of live) {
              expect(
                address + blockBytes(bytes) <= other || other + blockBytes(size) <= address,
              ).toBe(true);
            }
            live.push([address, bytes]);
          }
          if (victim < live.length) {
            const [freed] = live.splice(victim, 1) as [[number, number]];
            allocator.free(...freed);
          }
          const used = live.reduce((sum, [, size]) => sum + blockBytes(size), 0);
          expect(allocator.used).toBe(used);
        }
        for (const block of live) allocator.free(...block);
        expect(allocator.tail).toBe(end - start);
        expect(allocator.allocate(end - start)).toBe(start);
        expect(allocator.allocate(1)).toBe(-1);
      }),
    );
  });
});

describe("a tiny budget", () => {
  it.each([0, 20_000, 100_000])("of %i bytes loses nothing", (budget) => {
    const n = 2048;
    const device = open({ budget });
    const executable = device.load(increment(n));
    const values = Array.from({ length: 30 }, (_, i) => ({
      storage: storageOf(device, i, n),
      value: i,
    }));
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let step = 0; step < 400; step++) {
      const from = values[random(30)] as (typeof values)[number];
      const to = values[random(30)] as (typeof values)[number];
      const kind = random(4);
      if (kind === 0) {
        const result = device.allocate(4 * n);
        executable.run([from.storage], [result], []);
        Object.assign(to, { storage: result, value: from.value + 1 });
      } else if (kind === 1) {
        executable.run([from.storage], [from.storage], []);
        from.value++;
      } else if (kind === 2) {
        to.value = step;
        device.write(to.storage, new Uint8Array(new Float32Array(n).fill(step).buffer));
      } else expectAll(device, from.storage, from.value);
    }
    for (const { storage, value } of values) expectAll(device, storage, value);
  });
});

describe("full linear memory", () => {
  it("moves values out rather than failing", () => {
    const device = open({ maximum: 4 * 2 ** 20 });
    const n = 2 ** 18;
    const executable = device.load(increment(n));
    const held = Array.from({ length: 12 }, (_, i) => storageOf(device, i, n));
    const next = held.map((storage) => {
      const to = device.allocate(4 * n);
      executable.run([storage], [to], []);
      executable.run([storage], [to], []);
      return to;
    });
    next.forEach((storage, i) => {
      expectAll(device, storage, i + 1);
      expectAll(device, held[i] as Storage, i);
    });
    expect(device.memory().live).toBeGreaterThanOrEqual(24 * 2 ** 20);
  });

  it("says what was asked for and what lives when one program needs more", () => {
    const device = open({ maximum: 4 * 2 ** 20 });
    const x = storageOf(device, 1, 2 ** 18);
    const large = program(
      [affine()],
      [launch([job(0, [input(0), arena()], { units: 1, floats: [1, 1] })])],
      { arenaBytes: 5 * 2 ** 20 },
    );
    const executable = device.load(large);
    expect(() => executable.run([x], [], [])).toThrow(DeviceError);
    expect(() => executable.run([x], [], [])).toThrow(/no room for 5\.0 MiB.*at most 4\.0 MiB/);
    expect(() => device.allocate(2 ** 33)).toThrow(/8589934592 bytes asked for/);
    // The device goes on.
    const y = device.allocate(2 ** 20);
    device.load(increment(2 ** 18)).run([x], [y], []);
    expectAll(device, y, 2);
  });
});

describe("loops that dispose of nothing", () => {
  it.each([
    ["small results", 64],
    ["results of 16 KiB", 4096],
  ])("with %s stay bounded, though no finaliser can run", (_, n) => {
    const device = open();
    const executable = device.load(increment(n));
    const x = storageOf(device, 1, n);
    let early = 0;
    for (let i = 0; i < 100_000; i++) {
      const y = device.allocate(4 * n);
      executable.run([x], [y], []);
      if (i % 1000 === 0) expectAll(device, y, 2);
      if (i === 10_000) early = device.memory().reserved + device.memory().live;
    }
    const memory = device.memory();
    expect(memory.reserved).toBeLessThan(160 * 2 ** 20);
    expect(memory.peak).toBeGreaterThanOrEqual(memory.live);
    expect(memory.peak).toBeLessThan(512 * 2 ** 20);
    // What the collector has not swept yet is the slack.
    expect(memory.reserved + memory.live).toBeLessThan(early + 128 * 2 ** 20);
  });

  it("gives slots back early where the collector can tell", async () => {
    const { setFlagsFromString } = await import("node:v8");
    const { runInNewContext } = await import("node:vm");
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const device = open();
    const n = 2 ** 16;
    const executable = device.load(increment(n));
    const x = storageOf(device, 1, n);
    for (let i = 0; i < 100; i++) executable.run([x], [device.allocate(4 * n)], []);
    const before = device.memory().live;
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(device.memory().live).toBeLessThan(before / 10);
    expectAll(device, x, 1);
  });

  it("frees at once what is freed by hand", () => {
    const device = open();
    const before = device.memory().live;
    const storages = Array.from({ length: 100 }, () => storageOf(device, 1, 1024));
    expect(device.memory().live - before).toBe(100 * 4096);
    for (const storage of storages) device.free(storage);
    expect(device.memory().live).toBe(before);
  });
});

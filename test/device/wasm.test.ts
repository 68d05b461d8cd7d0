// The WebAssembly device on hand-made programs.

import { describe, expect, it } from "vitest";
import { probeWasm, type WasmDevice, type WasmOptions } from "../../src/device/wasm.ts";
import * as b from "../../src/ir/build.ts";
import { DeviceError } from "../../src/ir/errors.ts";
import type { Storage } from "../../src/ir/node.ts";
import type { Graph } from "../../src/ir/program.ts";
import { ended } from "../support/ended.ts";
import { evaluateKernel } from "../support/evaluate-kernel.ts";
import { plain, randomKernel } from "../support/wasm-kernel.ts";
import {
  affine,
  arena,
  checked,
  input,
  job,
  launch,
  output,
  program,
  tile,
} from "../support/wasm-program.ts";

function open(options: WasmOptions = {}): WasmDevice {
  const found = probeWasm({ threads: 1, ...options });
  if ("reason" in found) throw new Error(found.reason);
  return found.device;
}

/** A device whose worker threads have started. */
async function openThreads(threads: number, options: WasmOptions = {}): Promise<WasmDevice> {
  const device = open({ threads, ...options });
  device.start();
  while (device.ready < threads) await new Promise((resolve) => setTimeout(resolve, 5));
  return device;
}

function storageOf(device: WasmDevice, values: Float32Array | Int32Array | Uint8Array): Storage {
  const storage = device.allocate(values.byteLength);
  device.write(storage, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return storage;
}

const floatsOf = (device: WasmDevice, storage: Storage): Float32Array =>
  new Float32Array(device.read(storage).buffer);

const ramp = (n: number, scale = 1): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => i * scale);

it("compiles without the optimizations that are turned off", () => {
  const x = b.input(0, [64, 64], "f32");
  const outputs = [b.reduce(b.exp(b.mul(x, x)), "add", [1])];
  const graph: Graph = { inputs: [x], outputs, constants: [], replaces: [-1] };
  const kernels = (options: WasmOptions): number => open(options).prepare(graph).kernelCount;
  expect(kernels({})).toBe(1);
  expect(kernels({ without: new Set(["fusion"]) })).toBeGreaterThan(1);
});

describe("memory without programs", () => {
  it("reads what was written, and zeros before", () => {
    const device = open();
    const storage = device.allocate(8);
    expect([...device.read(storage)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    device.write(storage, bytes);
    bytes[0] = 99;
    const read = device.read(storage);
    expect([...read]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    read[0] = 99;
    expect(device.read(storage)[0]).toBe(1);
  });

  it("refuses another device's storage, a freed one and a wrong size", () => {
    const [one, other] = [open(), open()];
    const storage = one.allocate(4);
    expect(() => other.read(storage)).toThrow(DeviceError);
    expect(() => one.read({ bytes: 4 })).toThrow(DeviceError);
    expect(() => one.write(storage, new Uint8Array(5))).toThrow(/5 bytes/);
    one.free(storage);
    expect(() => one.read(storage)).toThrow(/disposed/);
  });
});

describe("a program", () => {
  const twice = program(
    [affine()],
    [
      launch([job(0, [input(0), arena(64)], { units: 2, floats: [2, 1] })]),
      launch([job(0, [arena(64), output(0)], { units: 2, floats: [10, { constant: 0 }] })]),
    ],
    { arenaBytes: 96 },
  );

  it("runs its launches in order, with constants that change from call to call", () => {
    const device = open();
    const x = storageOf(device, ramp(8));
    const y = device.allocate(32);
    const executable = device.load(twice);
    expect(executable.run([x], [y], [0.5])).toBeUndefined();
    expect([...floatsOf(device, y)]).toEqual([...ramp(8)].map((v) => (v * 2 + 1) * 10 + 0.5));
    executable.run([x], [y], [-1]);
    expect([...floatsOf(device, y)]).toEqual([...ramp(8)].map((v) => (v * 2 + 1) * 10 - 1));
    const other = device.allocate(32);
    executable.run([y], [other], [0]);
    expect(floatsOf(device, other)[1]).toBe((29 * 2 + 1) * 10);
    expect(executable.steps.map((step) => step.label)).toEqual(["test", "test"]);
    expect(executable.steps[0]?.source?.()).toContain("v128.store");
  });

  it("may write the storage that it reads", () => {
    for (const n of [8, 8192]) {
      const device = open();
      const x = storageOf(device, ramp(n));
      const step = program(
        [affine()],
        [launch([job(0, [input(0), output(0)], { units: n / 4, floats: [1, 1] })])],
      );
      const executable = device.load(step);
      for (let i = 0; i < 5; i++) executable.run([x], [x], []);
      expect([...floatsOf(device, x)]).toEqual([...ramp(n)].map((v) => v + 5));
    }
  });

  it("compiles a kernel once, whatever programs use it", () => {
    const device = open();
    const executables = [8, 16, 24].map((n) =>
      device.load(
        program(
          [affine(), { ...affine(), name: "again" }],
          [launch([job(0, [input(0), output(0)], { units: n / 4, floats: [n, 1] })])],
        ),
      ),
    );
    expect(device.compiledKernels).toBe(1);
    for (const executable of executables) executable.dispose();
    expect(() => executables[0]?.run([], [], [])).toThrow(/disposed/);
  });

  it("repeats the steps of nested loops, moving what advances", () => {
    const device = open();
    // out[i, j] = x[i, j] + 100·y[j], then the sum over i is built by a running copy.
    const x = storageOf(device, ramp(24));
    const y = device.allocate(96);
    const nested = program(
      [affine()],
      [
        {
          kind: "loop",
          count: 2,
          steps: [
            {
              kind: "loop",
              count: 3,
              steps: [
                launch([
                  job(0, [input(0, 0, [48, 16]), output(0, 80, [-48, -16])], {
                    floats: [1, 100],
                  }),
                ]),
              ],
            },
          ],
        },
      ],
    );
    const executable = device.load(nested);
    for (let run = 0; run < 2; run++) {
      device.write(y, new Uint8Array(96));
      executable.run([x], [y], []);
      const out = floatsOf(device, y);
      for (let part = 0; part < 6; part++) {
        expect([...out.slice(4 * part, 4 * part + 4)]).toEqual(
          [0, 1, 2, 3].map((i) => 100 + (5 - part) * 4 + i),
        );
      }
    }
  });

  it("says what lay out of range, and ends there", () => {
    const device = open();
    const x = storageOf(device, Int32Array.of(1, 2, 70, 3, 90));
    const y = device.allocate(20);
    const executable = device.load(
      program(
        [checked(1), checked(2)],
        [
          launch([job(0, [input(0), output(0)], { units: 5, ints: [100, 0], scratch: 64 })]),
          launch([job(1, [input(0), output(0)], { units: 5, ints: [50, 0], scratch: 64 })]),
        ],
        { scratchBytes: 64, reports: ["gather", "scatter"] },
      ),
    );
    expect(executable.run([x], [y], [])).toEqual({ operation: "scatter", value: 70 });
    device.write(x, new Uint8Array(Int32Array.of(1, 2, 200, 3, 90).buffer));
    expect(executable.run([x], [y], [])).toEqual({ operation: "gather", value: 200 });
    device.write(x, new Uint8Array(20));
    expect(executable.run([x], [y], [])).toBeUndefined();
    expect([...new Int32Array(device.read(y).buffer)]).toEqual([1, 1, 1, 1, 1]);
  });

  it("ends with a DeviceError where a kernel leaves the memory, on any thread", async () => {
    const far = 2 ** 31 - 64;
    const units = 1 << 14;
    for (const device of [open(), await openThreads(2)]) {
      const x = storageOf(device, ramp(8));
      const y = device.allocate(4 * 4 * units);
      const work = { flops: 1e6, bytes: 0 };
      const bad = device.load(
        program([affine()], [launch([job(0, [input(0, far), output(0)], { units })], work)]),
      );
      for (let i = 0; i < 5; i++) expect(() => bad.run([x], [y], [])).toThrow(/trapped/);
      device.load(twice).run([x], [x], [0]);
      expect(floatsOf(device, x)[1]).toBe(30);
      device.stop();
    }
  });

  it("measures its steps when asked to", () => {
    const device = open({ profile: true });
    const executable = device.load(twice);
    executable.run([storageOf(device, ramp(8))], [device.allocate(32)], [0]);
    expect(executable.profile?.().map((step) => step.runs)).toEqual([1, 1]);
    expect(open().load(twice).profile?.()).toEqual([]);
  });

  it("gives the evaluator's bits through tables, staging and moves", () => {
    const device = open();
    for (let seed = 0; seed < 20; seed++) {
      const tape = Array.from({ length: 120 }, (_, i) => Math.imul(i + seed * 977, 40503) & 0xffff);
      const random = randomKernel(4, tape);
      const { kernel } = random;
      const expected = random.buffers.map((bytes) => bytes.slice());
      evaluateKernel(
        kernel,
        { ...random, buffers: expected, begin: 0, end: random.units },
        { fma: "twice" },
      );
      let [inputs, outputs] = [0, 0];
      const locations = kernel.buffers.map((b) => (b.write ? output(outputs++) : input(inputs++)));
      const storages = random.buffers.map((bytes) => storageOf(device, bytes));
      const step = launch([
        job(0, locations, { units: random.units, ints: random.ints, floats: random.floats }),
      ]);
      device.load(program([kernel], [step])).run(
        storages.filter((_, i) => !kernel.buffers[i]?.write),
        storages.filter((_, i) => kernel.buffers[i]?.write),
        [],
      );
      kernel.buffers.forEach(({ memory }, i) => {
        expect(plain(device.read(storages[i] as Storage), memory)).toEqual(
          plain(expected[i] as Uint8Array, memory),
        );
      });
    }
  });
});

/** Eight tiles of 6 by 8 over k: enough work for several threads. */
function tiles(device: WasmDevice, k: number): Float32Array {
  const units = 64;
  const a = storageOf(
    device,
    Float32Array.from({ length: units * 6 * k }, (_, i) => Math.sin(i)),
  );
  const b = storageOf(
    device,
    Float32Array.from({ length: 8 * k }, (_, i) => Math.cos(i)),
  );
  const c = device.allocate(units * 48 * 4);
  const work = { flops: 2 * units * 48 * k, bytes: 4 * units * 6 * k };
  const executable = device.load(
    program(
      [tile()],
      [launch([job(0, [input(0), input(1), output(0)], { units, ints: [k, 6 * k] })], work)],
    ),
  );
  executable.run([a, b], [c], []);
  const first = floatsOf(device, c);
  for (let i = 0; i < 50; i++) executable.run([a, b], [c], []);
  expect(floatsOf(device, c)).toEqual(first);
  return first;
}

describe("threads", () => {
  it("give the same bits at any number, started or not", async () => {
    const alone = tiles(open(), 300);
    const idle = open({ threads: 3 });
    idle.load(program([affine()], [launch([job(0, [input(0), output(0)])])]));
    const fresh = open({ threads: 3 });
    expect(tiles(fresh, 300)).toEqual(alone);
    fresh.stop();
    // Small programs start none; large ones find the kernels of those before them.
    expect(tiles(idle, 300)).toEqual(alone);
    while (idle.ready < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(tiles(idle, 300)).toEqual(alone);
    idle.stop();
    for (const threads of [2, 4]) {
      const device = await openThreads(threads);
      expect(device.description).toBe(`wasm (${threads} threads, SIMD)`);
      const started = tiles(device, 300);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(tiles(device, 300)).toEqual(started);
      expect(started).toEqual(alone);
      device.stop();
      expect(tiles(device, 300)).toEqual(alone);
    }
  });

  it("find memory that grew after they had started, and report the first of all faults", async () => {
    const device = await openThreads(3);
    const n = 1 << 20;
    const values = Int32Array.from({ length: n }, (_, i) => i);
    const x = storageOf(device, values);
    const y = device.allocate(4 * n);
    const executable = device.load(
      program(
        [checked(1)],
        [
          launch([job(0, [input(0), output(0)], { units: n, ints: [777_777, 0], scratch: 64 })], {
            flops: n,
            bytes: 8 * n,
          }),
        ],
        { scratchBytes: 64, reports: ["gather"] },
      ),
    );
    for (let i = 0; i < 20; i++) {
      expect(executable.run([x], [y], [])).toEqual({ operation: "gather", value: 777_778 });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const read = new Int32Array(device.read(y).buffer);
    expect(read.every((v, i) => v === i + 1)).toBe(true);
    device.stop();
  });

  it("are skipped with a reason where there is no SharedArrayBuffer", () => {
    const own = Object.getOwnPropertyDescriptor(
      globalThis,
      "SharedArrayBuffer",
    ) as PropertyDescriptor;
    Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
    try {
      const device = open({ threads: 2 });
      expect(device.threads).toBe(1);
      expect(device.description).toBe(
        "wasm (1 thread, SIMD; threads skipped: there is no SharedArrayBuffer)",
      );
      expect(tiles(device, 100).length).toBe(64 * 48);
    } finally {
      Object.defineProperty(globalThis, "SharedArrayBuffer", own);
    }
  });
});

describe("start", () => {
  const long = (count: number) =>
    program(
      [affine()],
      [
        {
          kind: "loop",
          count,
          steps: [launch([job(0, [input(0), output(0)], { units: 4096, floats: [1, 1] })])],
        },
      ],
    );

  it("lets the event loop turn and gives what run gives", async () => {
    const device = open();
    const x = storageOf(device, ramp(16384));
    const executable = device.load(long(20_000));
    const order: string[] = [];
    const done = ended(executable.start?.([x], [x], [])).then(() => order.push("run"));
    await new Promise((resolve) => setTimeout(() => resolve(order.push("timer")), 1));
    await done;
    expect(order).toEqual(["timer", "run"]);
    expect(floatsOf(device, x)[7]).toBe(20_007);
  });

  it("is finished by whoever needs the device", async () => {
    const device = open();
    const x = storageOf(device, ramp(16384));
    const executable = device.load(long(20_000));
    const done = ended(executable.start?.([x], [x], []));
    expect(floatsOf(device, x)[7]).toBe(20_007);
    executable.run([x], [x], []);
    await done;
    expect(floatsOf(device, x)[7]).toBe(40_007);
  });

  it("stops between kernels when cancelled, and the device goes on", async () => {
    const device = open();
    const x = storageOf(device, ramp(16384));
    const y = device.allocate(65536);
    const executable = device.load(long(1_000_000_000));
    const running = executable.start?.([x], [y], []);
    setTimeout(() => running?.cancel(), 5);
    await expect(ended(running)).rejects.toThrow(/cancelled/);
    device.load(long(3)).run([x], [y], []);
    expect(floatsOf(device, y)[7]).toBe(8);
    executable.dispose();
  });
});

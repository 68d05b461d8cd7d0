import { afterEach, describe, expect, it, vi } from "vitest";
import type { Executable } from "../../src/device/device.ts";
import {
  compilerInvocations,
  type NativeDevice,
  probeNative,
  targetOf,
} from "../../src/device/native.ts";
import * as build from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/node.ts";
import { ended } from "../support/ended.ts";

const found = probeNative({ threads: 2 });
if ("reason" in found) console.log(`skipped: ${found.reason}`);
const native = "device" in found;
const device = (native ? found.device : undefined) as NativeDevice;

afterEach(() => vi.unstubAllEnvs());

const prepare = (inputs: Node[], outputs: Node[], constants: Node[] = []): Executable =>
  device.prepare({ inputs, outputs, constants, replaces: outputs.map(() => -1) });
const stored = (values: readonly number[]): ReturnType<NativeDevice["allocate"]> => {
  const storage = device.allocate(4 * values.length);
  device.write(storage, new Uint8Array(Float32Array.from(values).buffer));
  return storage;
};
const numbers = (storage: ReturnType<NativeDevice["allocate"]>): number[] => [
  ...new Float32Array(device.read(storage).buffer),
];

describe.skipIf(!native)("the native device", () => {
  it("says what it is", () => {
    expect(device.description).toMatch(/^native \(2 threads, .+, (gcc|clang) \d+\.\d+\)$/);
    expect(device).toMatchObject({ name: "native", synchronous: true, threads: 2 });
  });

  it("writes, reads copies, and frees at once", async () => {
    const x = stored([1, 2, 3]);
    const copy = device.read(x);
    copy.fill(0);
    expect(numbers(x)).toEqual([1, 2, 3]);
    expect([...new Float32Array((await device.readAsync(x)).buffer)]).toEqual([1, 2, 3]);
    expect(() => device.write(x, new Uint8Array(5))).toThrow(/5 bytes do not fill a storage of 12/);
    device.free(x);
    expect(() => device.read(x)).toThrow(/12 bytes has been disposed/);
    expect(() => device.free(x)).toThrow(/disposed/);
    expect(() => device.read({ bytes: 4 })).toThrow(/another device/);
  });

  it("gives programs that may still be being built, and waits where one runs", async () => {
    const x = build.input(0, [3], "f32");
    const [from, to] = [stored([1, 2, 3]), device.allocate(12)];
    const twice = prepare([x], [build.add(x, x)]);
    expect(twice.complete).toBeDefined();
    expect(twice.run([from], [to], [])).toBeUndefined();
    expect(twice.complete).toBeUndefined();
    expect(numbers(to)).toEqual([2, 4, 6]);
    const square = prepare([x], [build.mul(x, x)]);
    expect((await ended(square.start?.([from], [to], []))).fault).toBeUndefined();
    expect(numbers(to)).toEqual([1, 4, 9]);
    const dropped = prepare([x], [build.neg(x)]);
    dropped.dispose();
    expect(() => dropped.run([from], [to], [])).toThrow(/disposed/);
  });

  it.each([1023, 1024, 1025, 2 ** 23 - 16, 2 ** 23 - 15, 2 ** 23, 2 ** 23 + 1])(
    "writes, computes and reads %i numbers alike, wherever their content begins",
    (count) => {
      const x = build.input(0, [count], "f32");
      const opposite = prepare([x], [build.neg(x)]);
      const values = Float32Array.from({ length: count }, (_, i) => i % 1021);
      const [from, to] = [device.allocate(4 * count), device.allocate(4 * count)];
      device.write(from, new Uint8Array(values.buffer));
      expect(opposite.run([from], [to], [])).toBeUndefined();
      const read = new Float32Array(device.read(to).buffer);
      expect(read.length).toBe(count);
      expect(read.findIndex((v, i) => v !== -(values[i] as number))).toBe(-1);
      expect(Buffer.compare(device.read(from), new Uint8Array(values.buffer))).toBe(0);
      device.free(from);
      device.free(to);
      opposite.dispose();
    },
  );

  it("runs a graph, with constants of each call, on and off the thread", async () => {
    const x = build.input(0, [2, 3], "f32");
    const w = build.input(1, [3, 2], "f32");
    const c = build.constant(0.5, "f32", [2, 2]);
    const product = build.contract(x, [0, 1], w, [1, 2], [0, 2]);
    const shifted = build.add(product, c);
    const e = prepare([x, w], [shifted], [c]);
    const y = device.allocate(16);
    const inputs = [stored([1, 2, 3, 4, 5, 6]), stored([1, 0, 0, 1, 1, 1])];
    expect(e.run(inputs, [y], [0.5])).toBeUndefined();
    expect(numbers(y)).toEqual([4.5, 5.5, 10.5, 11.5]);
    expect((await ended(e.start?.(inputs, [y], [-1]))).fault).toBeUndefined();
    expect(numbers(y)).toEqual([3, 4, 9, 10]);
  });

  it("runs no compiler for kernels that it has, whatever the sizes", () => {
    const program = (n: number): Executable => {
      const x = build.input(0, [n], "f32");
      return prepare([x], [build.mul(build.exp(x), build.constant(1.2345, "f32", [n]))]);
    };
    program(1000);
    const before = compilerInvocations();
    const e = program(1500);
    expect(compilerInvocations()).toBe(before);
    const y = device.allocate(6000);
    e.run([stored(Array.from({ length: 1500 }, (_, i) => i / 1500))], [y], []);
    expect(numbers(y)[750]).toBeCloseTo(1.2345 * Math.exp(0.5), 5);
  });

  it("knows what lives, and says it when memory is out", () => {
    const before = device.memory();
    const kept = Array.from({ length: 8 }, () => device.allocate(2 ** 20));
    const after = device.memory();
    expect(after.live - before.live).toBeGreaterThanOrEqual(7 * 2 ** 20);
    expect(after.peak).toBeGreaterThanOrEqual(after.live);
    for (const storage of kept) device.free(storage);
    expect(device.memory().live).toBeLessThan(after.live - 7 * 2 ** 20);
    expect(() => device.allocate(2 ** 52)).toThrow(
      /no memory for 4503599627370496 bytes; tensors of \d+ bytes are alive/,
    );
  });

  it("takes threads from the options, else from HEBB_THREADS", () => {
    vi.stubEnv("HEBB_THREADS", "3");
    expect(probeNative()).toMatchObject({ device: { threads: 3 } });
    expect(probeNative({ threads: 1 })).toMatchObject({
      device: { threads: 1, description: expect.stringMatching(/\(1 thread,/) },
    });
    vi.stubEnv("HEBB_THREADS", "many");
    expect(probeNative()).toEqual({ reason: expect.stringMatching(/NaN threads/) });
  });

  it("measures steps when asked", () => {
    const profiled = probeNative({ threads: 1, profile: true });
    if (!("device" in profiled)) throw new Error(profiled.reason);
    const x = build.input(0, [4], "f32");
    const e = profiled.device.prepare({
      inputs: [x],
      outputs: [build.neg(x)],
      constants: [],
      replaces: [-1],
    });
    const y = device.allocate(16);
    e.run([stored([1, 2, 3, 4])], [y], []);
    e.run([stored([1, 2, 3, 4])], [y], []);
    expect(e.profile?.()).toEqual([{ ms: expect.any(Number), runs: 2 }]);
    expect(prepare([x], [build.neg(x)]).profile?.()).toEqual([]);
  });
});

describe("without what it needs", () => {
  it("the native device is a reason", () => {
    vi.stubEnv("HEBB_CC", "/nonexistent/cc");
    expect(probeNative()).toEqual({ reason: "no C compiler (tried /nonexistent/cc)" });
  });
});

describe("the target", () => {
  it("follows from what the compiler predefines", () => {
    const target = (...macros: string[]) =>
      targetOf({ macros: new Map(macros.map((m) => [m, "1"])) });
    expect(target("__AVX512F__", "__AVX__", "__FMA__")).toMatchObject({
      vectorBytes: 64,
      vectorRegisters: 32,
      fma: true,
    });
    expect(target("__AVX2__", "__AVX__", "__FMA__")).toMatchObject({
      vectorBytes: 32,
      vectorRegisters: 16,
      fma: true,
    });
    expect(target("__aarch64__")).toMatchObject({
      vectorBytes: 16,
      vectorRegisters: 32,
      fma: true,
    });
    expect(target("__SSE2__")).toMatchObject({ vectorBytes: 16, vectorRegisters: 16, fma: false });
  });
});

// What tests of the native device share: the launcher and a kernel cache without a whole device, and
// hand-made kernels and programs.

import type { Executable } from "../../src/device/device.ts";
import { KernelCache } from "../../src/device/native/cache.ts";
import { type Compiler, probeCompiler } from "../../src/device/native/compiler.ts";
import { loadProgram } from "../../src/device/native/executable.ts";
import { rendered } from "../../src/device/native/known-programs.ts";
import type { Launcher } from "../../src/device/native/launcher.ts";
import { roomFor } from "../../src/device/native/launcher-memory.ts";
import { loadLauncher } from "../../src/device/native/load.ts";
import type { Signature } from "../../src/device/native/plan.ts";
import { Runner } from "../../src/device/native/runner.ts";
import { contentOf, NativeStorage } from "../../src/device/native/storage.ts";
import type { DType } from "../../src/ir/dtype.ts";
import type { Atom, Kernel, Register, Statement, Variable } from "../../src/ir/kernel.ts";
import type { Job, Location, Program, Step } from "../../src/ir/program.ts";

export interface Bench {
  readonly compiler: Compiler;
  readonly launcher: Launcher;
  readonly cache: KernelCache;
  load(
    program: Program,
    signature: Signature,
    options?: { threads?: number; profile?: boolean },
  ): Executable;
}

/** The native parts of this machine, or why there are none. */
export function nativeBench(): Bench | { reason: string } {
  const found = probeCompiler();
  if ("reason" in found) return found;
  const { compiler } = found;
  const { launcher, folder } = loadLauncher(compiler);
  const cache = new KernelCache({ compiler, launcher, folder });
  const runner = new Runner(launcher);
  return {
    compiler,
    launcher,
    cache,
    load(program, signature, { threads = 1, profile = false } = {}) {
      const options = { launcher, runner, cache, threads, profile, live: () => 0 };
      const executable = loadProgram(rendered(program), signature, options);
      executable.complete?.();
      return executable;
    },
  };
}

/** A storage that holds a copy of some bytes. */
export function storageOf(bytes: ArrayBufferView): NativeStorage {
  const storage = new NativeStorage(bytes.byteLength, new ArrayBuffer(roomFor(bytes.byteLength)));
  contentOf(storage, launcherHere()).set(
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  );
  return storage;
}

/** What a storage holds, copied. */
export const bytesIn = (storage: NativeStorage): Uint8Array<ArrayBuffer> =>
  contentOf(storage, launcherHere()).slice();

export const floatsIn = (storage: NativeStorage): Float32Array =>
  new Float32Array(bytesIn(storage).buffer);

function launcherHere(): Launcher {
  const bench = nativeBench();
  if ("reason" in bench) throw new Error(bench.reason);
  return bench.launcher;
}

export const lit = (type: Register, value: number): Atom => ({ kind: "literal", type, value });
export const int = (at: number): Atom => ({ kind: "int", at, type: "index" });
export const float = (at: number, type: Register): Atom => ({ kind: "float", at, type });
export const variable = (id: number, type: Register, lanes = 1): Variable => ({
  kind: "variable",
  id,
  type,
  lanes,
});

/** y[unit·block + i] = x·scale + shift for i below block, where scale and shift are floats 0 and 1. */
export function affineKernel(memory: DType = "f32"): Kernel {
  const unit = variable(0, "index");
  const i = variable(1, "index");
  const start = variable(2, "index");
  const at = variable(3, "index");
  const x = variable(4, "f32");
  const y = variable(5, "f32");
  const body: Statement[] = [
    { kind: "compute", to: start, op: "mul", args: [unit, int(0)] },
    {
      kind: "for",
      variable: i,
      start: lit("index", 0),
      stop: int(0),
      step: lit("index", 1),
      body: [
        { kind: "compute", to: at, op: "add", args: [start, i] },
        { kind: "load", to: x, buffer: 0, index: at },
        { kind: "compute", to: y, op: "fma", args: [x, float(0, "f32"), float(1, "f32")] },
        { kind: "store", buffer: 1, index: at, value: y, lanes: 1 },
      ],
    },
  ];
  return {
    name: "affine",
    buffers: [
      { memory, write: false },
      { memory, write: true },
    ],
    ints: 1,
    floats: 2,
    lanes: 1,
    variables: 6,
    unit,
    body,
  };
}

export const input = (index: number, offset = 0, advance: number[] = []): Location => ({
  slot: { kind: "input", index },
  offset,
  advance,
});
export const output = (index: number, offset = 0, advance: number[] = []): Location => ({
  slot: { kind: "output", index },
  offset,
  advance,
});
export const arena = (offset = 0, advance: number[] = []): Location => ({
  slot: { kind: "arena" },
  offset,
  advance,
});

export function job(kernel: number, buffers: Location[], more: Partial<Job> = {}): Job {
  return { kernel, buffers, ints: [], floats: [], units: 1, scratch: 0, ...more };
}

export function launch(jobs: Job[], work = { flops: 0, bytes: 0 }): Step {
  return { kind: "launch", jobs, label: "test", work };
}

export function program(kernels: Kernel[], steps: Step[], more: Partial<Program> = {}): Program {
  return {
    kernels,
    steps,
    arenaBytes: 0,
    scratchBytes: 0,
    inPlace: [],
    kernelCount: kernels.length,
    reports: [],
    ...more,
  };
}

// The WebAssembly device: kernels assembled here, run on 128-bit SIMD and, where the memory can be
// shared, on worker threads. It works wherever JavaScript does. Its memory is one linear memory
// with ordinary arrays behind it (storage.ts). Nothing here uses eval.

import { compileGraph } from "../compile/compile.ts";
import { DeviceError } from "../ir/errors.ts";
import type { Storage } from "../ir/node.ts";
import type { Optimization } from "../ir/optimizations.ts";
import type { Graph, Program } from "../ir/program.ts";
import type { Target } from "../render/renderer.ts";
import { wasmTarget } from "../render/wasm.ts";
import type { Device, Executable, Memory } from "./device.ts";
import { arrayBufferBytes, availableParallelism, environment, isNode } from "./host.ts";
import { WasmExecutable } from "./wasm/executor.ts";
import { Kernels } from "./wasm/kernels.ts";
import { finishPending, finishUsing, type Machine } from "./wasm/machine.ts";
import { LinearMemory } from "./wasm/memory.ts";
import { StorageCache } from "./wasm/storage.ts";
import { Workers } from "./wasm/workers.ts";

export interface WasmOptions {
  /** Default: HEBB_THREADS, else as many as can run at once. */
  readonly threads?: number;
  /** Whether executables measure their steps. Default: no */
  readonly profile?: boolean;
  /** Optimizations to turn off. Default: none */
  readonly without?: ReadonlySet<Optimization>;
  /** Bytes of idle tensors in linear memory above which some move out. Default: 256 MiB */
  readonly budget?: number;
  /** Most bytes that linear memory may grow to. Default: 4 GiB, all that its addresses reach */
  readonly maximum?: number;
}

/** A function with one v128.const: bytes that only an engine with SIMD accepts. */
const simdProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 23, 1, 21, 0, 253, 12],
  ...new Array<number>(16).fill(0),
  ...[26, 11],
);

/**
 * The WebAssembly device, or why it does not work here. Never throws.
 *
 * Threads start in their own time; until they are there, programs run on one, with the same bits.
 *
 * @param options.threads  how many threads take part in a kernel. Default: HEBB_THREADS, else all
 * @param options.profile  whether executables measure their steps. Default: no
 * @param options.without  optimizations to turn off. Default: none
 * @param options.budget   idle tensor bytes in linear memory. Default: 256 MiB
 * @param options.maximum  limit of linear memory in bytes. Default: 4 GiB
 */
export function probeWasm(
  options: WasmOptions = {},
): { readonly device: WasmDevice } | { readonly reason: string } {
  try {
    if (typeof WebAssembly !== "object") return { reason: "there is no WebAssembly here" };
    if (!WebAssembly.validate(simdProbe)) return { reason: "this engine has no 128-bit SIMD" };
    return { device: new WasmDevice(options) };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

/** Why memory cannot be shared between threads here, or "". */
function unshared(): string {
  if (typeof SharedArrayBuffer !== "function") {
    return isNode() || globalThis.crossOriginIsolated !== false
      ? "there is no SharedArrayBuffer"
      : "page is not cross-origin isolated";
  }
  if (!isNode() && globalThis.crossOriginIsolated === false) {
    return "page is not cross-origin isolated";
  }
  return !isNode() && typeof Worker !== "function" ? "there are no workers here" : "";
}

export class WasmDevice implements Device {
  readonly name = "wasm";
  readonly synchronous = true;
  readonly #machine: Machine;
  readonly #wanted: number;
  readonly #why: string;
  readonly #target: Target;
  #peak = 0;
  /** Count of allocated bytes at which to look at the live ones next. */
  #nextLook = 0;

  constructor(options: WasmOptions = {}) {
    this.#wanted = threadsFor(options);
    this.#why = this.#wanted > 1 ? unshared() : "";
    const shared = this.#wanted > 1 && this.#why === "";
    const { without = wasmTarget.without } = options;
    this.#target = { ...wasmTarget, threads: shared ? this.#wanted : 1, without };
    const memory = new LinearMemory({ shared, maximum: options.maximum });
    const workers = shared ? new Workers(memory, this.#wanted - 1) : null;
    this.#machine = {
      memory,
      cache: new StorageCache(memory, { budget: options.budget }),
      workers,
      kernels: new Kernels(memory, workers),
      threads: shared ? this.#wanted : 1,
      profiling: options.profile ?? false,
      arena: { address: 0, bytes: 0 },
      scratch: { address: 0, bytes: 0 },
      pending: null,
    };
  }

  get threads(): number {
    const { workers } = this.#machine;
    return workers ? 1 + workers.count : 1;
  }

  get description(): string {
    const why = this.#why || this.#machine.workers?.failure;
    const skipped = why ? `; threads skipped: ${why}` : "";
    return `wasm (${this.threads} ${this.threads === 1 ? "thread" : "threads"}, SIMD${skipped})`;
  }

  /** How many threads could take part in a launch now. */
  get ready(): number {
    return 1 + (this.#machine.workers?.ready(1) ?? 0);
  }

  /** How many kernels had to be compiled so far. */
  get compiledKernels(): number {
    return this.#machine.kernels.compiled;
  }

  allocate(bytes: number): Storage {
    if (bytes > this.#machine.memory.maximum) {
      throw new DeviceError(
        `wasm: ${bytes} bytes asked for; linear memory ends at ${this.#machine.memory.maximum}, and tensors of ${this.#live()} bytes are alive`,
      );
    }
    const { cache } = this.#machine;
    const storage = cache.create(bytes);
    if (cache.counted > this.#nextLook) {
      this.#live();
      this.#nextLook = cache.counted + Math.max(2 ** 20, cache.counted / 16);
    }
    return storage;
  }

  write(storage: Storage, bytes: Uint8Array): void {
    const { cache } = this.#machine;
    cache.write(finishUsing(this.#machine, cache.check(storage, "write")), bytes);
  }

  read(storage: Storage): Uint8Array<ArrayBuffer> {
    const { cache } = this.#machine;
    return cache.read(finishUsing(this.#machine, cache.check(storage, "read")));
  }

  async readAsync(storage: Storage): Promise<Uint8Array<ArrayBuffer>> {
    return this.read(storage);
  }

  free(storage: Storage): void {
    const { cache } = this.#machine;
    cache.free(finishUsing(this.#machine, cache.check(storage, "free")));
  }

  prepare(graph: Graph): Executable {
    return this.load(compileGraph(graph, this.#target));
  }

  /** Loads a program that has been compiled for `wasmTarget`. */
  load(program: Program): Executable {
    finishPending(this.#machine);
    return new WasmExecutable(program, this.#machine);
  }

  memory(): Memory {
    const { memory, cache } = this.#machine;
    const live = this.#live();
    return { live, peak: this.#peak, reserved: memory.size - cache.resident };
  }

  /** Starts the worker threads now, not with the first program that has work for them. */
  start(): void {
    this.#machine.workers?.start();
  }

  /** Ends the worker threads; programs go on with one. */
  stop(): void {
    this.#machine.workers?.stop();
  }

  /**
   * Bytes of live tensors. Finalisers are silent while a loop does not let the event loop turn, so
   * the count is held against what the engine knows of its arrays, where it tells.
   */
  #live(): number {
    const { cache } = this.#machine;
    const bound = cache.resident + (arrayBufferBytes() ?? Infinity);
    const live = Math.min(cache.counted, bound);
    this.#peak = Math.max(this.#peak, live);
    return live;
  }
}

function threadsFor(options: WasmOptions): number {
  const wish = options.threads ?? Number(environment("HEBB_THREADS") ?? availableParallelism());
  if (Number.isInteger(wish) && wish >= 1 && wish <= 1024) return Math.min(wish, 64);
  throw new DeviceError(`wasm: ${wish} threads; a whole number from 1 to 1024 is expected`);
}

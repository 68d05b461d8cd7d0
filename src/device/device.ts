// What a device is to the engine: memory for tensors, and something that turns a graph into an
// executable. One file a device; the list is in devices.ts.

import type { Storage } from "../ir/node.ts";
import type { Graph, Work } from "../ir/program.ts";

/** The devices by name. */
export type DeviceName = "native" | "wasm" | "webgpu" | "reference";

export interface Device {
  readonly name: DeviceName;
  /** One line for people: "native (2 threads, AVX-512, gcc 12)". */
  readonly description: string;
  readonly threads: number;
  /** How many of them could take part in a launch now. Default: all */
  readonly ready?: number;
  /** Whether values can be read without awaiting. */
  readonly synchronous: boolean;
  /** Uninitialised or zeroed memory. Throws DeviceError with figures when there is none. */
  allocate(bytes: number): Storage;
  write(storage: Storage, bytes: Uint8Array): void;
  /** A copy of the bytes. Throws DeviceError where the device cannot read without awaiting. */
  read(storage: Storage): Uint8Array<ArrayBuffer>;
  readAsync(storage: Storage): Promise<Uint8Array<ArrayBuffer>>;
  /** Give memory back early; the storage must not be used again. */
  free(storage: Storage): void;
  /**
   * Compile. Throws CompileError; with the kernel where the target's compiler refuses it, which may come
   * only once the executable is complete.
   */
  prepare(graph: Graph): Executable;
  /** Live and peak bytes of storages and arenas. */
  memory(): Memory;
}

/** A device that was opened, or why it does not work here. */
export type Probe = { readonly device: Device } | { readonly reason: string };

export type Openers = Readonly<Record<DeviceName, () => Probe>>;

/** What is held in memory, in bytes. */
export interface Memory {
  /** Bytes of tensors that are alive, as far as the collector has told. */
  readonly live: number;
  readonly peak: number;
  /** Bytes held for reuse: arenas, scratch, caches. */
  readonly reserved: number;
}

export interface Executable {
  /** Kernels that the schedule cut the graph into. */
  readonly kernelCount: number;
  /** Per output: whether `outputs[i]` may be the very storage of the input it replaces. */
  readonly inPlace: readonly boolean[];
  /** The first of `steps` that may write over an input; their number where none does. */
  readonly overwritesFrom: number;
  readonly steps: readonly StepInfo[];
  /** While it is still being built: waits for that, as `run` does too. Undefined once it can run. */
  readonly complete?: (() => void) | undefined;
  /**
   * Run once. `inputs` and `outputs` in the graph's order, `constants` the values of graph.constants.
   * Returns undefined, or what an index operation found out of range: then no input is overwritten,
   * and what the other outputs hold is undefined.
   */
  run(
    inputs: readonly Storage[],
    outputs: readonly Storage[],
    constants: readonly number[],
  ): Fault | undefined;
  /**
   * The same without waiting: on another thread, in turns with the event loop, or, of an executable
   * that is still being built, when the event loop turns at the latest. One run at a time:
   * whoever needs the device meanwhile waits for it. The storages must stay as they are until then.
   */
  start?(
    inputs: readonly Storage[],
    outputs: readonly Storage[],
    constants: readonly number[],
  ): Running;
  /** Milliseconds spent in each step so far, and how often it ran; empty unless profiling is on. */
  profile?(): readonly { readonly ms: number; readonly runs: number }[];
  dispose(): void;
}

/** A run under way. */
export interface Running {
  /** Fulfilled when it has ended, well or not. */
  readonly ended: Promise<void>;
  /**
   * Waits for its end without letting the event loop turn.
   *
   * @returns  how long it worked, and what `run` gives
   * @throws   what `run` throws; DeviceError if it was cancelled: then no input has changed
   */
  finish(): { readonly ms: number; readonly fault: Fault | undefined };
  /** Makes it end soon, unless it has begun to write over its inputs: then it comes to its end. */
  cancel(): void;
}

export interface StepInfo {
  readonly label: string;
  /** Of one time. */
  readonly work: Work;
  /** How often a run comes to this step: more than once in a loop. Default: 1 */
  readonly times?: number;
  /** Source text of the kernels, for debugging. */
  readonly source?: () => string;
}

export interface Fault {
  readonly operation: string;
  readonly value: number;
}

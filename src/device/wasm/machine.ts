// What all programs of one device share: the linear memory and who manages it, the worker threads,
// the memory between kernels, and the one run that may be waiting for its next turn.

import type { Kernels } from "./kernels.ts";
import type { LinearMemory } from "./memory.ts";
import type { StorageCache, WasmStorage } from "./storage.ts";
import type { Workers } from "./workers.ts";

/** A run that waits for its next turn. */
export interface Pending {
  /** Whether it goes on to read or write this. */
  uses(storage: WasmStorage): boolean;
  /** Goes on until the end or until `deadline`; whether it ended. */
  advance(deadline: number): boolean;
}

/** A part of linear memory that grows, or none while `bytes` is 0. */
export interface Area {
  address: number;
  bytes: number;
}

export interface Machine {
  readonly memory: LinearMemory;
  readonly cache: StorageCache;
  readonly kernels: Kernels;
  readonly workers: Workers | null;
  readonly threads: number;
  readonly profiling: boolean;
  /** Memory between kernels, and one scratch area a thread; as large as the largest program needs. */
  readonly arena: Area;
  readonly scratch: Area;
  /** The run that waits for its next turn. */
  pending: Pending | null;
}

/** The run that waits for its turn, if any, is brought to its end. */
export function finishPending(machine: Machine): void {
  const { pending } = machine;
  machine.pending = null;
  pending?.advance(Infinity);
}

/** The same if the run uses a storage. */
export function finishUsing(machine: Machine, storage: WasmStorage): WasmStorage {
  if (machine.pending?.uses(storage)) finishPending(machine);
  return storage;
}

/** At least so many bytes; what was there is lost. */
export function grow(machine: Machine, area: Area, bytes: number): void {
  if (bytes <= area.bytes) return;
  if (area.bytes > 0) machine.memory.free(area.address, area.bytes);
  area.bytes = 0;
  area.address = machine.cache.place(bytes);
  area.bytes = bytes;
}

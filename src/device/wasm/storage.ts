// Memory without disposal, on top of a linear memory that the collector does not know. The value of
// a storage is either in linear memory (resident) or in an ordinary array, which the collector
// frees even while a synchronous loop never lets finalisers run. Everything resident is on one of
// two lists, least recently used first; over budget, or when the memory is full, the first is
// copied out and forgotten by the list, so that nothing but the storage itself holds it.
//
// Young are results that no later run has read twice: most die early, so few are kept. Small values
// never stay: programs copy them in and out. A FinalizationRegistry gives slots back sooner where
// the event loop turns; nothing depends on it.

import { DeviceError } from "../../ir/errors.ts";
import type { Storage } from "../../ir/node.ts";
import type { LinearMemory } from "./memory.ts";

/** Values up to here are kept outside linear memory between runs. */
export const smallBytes = 4096;

/** Results that are kept in linear memory before anything has read them twice. */
const youngBudget = 64 * 2 ** 20;
const mostYoung = 4096;

export interface StorageOptions {
  /** Idle bytes in linear memory above which the least recently used move out. Default 256 MiB. */
  readonly budget?: number;
}

/** Where a value is. Lists hold this, never the storage, so that the storage can die. */
class Residency {
  readonly bytes: number;
  /** In linear memory, or -1. */
  offset = -1;
  /** The value outside; null if it is resident or was never written (then it is zero). */
  host: Uint8Array<ArrayBuffer> | null = null;
  /** Runs that use it now. */
  pins = 0;
  /** How many runs have read it. */
  reads = 0;
  list: Set<Residency> | null = null;
  freed = false;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

export class WasmStorage implements Storage {
  readonly bytes: number;
  readonly residency: Residency;
  /** Kept so that the collector tells when all storages of a batch are gone. */
  readonly batch: Batch;
  readonly owner: StorageCache;

  constructor(bytes: number, owner: StorageCache, batch: Batch) {
    this.bytes = bytes;
    this.residency = new Residency(bytes);
    this.owner = owner;
    this.batch = batch;
  }
}

/** What the collector is asked about; the count of its bytes outlives it. */
interface Batch {
  readonly count: { bytes: number };
}

export class StorageCache {
  readonly #memory: LinearMemory;
  readonly #budget: number;
  readonly #youngBudget: number;
  readonly #young = new Set<Residency>();
  readonly #old = new Set<Residency>();
  #youngBytes = 0;
  #oldBytes = 0;
  #pinnedBytes = 0;
  /** What recent runs used at once: budgets are never less, or each run would bring all in anew. */
  #working = 0;
  /** Storages are counted in batches: one entry a storage would outweigh small values. */
  #batch: Batch = { count: { bytes: 0 } };
  #registered = false;
  readonly #batches: FinalizationRegistry<Batch["count"]>;
  readonly #slots: FinalizationRegistry<Residency>;
  /** Bytes of storages that are not known to be dead. */
  counted = 0;

  constructor(memory: LinearMemory, options: StorageOptions = {}) {
    this.#memory = memory;
    this.#budget = options.budget ?? 256 * 2 ** 20;
    this.#youngBudget = Math.min(this.#budget, youngBudget);
    this.#batches = new FinalizationRegistry((count) => {
      this.counted -= count.bytes;
    });
    this.#slots = new FinalizationRegistry((residency) => this.#drop(residency));
  }

  /** Bytes in linear memory that belong to storages. */
  get resident(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  create(bytes: number): WasmStorage {
    if (this.#batch.count.bytes >= 1 << 20) {
      this.#batch = { count: { bytes: 0 } };
      this.#registered = false;
    }
    if (!this.#registered) this.#batches.register(this.#batch, this.#batch.count);
    this.#registered = true;
    this.#batch.count.bytes += bytes;
    this.counted += bytes;
    return new WasmStorage(bytes, this, this.#batch);
  }

  /** The residency, if the storage is this device's and still there. */
  check(storage: Storage, operation: string): WasmStorage {
    if (!(storage instanceof WasmStorage) || storage.owner !== this) {
      throw new DeviceError(
        `${operation}: the tensor lives on another device; move it with to("wasm")`,
      );
    }
    if (storage.residency.freed) {
      throw new DeviceError(`${operation}: the tensor of ${storage.bytes} bytes has been disposed`);
    }
    return storage;
  }

  write(storage: WasmStorage, bytes: Uint8Array): void {
    const { residency } = storage;
    if (bytes.length !== residency.bytes) {
      throw new DeviceError(
        `write: ${bytes.length} bytes do not fill a storage of ${residency.bytes}`,
      );
    }
    if (residency.offset >= 0) this.#memory.bytes.set(bytes, residency.offset);
    else residency.host = new Uint8Array(bytes);
  }

  read(storage: WasmStorage): Uint8Array<ArrayBuffer> {
    const { bytes, offset, host } = storage.residency;
    if (offset >= 0) return copyOut(this.#memory, offset, bytes);
    return host ? host.slice() : new Uint8Array(bytes);
  }

  free(storage: WasmStorage): void {
    const { residency } = storage;
    if (residency.freed) return;
    residency.freed = true;
    this.counted -= residency.bytes;
    storage.batch.count.bytes -= residency.bytes;
    residency.host = null;
    if (residency.pins === 0) this.#drop(residency);
  }

  /** Into linear memory for a run that reads it; the address. */
  pinInput(storage: WasmStorage): number {
    const residency = storage.residency;
    residency.reads++;
    if (residency.offset < 0) {
      const offset = this.place(residency.bytes);
      residency.offset = offset;
      const { host } = residency;
      if (host) this.#memory.bytes.set(host, offset);
      else this.#memory.bytes.fill(0, offset, offset + residency.bytes);
      // Read once, it may be gone soon: it stays outside too, and the slot is for this run only.
      if (residency.reads > 1) this.#settle(storage, this.#old);
    } else if (residency.list) {
      this.#unlist(residency);
      this.#enlist(residency, residency.reads > 1 ? this.#old : this.#young);
    }
    return this.#pin(residency);
  }

  /** A place in linear memory for a run that writes it; the address. */
  pinOutput(storage: WasmStorage): number {
    const residency = storage.residency;
    if (residency.offset < 0) residency.offset = this.place(residency.bytes);
    if (!residency.list) this.#settle(storage, this.#young);
    return this.#pin(residency);
  }

  #pin(residency: Residency): number {
    if (residency.pins++ === 0) this.#pinnedBytes += residency.bytes;
    this.#working = Math.max(this.#working, this.#pinnedBytes);
    return residency.offset;
  }

  unpin(storage: WasmStorage): void {
    const residency = storage.residency;
    if (--residency.pins > 0) return;
    this.#pinnedBytes -= residency.bytes;
    if (residency.freed) this.#drop(residency);
    else if (!residency.list) {
      this.#memory.free(residency.offset, residency.bytes);
      residency.offset = -1;
    }
  }

  /** Moves values out until the budgets hold. */
  trim(): void {
    const least = 1.25 * this.#working;
    this.#working *= 0.99;
    while (this.#youngBytes > Math.max(least, this.#youngBudget) || this.#young.size > mostYoung) {
      if (!this.#evict(this.#young)) break;
    }
    while (this.resident > Math.max(least, this.#budget)) {
      if (!this.#evict(this.#young) && !this.#evict(this.#old)) break;
    }
  }

  /** A block of linear memory, made room for if need be. */
  place(bytes: number): number {
    for (;;) {
      const offset = this.#memory.allocate(bytes);
      if (offset >= 0) return offset;
      if (!this.#evict(this.#young) && !this.#evict(this.#old)) {
        const { size, maximum, allocator } = this.#memory;
        throw new DeviceError(
          `wasm: no room for ${inMegabytes(bytes)}: linear memory holds ${inMegabytes(size)} of at most ${inMegabytes(maximum)}, ${inMegabytes(allocator.used)} in use by the running program (${inMegabytes(this.resident)} of it tensors). Use smaller batches, or the native device.`,
        );
      }
    }
  }

  /** From now on its value is in linear memory alone. */
  #settle(storage: WasmStorage, list: Set<Residency>): void {
    const { residency } = storage;
    residency.host = null;
    this.#slots.register(storage, residency, residency);
    this.#enlist(residency, list);
  }

  #enlist(residency: Residency, list: Set<Residency>): void {
    residency.list = list;
    list.add(residency);
    if (list === this.#young) this.#youngBytes += residency.bytes;
    else this.#oldBytes += residency.bytes;
  }

  #unlist(residency: Residency): void {
    if (!residency.list) return;
    residency.list.delete(residency);
    if (residency.list === this.#young) this.#youngBytes -= residency.bytes;
    else this.#oldBytes -= residency.bytes;
    residency.list = null;
  }

  /** Moves out the least recently used that no run needs; false if there is none. */
  #evict(list: Set<Residency>): boolean {
    for (const residency of list) {
      if (residency.pins > 0) continue;
      residency.host = copyOut(this.#memory, residency.offset, residency.bytes);
      this.#drop(residency);
      return true;
    }
    return false;
  }

  #drop(residency: Residency): void {
    this.#unlist(residency);
    // Else the registry would hold the value outside until a finaliser runs.
    this.#slots.unregister(residency);
    if (residency.offset >= 0) this.#memory.free(residency.offset, residency.bytes);
    residency.offset = -1;
  }
}

/** An array of its own, never shared. */
export function copyOut(
  memory: LinearMemory,
  offset: number,
  bytes: number,
): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy.set(memory.bytes.subarray(offset, offset + bytes));
  return copy;
}

export const inMegabytes = (bytes: number): string =>
  bytes < 2 ** 20 ? `${bytes} bytes` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Few bytes cost less one by one than through a view. */
export function copyIn(memory: Uint8Array, host: Uint8Array, address: number): void {
  if (host.length > 16) memory.set(host, address);
  else for (let i = 0; i < host.length; i++) memory[address + i] = host[i] as number;
}

export function copyTo(memory: Uint8Array, address: number, host: Uint8Array): void {
  const bytes = host.length;
  if (bytes > 16) host.set(memory.subarray(address, address + bytes));
  else for (let i = 0; i < bytes; i++) host[i] = memory[address + i] as number;
}

// Memory of tensors on the native device: one ordinary ArrayBuffer each. The collector frees those
// even in a loop that never lets the event loop turn, which no finaliser can promise. What lives is
// what was made less what finalisers report; where they are silent, the engine's own account of
// ArrayBuffers is the bound.

import { DeviceError } from "../../ir/errors.ts";
import type { Storage } from "../../ir/node.ts";
import { arrayBufferBytes } from "../host.ts";
import type { Launcher } from "./launcher.ts";

export class NativeStorage implements Storage {
  readonly bytes: number;
  buffer: ArrayBuffer | undefined;
  /** Kept so that the collector tells when all storages of a batch are gone. */
  readonly batch: Batch | undefined;

  constructor(bytes: number, buffer: ArrayBuffer, batch?: Batch) {
    this.bytes = bytes;
    this.buffer = buffer;
    this.batch = batch;
  }
}

/** What the collector is asked about; the count of its bytes outlives it. */
interface Batch {
  readonly count: { bytes: number };
}

/** The ArrayBuffer of a storage of this device that is still there. */
export function bufferOf(storage: Storage): ArrayBuffer {
  if (!(storage instanceof NativeStorage)) {
    throw new DeviceError('the tensor lives on another device; move it with to("native")');
  }
  if (!storage.buffer) {
    throw new DeviceError(`the tensor of ${storage.bytes} bytes has been disposed`);
  }
  return storage.buffer;
}

/** What a storage of this device holds; a view. */
export function contentOf(storage: Storage, launcher: Launcher): Uint8Array<ArrayBuffer> {
  const buffer = bufferOf(storage);
  return new Uint8Array(buffer, launcher.offset(buffer), storage.bytes);
}

/** Bytes allocated between two looks at the account: peaks are known this exactly. */
const sampling = 2 ** 22;
/**
 * Storages are counted in batches of so many bytes. What is registered lives among the old objects
 * until the next full collection, and all of it while the event loop does not turn: an entry for
 * each of many small values would outweigh them.
 */
const batchBytes = 2 ** 20;

/** What the tensors of this thread of JavaScript take, as far as the collector has told. */
export class MemoryAccount {
  #counted = 0;
  #highest = 0;
  #since = 0;
  #batch: Batch = { count: { bytes: 0 } };
  #registered = false;
  readonly #batches: FinalizationRegistry<Batch["count"]> = new FinalizationRegistry((count) => {
    this.#counted -= count.bytes;
  });

  live(): number {
    const live = Math.min(this.#counted, arrayBufferBytes() ?? Infinity);
    this.#highest = Math.max(this.#highest, live);
    this.#since = 0;
    return live;
  }

  peak(): number {
    this.live();
    return this.#highest;
  }

  /** A storage around memory that was just allocated. */
  storage(bytes: number, buffer: ArrayBuffer): NativeStorage {
    if (this.#batch.count.bytes >= batchBytes) {
      this.#batch = { count: { bytes: 0 } };
      this.#registered = false;
    }
    if (!this.#registered) this.#batches.register(this.#batch, this.#batch.count);
    this.#registered = true;
    this.#batch.count.bytes += bytes;
    this.#counted += bytes;
    this.#since += bytes;
    if (this.#since >= sampling) this.live();
    return new NativeStorage(bytes, buffer, this.#batch);
  }

  /** A storage was freed by hand. */
  freed({ bytes, batch }: NativeStorage): void {
    if (batch === undefined) return;
    batch.count.bytes -= bytes;
    this.#counted -= bytes;
  }
}

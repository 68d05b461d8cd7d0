// Where values live: every storage that the engine makes remembers its device, what went wrong when
// it was computed, and how much history its expression holds. Totals of bytes, for people.

import type { Device, Fault, Memory } from "../device/device.ts";
import { defaultDevice, openDevices } from "../device/devices.ts";
import { buffer } from "../ir/build.ts";
import { bytesOf, type DType } from "../ir/dtype.ts";
import { DeviceError, IndexError } from "../ir/errors.ts";
import { type Node, nodeClock, type Storage } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import { type Job, jobUnderWay } from "./job.ts";

/** A storage with what the engine knows of it. */
export interface Placed extends Storage {
  device: Device;
  /** An index operation that found its index out of range: there is no value. */
  fault: Fault | undefined;
  /** How many values, each computed from the one before, the expression below this one holds. */
  reads: number;
  /** Bytes of those values. */
  held: number;
  /** Nodes with smaller ids existed when the value was computed. */
  clock: number;
  /** More than one node or cell has it: it is never freed by hand. */
  aliased: boolean;
  freed: boolean;
  /** The program under way that computes it, or that failed to. */
  job: Job | undefined;
}

/** Memory on a device. Throws DeviceError with figures when there is none. */
export function allocate(device: Device, bytes: number): Placed {
  const storage = device.allocate(bytes) as Placed;
  storage.device = device;
  storage.fault = undefined;
  storage.reads = 0;
  storage.held = 0;
  storage.clock = nodeClock();
  storage.aliased = false;
  storage.freed = false;
  storage.job = undefined;
  return storage;
}

/** For a value that an index out of range went into: holds nothing, and reading it throws. */
export function faulty(device: Device, fault: Fault): Placed {
  const storage = allocate(device, 0);
  storage.fault = fault;
  return storage;
}

/** The storage of a node that has one, checked to be usable: its value is there. */
export function storageOf(node: Node): Placed {
  const storage = node.storage as Placed;
  if (storage.freed) {
    throw new DeviceError(
      "a tensor was used after its memory was given up: by dispose() (drop the call, memory is freed by itself) or, of an optimiser's own state, by its next step (take a snapshot() of it)",
    );
  }
  storage.job?.wait();
  return storage;
}

/** The same value in memory of its own. */
export function copyOf(storage: Placed): Placed {
  const { device, bytes } = storage;
  const copy = allocate(device, bytes);
  device.write(copy, device.read(storage));
  return copy;
}

/** A leaf with the given bits; the bytes are copied. */
export function upload(
  bytes: Uint8Array,
  shape: readonly number[],
  dtype: DType,
  device: Device = defaultDevice(),
): Node {
  const storage = allocate(device, sizeOf(shape) * bytesOf(dtype));
  device.write(storage, bytes);
  return leaf(storage, shape, dtype);
}

/** A leaf over a storage. */
export function leaf(storage: Storage, shape: readonly number[], dtype: DType): Node {
  const node = buffer(shape, dtype);
  node.storage = storage;
  return node;
}

/** Gives a storage back early, unless something else has it too. */
export function release(storage: Placed): void {
  if (storage.freed || storage.aliased) return;
  storage.freed = true;
  const free = (): void => storage.device.free(storage);
  const job = jobUnderWay();
  if (job === undefined) free();
  else job.whenFree(storage, free);
}

/** The memory of a leaf holds another value from now on. */
export function giveUp(old: Node): void {
  const storage = old.storage as Placed;
  storage.clock = nodeClock();
  const none = allocate(storage.device, 0);
  none.freed = true;
  old.storage = none;
}

/** Throws IndexError if an index out of range went into the value. */
export function checkFault({ fault }: Placed): void {
  if (fault !== undefined) throw indexError(fault, "this value was not computed");
}

/** What is told of an index out of range; `outcome` is what became of the work. */
export function indexError({ operation, value }: Fault, outcome: string): IndexError {
  return new IndexError(
    `${operation}: index ${value} lies outside the axis that it selects from, so ${outcome}. Check the indices (labels, token ids) against the size of that axis`,
  );
}

/** Bytes on all open devices: alive, at most so far, and held for reuse. */
export function totalMemory(): Memory {
  let [live, peak, reserved] = [0, 0, 0];
  for (const device of openDevices()) {
    const of = device.memory();
    live += of.live;
    peak += of.peak;
    reserved += of.reserved;
  }
  return { live, peak, reserved };
}

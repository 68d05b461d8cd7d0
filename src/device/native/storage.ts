// Memory of tensors on the native device: one ordinary ArrayBuffer each. The collector frees those
// even in a loop that never lets the event loop turn, which no finaliser can promise; so what lives
// is asked of the engine's own account of ArrayBuffers instead of being counted by finalisers.

import { DeviceError } from "../../ir/errors.ts";
import type { Storage } from "../../ir/node.ts";
import { arrayBufferBytes } from "../host.ts";

export class NativeStorage implements Storage {
  readonly bytes: number;
  buffer: ArrayBuffer | undefined;

  constructor(bytes: number, buffer: ArrayBuffer) {
    this.bytes = bytes;
    this.buffer = buffer;
  }
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

/** Bytes allocated between two looks at the account: peaks are known this exactly. */
const sampling = 2 ** 22;

/** What the tensors of this thread of JavaScript take, as far as the collector has told. */
export class MemoryAccount {
  /** ArrayBuffers that were there before the device. */
  private readonly before: number = arrayBufferBytes() ?? 0;
  private highest = 0;
  private since = 0;

  live(): number {
    const live = Math.max(0, (arrayBufferBytes() ?? 0) - this.before);
    this.highest = Math.max(this.highest, live);
    this.since = 0;
    return live;
  }

  peak(): number {
    this.live();
    return this.highest;
  }

  allocated(bytes: number): void {
    this.since += bytes;
    if (this.since >= sampling) this.live();
  }
}

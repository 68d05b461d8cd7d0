// The linear memory that all kernels of the device work in: it grows up to what 32-bit addresses
// reach and never shrinks. Its first page holds the words by which threads hand out work; no data
// lies there, which the renderer counts on.

import { DeviceError } from "../../ir/errors.ts";
import { firstAddress } from "../../render/wasm-access.ts";
import { Allocator, blockBytes } from "./allocator.ts";

const page = 65536;

export interface LinearMemoryOptions {
  readonly shared: boolean;
  /** Most bytes it may grow to. Default and limit: 4 GiB. */
  readonly maximum?: number;
}

export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  readonly maximum: number;
  readonly allocator: Allocator = new Allocator(firstAddress);
  /** Views of the whole memory, renewed when it grows. */
  bytes: Uint8Array = new Uint8Array(0);
  words: Int32Array = new Int32Array(0);
  doubles: Float64Array = new Float64Array(0);

  constructor(options: LinearMemoryOptions) {
    this.shared = options.shared;
    const wanted = Math.min(65536, Math.ceil((options.maximum ?? 2 ** 32) / page));
    let maximum = Math.max(2, wanted);
    for (;;) {
      try {
        this.memory = new WebAssembly.Memory({ initial: 2, maximum, shared: options.shared });
        break;
      } catch (cause) {
        // A shared memory is reserved whole, which some machines only allow for less.
        if (maximum <= 1024) throw new DeviceError(`wasm: no memory: ${cause}`, { cause });
        maximum = Math.floor(maximum / 2);
      }
    }
    this.maximum = maximum * page;
    this.#renew();
  }

  get size(): number {
    return this.bytes.length;
  }

  /** A block, or -1 if the memory cannot grow by that much. */
  allocate(size: number): number {
    const found = this.allocator.allocate(size);
    if (found >= 0) return found;
    const short = blockBytes(size) - this.allocator.tail;
    const room = this.maximum - this.size;
    if (short > room) return -1;
    // By an eighth at least, so that growing stays rare, but not past the end.
    const step = Math.min(room, Math.max(short, this.size / 8, 1 << 20));
    for (const growth of [step, short]) {
      try {
        this.memory.grow(Math.ceil(growth / page));
        this.#renew();
        return this.allocator.allocate(size);
      } catch {
        // The machine refuses; less may still be had.
      }
    }
    return -1;
  }

  free(address: number, size: number): void {
    this.allocator.free(address, size);
  }

  #renew(): void {
    const { buffer } = this.memory;
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.allocator.extend(buffer.byteLength);
  }
}

// Which parts of a linear memory are in use: free blocks in lists by power-of-two size, joined with
// their neighbours when they come back (boundary tags, kept outside the memory; Knuth 1968, The Art
// of Computer Programming 1, §2.5). Addresses and sizes are multiples of 64. It moves no bytes.

export const alignment = 64;

/** Bytes that a block for so many takes. */
export const blockBytes = (bytes: number): number =>
  Math.max(alignment, Math.ceil(bytes / alignment) * alignment);

export class Allocator {
  /** Free blocks: size by start, start by end, starts by the logarithm of the size. */
  readonly #sizes = new Map<number, number>();
  readonly #ends = new Map<number, number>();
  readonly #lists: Set<number>[] = Array.from({ length: 34 }, () => new Set());
  #end: number;
  #used = 0;

  /** Manages addresses from `start` on; there are none until `extend`. */
  constructor(start: number) {
    this.#end = start;
  }

  /** Bytes handed out. */
  get used(): number {
    return this.#used;
  }

  /** The end of the memory that is managed. */
  get end(): number {
    return this.#end;
  }

  /** Bytes free at the very end: what an extension would join. */
  get tail(): number {
    const start = this.#ends.get(this.#end);
    return start === undefined ? 0 : this.#end - start;
  }

  /** More memory behind the end. */
  extend(end: number): void {
    const start = this.#end;
    this.#end = end;
    this.#used += end - start;
    this.free(start, end - start);
  }

  /** The address of a block, or -1 where no free block is large enough. */
  allocate(bytes: number): number {
    const size = blockBytes(bytes);
    const start = this.#find(size);
    if (start < 0) return -1;
    const whole = this.#remove(start);
    if (whole > size) this.#insert(start + size, whole - size);
    this.#used += size;
    return start;
  }

  /** `bytes` as they were asked for. */
  free(address: number, bytes: number): void {
    let start = address;
    let size = blockBytes(bytes);
    this.#used -= size;
    const before = this.#ends.get(start);
    if (before !== undefined) {
      size += this.#remove(before);
      start = before;
    }
    if (this.#sizes.has(start + size)) size += this.#remove(start + size);
    this.#insert(start, size);
  }

  #find(size: number): number {
    const list = listOf(size);
    // More than any memory can have is in no list.
    for (const start of this.#lists[list] ?? []) {
      if ((this.#sizes.get(start) as number) >= size) return start;
    }
    for (let larger = list + 1; larger < this.#lists.length; larger++) {
      for (const start of this.#lists[larger] as Set<number>) return start;
    }
    return -1;
  }

  #insert(start: number, size: number): void {
    this.#sizes.set(start, size);
    this.#ends.set(start + size, start);
    this.#lists[listOf(size)]?.add(start);
  }

  #remove(start: number): number {
    const size = this.#sizes.get(start) as number;
    this.#sizes.delete(start);
    this.#ends.delete(start + size);
    this.#lists[listOf(size)]?.delete(start);
    return size;
  }
}

const listOf = (size: number): number => Math.floor(Math.log2(size));

// Loads and stores of a kernel as WebAssembly: single values, vectors that lie together, and the lanes
// of those that do not, one after another.

import type { Atom, KernelBuffer, Register, Statement } from "../ir/kernel.ts";
import {
  carriers,
  loadScalar,
  loadVector,
  shiftOf,
  storeScalar,
  storeVector,
} from "./wasm-memory.ts";
import { registers } from "./wasm-registers.ts";
import { isVector, type NonLiteral, Values } from "./wasm-values.ts";

/**
 * No buffer may lie below this address. An offset below it can then move from an address into the
 * instruction: the rest of the address cannot have gone below zero.
 */
export const firstAddress = 65536;

type Access = Extract<Statement, { kind: "load" | "store" }>;

/** Values that come from memory and go there. */
export class AccessedValues extends Values {
  readonly #footholds = new Map<string, number>();

  load(s: Extract<Statement, { kind: "load" }>): void {
    const { code } = this;
    const { memory } = this.#buffer(s, s.to.type);
    if (s.to.lanes === 1) {
      loadScalar(this, memory, this.#address(s.buffer, s.index));
      this.assign(s.to);
      return;
    }
    if (!s.stride && !s.count && !isVector(s.index)) {
      loadVector(this, memory, s.to.lanes, this.#address(s.buffer, s.index));
      this.assign(s.to);
      return;
    }
    const type = s.to.type;
    if (type === "index") throw this.refuse("a vector of index");
    const isWide = type === "bool" && s.to.lanes === 2;
    const vector = isWide ? "i64x2" : registers[type].vector;
    const to = this.declare(s.to);
    if (s.count) {
      code.constant("i32", 0);
      code.set(to);
    }
    this.#places(s, s.to.lanes, (i, offset) => {
      loadScalar(this, memory, offset);
      if (type === "bool") {
        code.i32(-1);
        code.op("i32.mul");
      }
      const value = this.temporary(registers[type].scalar, 2);
      if (i === 0 && !s.count) {
        if (isWide) code.op("i64.extend_i32_s");
        code.op(`${vector}.splat`);
      } else {
        code.set(value);
        code.get(to);
        code.get(value);
        if (isWide) code.op("i64.extend_i32_s");
        code.lane(`${vector}.replace_lane`, i);
      }
      code.set(to);
    });
  }

  store(s: Extract<Statement, { kind: "store" }>): void {
    const { memory } = this.#buffer(s, s.value.type);
    if (s.lanes === 1) {
      const offset = this.#address(s.buffer, s.index);
      storeScalar(this, memory, offset, () => this.pushScalar(s.value));
      return;
    }
    if (!s.stride && !s.count && !isVector(s.index)) {
      const offset = this.#address(s.buffer, s.index);
      storeVector(this, memory, s.lanes, offset, () => this.push(s.value, s.lanes));
      return;
    }
    const value = this.operand(s.value, s.lanes);
    this.#places(s, s.lanes, (i, offset) => {
      storeScalar(this, memory, offset, () => value.lane(i));
    });
  }

  /**
   * There is no such instruction: a byte is read and dropped, which engines leave in place, since the
   * read might trap. Here it never does: past the end of memory it is the first byte of all.
   */
  prefetch(s: Extract<Statement, { kind: "prefetch" }>): void {
    const { code } = this;
    const address = this.temporary("i32", 3);
    code.i32(this.#address(s.buffer, s.index));
    code.op("i32.add");
    code.tee(address);
    code.i32(0);
    code.get(address);
    code.memorySize();
    code.i32(16);
    code.op("i32.shl");
    code.op("i32.lt_u");
    code.op("select");
    code.memory("i32.load8_u", 0, 0);
    code.op("drop");
  }

  #buffer(s: Access, moved: Register): KernelBuffer {
    const buffer = this.kernel.buffers[s.buffer];
    if (!buffer) throw this.refuse(`buffer ${s.buffer} of ${this.kernel.buffers.length}`);
    if (!carriers[buffer.memory].includes(moved)) {
      this.refuse(`${buffer.memory} memory through a ${moved} register`);
    }
    return buffer;
  }

  /** Pushes the address of an element of a buffer, less the offset that is returned. */
  #address(buffer: number, index: Atom): number {
    const { code } = this;
    const shift = this.#shift(buffer);
    const fits = (add: number): boolean => add >= 0 && add * 2 ** shift < firstAddress;
    if (index.kind === "literal" && fits(index.value)) {
      code.get(this.base(buffer));
      return index.value * 2 ** shift;
    }
    const noted = index.kind === "literal" ? undefined : this.placeOf(index);
    const { root, add, outer } =
      noted && fits(noted.add) ? noted : { root: index, add: 0, outer: undefined };
    code.get(outer ? this.#foothold(buffer, outer) : this.base(buffer));
    this.pushScalar(root);
    this.#scale(shift);
    code.op("i32.add");
    return add * 2 ** shift;
  }

  /** The local with the address of an element, made where its index is: outside the loops within. */
  #foothold(buffer: number, index: NonLiteral): number {
    const { code } = this;
    const key = `${buffer} ${index.kind} ${index.kind === "variable" ? index.id : index.at}`;
    let local = this.#footholds.get(key);
    if (local === undefined) {
      local = code.local("i32");
      this.#footholds.set(key, local);
      code.inside(this.birth(index).fragment, () => {
        const offset = this.#address(buffer, index);
        if (offset > 0) {
          code.i32(offset);
          code.op("i32.add");
        }
        code.set(local as number);
      });
    }
    return local;
  }

  /** Pushes the address of each lane's element in turn, less the offset given to `each`. */
  #places(s: Access, lanes: number, each: (lane: number, offset: number) => void): void {
    const { code } = this;
    const shift = this.#shift(s.buffer);
    const address = this.temporary("i32", 3);
    const { index, count } = s;
    /** Lane after lane; those from `count` on are left out. */
    const eachLane = (i: number, move: (lane: number) => void): void => {
      move(i);
      if (i + 1 === lanes) return;
      const next = (): void => eachLane(i + 1, move);
      if (!count) next();
      else {
        code.i32(i + 1);
        this.pushScalar(count);
        code.op("i32.lt_s");
        code.block("if", next);
      }
    };
    if (isVector(index)) {
      code.get(this.base(s.buffer));
      if (s.base) {
        this.pushScalar(s.base);
        this.#scale(shift);
        code.op("i32.add");
      }
      code.set(address);
      const element = this.operand(index, lanes);
      eachLane(0, (i) => {
        code.get(address);
        element.lane(i);
        this.#scale(shift);
        code.op("i32.add");
        each(i, 0);
      });
      return;
    }
    const offset = this.#address(s.buffer, s.index);
    code.set(address);
    const { stride } = s;
    eachLane(0, (i) => {
      code.get(address);
      if (i > 0 && stride) {
        this.pushScalar(stride);
        this.#scale(shift);
        code.op("i32.add");
        code.tee(address);
      }
      each(i, stride ? offset : offset + i * 2 ** shift);
    });
  }

  #shift(buffer: number): number {
    return shiftOf((this.kernel.buffers[buffer] as KernelBuffer).memory);
  }

  #scale(shift: number): void {
    if (shift === 0) return;
    this.code.i32(shift);
    this.code.op("i32.shl");
  }
}

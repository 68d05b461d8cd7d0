// What a kernel is launched with: integers, floats, buffers and scratch memory, gathered as the
// kernel is written. A number has a role (an extent, a stride, …): one argument per role, so that
// equal numbers in different roles stay apart and one text serves every size.

import { bytesOf, type DType } from "../ir/dtype.ts";
import { CompileError } from "../ir/errors.ts";
import type { Argument, KernelBuffer, Register, Statement } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";

/** A number of the launch: fixed, or a constant of the graph that comes with each call. */
export type LaunchNumber = number | { readonly node: Node };

/** Where in memory a kernel's buffer comes from; the plan resolves it. */
export interface BufferUse {
  readonly source: Node;
  /** Elements from the start of the source. */
  readonly offset: number;
}

/** Scratch is laid out in cache lines, with one to spare between buffers. */
const line = 64;

export class LaunchArguments {
  readonly ints: number[] = [];
  readonly floats: LaunchNumber[] = [];
  readonly uses: BufferUse[] = [];
  readonly #external: KernelBuffer[] = [];
  readonly #internal: KernelBuffer[] = [];
  readonly #roles = new Map<string, number>();
  #scratchBytes = 0;

  int(value: number, role: string): Argument {
    const key = `i${role}`;
    let at = this.#roles.get(key);
    if (at === undefined) {
      at = this.ints.push(value) - 1;
      this.#roles.set(key, at);
    } else if (this.ints[at] !== value) {
      throw new CompileError(`launch argument ${role} is ${this.ints[at]} and ${value}`);
    }
    return { kind: "int", at, type: "index" };
  }

  float(value: LaunchNumber, type: Register, role: string): Argument {
    const key = `f${role}`;
    let at = this.#roles.get(key);
    if (at === undefined) {
      at = this.floats.push(value) - 1;
      this.#roles.set(key, at);
    }
    return { kind: "float", at, type };
  }

  /** Memory to read, beginning `offset` elements into a source. */
  reads(source: Node, offset: number): number {
    return this.#buffer(source, offset, false);
  }

  /** Memory to write, beginning `offset` elements into a node's value. */
  writes(node: Node, offset: number): number {
    return this.#buffer(node, offset, true);
  }

  #buffer(source: Node, offset: number, write: boolean): number {
    const key = `b${source.id}:${offset}:${write}`;
    const old = this.#roles.get(key);
    if (old !== undefined) return old;
    const at = this.#external.push({ memory: source.dtype, write }) - 1;
    this.uses.push({ source, offset });
    this.#roles.set(key, at);
    return at;
  }

  /** Memory of a thread's own. Negative until `placed`: scratch buffers follow all external ones. */
  scratch(memory: DType, elements: number): number {
    const at = this.ints.push(this.#scratchBytes) - 1;
    this.#scratchBytes += Math.ceil((elements * bytesOf(memory)) / line) * line + line;
    return this.inScratch(memory, at);
  }

  /** Memory of a thread's own that begins where a launch argument says. */
  protected inScratch(memory: DType, at: number): number {
    return -this.#internal.push({ memory, write: true, scratch: at });
  }

  /** Statements with the buffers' numbers in the finished kernel. */
  protected placed(statements: readonly Statement[]): Statement[] {
    return statements.map((s) => {
      if ("buffer" in s)
        return s.buffer >= 0 ? s : { ...s, buffer: this.#external.length - s.buffer - 1 };
      if (!("body" in s)) return s;
      const body = this.placed(s.body);
      return "otherwise" in s && s.otherwise
        ? { ...s, body, otherwise: this.placed(s.otherwise) }
        : { ...s, body };
    });
  }

  protected launch(): { buffers: KernelBuffer[]; scratchBytes: number } {
    return { buffers: [...this.#external, ...this.#internal], scratchBytes: this.#scratchBytes };
  }
}

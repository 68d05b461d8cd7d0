// What the compiler may know of a target, and what a renderer gives back. Passes ask for a property,
// never for a target's name.

import type { Kernel } from "../ir/kernel.ts";
import type { Optimization } from "../ir/optimizations.ts";

/** What the compiler may know of a machine. */
export interface Target {
  /** Bytes of the widest vector register worth using. */
  readonly vectorBytes: number;
  /** Vector registers a register tile may use. */
  readonly vectorRegisters: number;
  /** Whether vectors of 64-bit floats exist beside 32-bit integers in one kernel. */
  readonly mixedWidths: boolean;
  /** Whether fma rounds once. */
  readonly fma: boolean;
  /** How memory is asked for ahead of need; where it is absent, only the next row of several passes is. */
  readonly prefetching?: Prefetching;
  /** How sums along rows are taken several rows at a time; where it is absent, each is on its own. */
  readonly rowSums?: RowSums;
  /** Threads that share a kernel's units, where that is known: how work is cut, never how it is summed. */
  readonly threads?: number;
  /**
   * Cache sizes in bytes that tiles are cut for; and the second one that forms of products are chosen
   * for and sums cut into pieces, the same on every machine. Default: l2
   */
  readonly cache: { readonly l1: number; readonly l2: number; readonly forms?: number };
  /** Optimizations that are turned off. */
  readonly without: ReadonlySet<Optimization>;
}

/**
 * How kernels ask for memory ahead. It travels with the targets that can, so that programs for others need
 * not load it; targets know no more of it than this.
 */
export interface Prefetching {
  /** Bytes of memory that come near at once. */
  readonly lineBytes: number;
}

/** How kernels sum along several rows at once. It travels with the targets that can, as asking ahead does. */
export interface RowSums {
  /** Vectors of sums that registers hold. */
  readonly vectors: number;
}

/** A kernel in the target's language; equal text means equal code. */
export interface Rendered<Code = string> {
  readonly name: string;
  readonly code: Code;
}

/** What turns a kernel into the code of a target. */
export type Renderer<Code = string> = (kernel: Kernel, name: string) => Rendered<Code>;

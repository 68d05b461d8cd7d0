// What the compiler may know of a target, and what a renderer gives back. Passes ask for a property,
// never for a target's name.

import type { Kernel, Register } from "../ir/kernel.ts";

export interface Target {
  /** Bytes of the widest vector register worth using. */
  readonly vectorBytes: number;
  /** Vector registers a register tile may use. */
  readonly vectorRegisters: number;
  /** Whether vectors of 64-bit floats exist beside 32-bit integers in one kernel. */
  readonly mixedWidths: boolean;
  /** Whether fma rounds once. */
  readonly fma: boolean;
  /** Cache sizes in bytes that tiles are cut for. */
  readonly cache: { readonly l1: number; readonly l2: number };
}

/** Lanes of a kernel whose registers hold these types. */
export function lanesFor(target: Target, types: Iterable<Register>): number {
  let wide = false;
  let narrow = false;
  for (const type of types) {
    if (type === "f64") wide = true;
    else if (type === "f32" || type === "i32" || type === "u32") narrow = true;
  }
  if (!wide) return target.vectorBytes / 4;
  return narrow && !target.mixedWidths ? 1 : target.vectorBytes / 8;
}

/** A kernel in the target's language; equal text means equal code. */
export interface Rendered<Code = string> {
  readonly name: string;
  readonly code: Code;
}

export type Renderer<Code = string> = (kernel: Kernel, name: string) => Rendered<Code>;

// Memory asked for before it is needed, as far as kernels have places for it. How it is asked for comes
// with the target, and what compiles for WebAssembly alone need not load how: there a kernel asks for
// the next row of several passes (row-ahead.ts), as everywhere, and for nothing else.

import type { Atom } from "../../ir/kernel.ts";
import type { Target } from "../../render/renderer.ts";
import type { Axis, Index } from "../affine.ts";
import type { KernelBuilder } from "../builder.ts";
import type { Emission } from "../emission.ts";
import type { Expression } from "../expression.ts";
import type { Copy } from "./contract-copy.ts";
import type { ContractPlan } from "./contract-plan.ts";
import type { ContractScratch } from "./contract-scratch.ts";
import type { Loop } from "./loops.ts";
import type { Result } from "./lowered-job.ts";

export interface NestAhead {
  readonly roots: readonly Expression[];
  readonly results: readonly Result[];
  /** The loops of a turn's row, the outermost first, and all loops of the kernel. */
  readonly inner: readonly Loop[];
  readonly all: readonly Loop[];
  readonly indices: readonly Index[];
}

/** What a target's way of asking is to the compiler. */
export interface Prefetches extends NonNullable<Target["prefetching"]> {
  /** Ask for what the sums of a tile, at a place in memory for sums, came to before the term `from`. */
  sums(emission: Emission, plan: ContractPlan, sums: number, sum: Atom, from: Atom): void;
  /** Ask for what the results of a row of a tile will touch in some columns. */
  row(emission: Emission, plan: ContractPlan, row: Atom, columns: readonly [Atom, Atom]): void;
  /** What asks, at each row of a copy, for what a row further on is made of; undefined if nothing does. */
  copy(emission: Emission, copy: Copy, axis: Axis): ((row: Atom) => void) | undefined;
  /** What asks, at a term's rows of a tile, for those of a later one; undefined if nothing does. */
  terms(
    b: KernelBuilder,
    plan: ContractPlan,
    scratch: ContractScratch,
  ): ((place: Atom) => void) | undefined;
  /** What asks, in a turn of a nest of loops, for what the next one touches. `written`: loops within */
  nest(request: NestAhead): ((emission: Emission, written: readonly Loop[]) => void) | undefined;
}

export const prefetchesOf = ({ prefetching, without }: Target): Prefetches | undefined =>
  without.has("prefetch") ? undefined : (prefetching as Prefetches | undefined);

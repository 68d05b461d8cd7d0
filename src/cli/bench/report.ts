// What a sitting found, as data: `--json` prints it piece by piece, tables and docs/benchmarks.md are
// made from it.

import type { Comparison } from "./compare.ts";
import type { Machine } from "./machine.ts";

/** The same workload by two of ours; `ratio` is how many times as long the other takes. */
export interface OwnComparison {
  readonly workload: string;
  readonly ours: number;
  readonly other: number;
  readonly ratio: number;
}

/** Times from nothing, in ms. */
export interface StartTime {
  readonly what: string;
  readonly ours: number;
  readonly theirs?: number;
}

/** Peak resident memory over that after the import, and of tensors and arenas, in bytes. */
export interface MemoryPeak {
  readonly workload: string;
  readonly ours: number;
  readonly tensors: number;
  readonly theirs?: number;
}

export interface GrowthCurve {
  readonly title: string;
  readonly along: string;
  /** Times in ms. */
  readonly points: readonly {
    readonly size: number;
    readonly ours: number;
    readonly theirs?: number;
  }[];
  /** The p of time ≈ c·sizeᵖ. */
  readonly exponent: number;
  readonly theirExponent?: number;
}

export interface BenchReport {
  readonly machine: Machine;
  /** Ours and the peers, with versions. */
  readonly participants: readonly string[];
  readonly missing: readonly { readonly peer: string; readonly reason: string }[];
  /** By the name of their set. */
  readonly comparisons: Readonly<Record<string, readonly Comparison[]>>;
  readonly compiled?: readonly OwnComparison[];
  readonly threads?: readonly OwnComparison[];
  readonly start?: readonly StartTime[];
  readonly memory?: readonly MemoryPeak[];
  readonly growth?: readonly GrowthCurve[];
}

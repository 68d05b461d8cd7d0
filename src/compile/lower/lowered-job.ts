// A kernel with its launch, sources not yet placed in memory.

import { bytesOf } from "../../ir/dtype.ts";
import type { Kernel } from "../../ir/kernel.ts";
import type { Node } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import type { Axis, Index } from "../affine.ts";
import type { KernelBuilder } from "../builder.ts";
import type { Expression } from "../expression.ts";
import { readsOf } from "../expression-walk.ts";
import type { BufferUse, LaunchNumber } from "../launch-arguments.ts";
import { operationsOf } from "../operations.ts";

/** The outermost loops of a job, which its units walk in order: what strips are cut from. */
export interface Leading {
  /** The last runs fastest. */
  readonly axes: readonly Axis[];
  /** Units for one turn; where a unit may have many turns, the launch argument that says how many. */
  readonly each: { readonly units: number } | { readonly argument: number };
}

export interface LoweredJob {
  readonly kernel: Kernel;
  readonly uses: readonly BufferUse[];
  readonly ints: readonly number[];
  readonly floats: readonly LaunchNumber[];
  readonly units: number;
  readonly scratch: number;
  readonly flops: number;
  readonly bytes: number;
  /** Whether it looks for indices out of range. */
  readonly reports: boolean;
  /** Whether it gives the same in each turn of the loop around, if there is one. */
  readonly once: boolean;
  /** Where each source is read and each result written, to know what may share memory. */
  readonly reads: ReadonlyMap<Node, readonly Index[]>;
  readonly writes: ReadonlyMap<Node, Index>;
  /** Undefined where units are something else than turns of loops. */
  readonly leading: Leading | undefined;
}

/** A value to write: `index` is where it stands in the node's own memory. */
export interface Result {
  readonly node: Node;
  readonly value: Expression;
  readonly index: Index;
}

export interface JobFacts {
  readonly name: string;
  readonly units: number;
  /** Besides the arithmetic of the roots. Default: none */
  readonly flops?: number;
  /** Default: every buffer whole, once. */
  readonly bytes?: number;
  /** Default: false */
  readonly once?: boolean;
  /** The expressions whose values the kernel takes. */
  readonly roots: readonly Expression[];
  readonly writes: ReadonlyMap<Node, Index>;
  /** Default: none */
  readonly leading?: Leading | undefined;
}

export function finishJob(b: KernelBuilder, facts: JobFacts): LoweredJob {
  const { kernel, scratchBytes } = b.finish(facts.name);
  return {
    kernel,
    uses: b.uses,
    ints: b.ints,
    floats: b.floats,
    units: facts.units,
    scratch: scratchBytes,
    flops: (facts.flops ?? 0) + operationsOf(facts.roots),
    bytes: facts.bytes ?? bytesOfBuffers(b),
    reports: b.canReport,
    once: facts.once ?? false,
    reads: readsOf(facts.roots),
    writes: facts.writes,
    leading: facts.leading,
  };
}

/** Bytes of everything a kernel reads and writes, of each tensor at most `most` elements. */
export function bytesOfBuffers(b: KernelBuilder, most: number = Infinity): number {
  let bytes = 0;
  for (const node of new Set(b.uses.map((u) => u.source)))
    bytes += Math.min(sizeOf(node.shape), most) * bytesOf(node.dtype);
  return bytes;
}

export const writesOf = (results: readonly Result[]): Map<Node, Index> =>
  new Map(results.map((r) => [r.node, r.index]));

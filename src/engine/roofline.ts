// Kernels held against what the device does at best: each step's time, operations and bytes a second,
// and the part of its time that it would take at the ceiling. As data, for whoever draws it.
//
// Source: Williams, Waterman and Patterson 2009, Roofline: an insightful visual performance model for
// multicore architectures. Here the memory's ceiling depends on how much a kernel moves.

import type { Work } from "../ir/program.ts";
import { bandwidthAt, type Ceilings } from "./ceilings.ts";
import type { ExplainedProgram, ExplainedStep } from "./profile.ts";

/** One step of a program beside the limits of the machine. */
export interface RooflineStep {
  /** The kernel, and the sizes that it runs at. */
  readonly label: string;
  /** On paper, of one time. */
  readonly work: Work;
  /** How often a run comes to it. */
  readonly times: number;
  /** Which ceiling is the lower one for it. */
  readonly bound: "flops" | "bytes";
  /** Milliseconds that all its times in a run take at the ceiling. */
  readonly leastMs: number;
  /** What was measured; undefined where the device does not time its steps, or it has not run. */
  readonly measured: Measured | undefined;
}

/** What a run of a program was measured to take. */
export interface Measured {
  /** Milliseconds of all its times in a run. */
  readonly ms: number;
  /** Operations and bytes a second. */
  readonly flops: number;
  readonly bytes: number;
  /** Part of the time of all steps, and of the ceiling that it reaches: 1 is all. */
  readonly ofTime: number;
  readonly ofCeiling: number;
}

/** A program, its steps in the order they run, and the sum over them. */
export interface Roofline {
  readonly device: string;
  readonly kernelCount: number;
  readonly ceilings: Ceilings;
  readonly steps: readonly RooflineStep[];
  /** Operations and bytes of a run. */
  readonly work: Work;
  readonly leastMs: number;
  readonly measured: Measured | undefined;
}

/** A program's profile held against ceilings. */
export function rooflineOf(program: ExplainedProgram, ceilings: Ceilings): Roofline {
  const { device, kernelCount } = program;
  const total = program.steps.reduce((sum, step) => sum + (msOf(step) ?? 0), 0);
  const steps = program.steps.map((step): RooflineStep => {
    const { label, work, times } = step;
    const flopsMs = (1000 * times * work.flops) / ceilings.flops;
    const bytesMs = (1000 * times * work.bytes) / bandwidthAt(ceilings, work.bytes);
    const leastMs = Math.max(flopsMs, bytesMs);
    const measured = measure(msOf(step), { work: inRun(step), leastMs, total });
    return { label, work, times, bound: flopsMs > bytesMs ? "flops" : "bytes", leastMs, measured };
  });
  const work = program.steps
    .map(inRun)
    .reduce((sum, step) => ({ flops: sum.flops + step.flops, bytes: sum.bytes + step.bytes }), {
      flops: 0,
      bytes: 0,
    });
  const leastMs = steps.reduce((sum, step) => sum + step.leastMs, 0);
  const measured = measure(total || undefined, { work, leastMs, total });
  return { device, kernelCount, ceilings, steps, work, leastMs, measured };
}

/** Milliseconds of all times in a run. */
const msOf = ({ time, times }: ExplainedStep): number | undefined =>
  time && time.runs > 0 ? (times * time.ms) / time.runs : undefined;

const inRun = ({ work, times }: ExplainedStep): Work => ({
  flops: times * work.flops,
  bytes: times * work.bytes,
});

function measure(
  ms: number | undefined,
  { work, leastMs, total }: { work: Work; leastMs: number; total: number },
): Measured | undefined {
  if (ms === undefined) return undefined;
  // A step may be too short for the clock.
  const per = (amount: number): number => (ms > 0 ? amount / ms : 0);
  return {
    ms,
    flops: 1000 * per(work.flops),
    bytes: 1000 * per(work.bytes),
    ofTime: total > 0 ? ms / total : 0,
    ofCeiling: per(leastMs),
  };
}

// A program: kernels in the order they run, and where their data lies. It is what compiling a graph
// gives and what a device loads. Memory is named by slots: the program's inputs and outputs, and an
// arena for everything between.

import type { Kernel } from "./kernel.ts";
import type { Node } from "./node.ts";

/** What to compute: outputs from inputs; `constants` are `const` nodes whose values come with each call. */
export interface Graph {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  readonly constants: readonly Node[];
  /** Per output: the input whose storage it may overwrite (a cell's old value), or -1. */
  readonly replaces: readonly number[];
}

/** Bytes from the start of a slot; in a loop, moved by `advance[level]` each iteration (outermost first). */
export interface Location {
  readonly slot: Slot;
  readonly offset: number;
  readonly advance: readonly number[];
}

export type Slot =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "output"; readonly index: number }
  | { readonly kind: "arena" };

/** One kernel over one set of arguments. */
export interface Job {
  /** Index into Program.kernels. */
  readonly kernel: number;
  readonly buffers: readonly Location[];
  readonly ints: readonly number[];
  /** A number, or the constant slot it comes from. */
  readonly floats: readonly (number | { readonly constant: number })[];
  readonly units: number;
  /** Bytes of scratch a thread needs. */
  readonly scratch: number;
}

/** One step of a program. */
export type Step =
  /** Independent jobs: their units may run in any order; the step ends when all are done. */
  | {
      readonly kind: "launch";
      readonly jobs: readonly Job[];
      readonly label: string;
      readonly work: Work;
    }
  | { readonly kind: "loop"; readonly count: number; readonly steps: readonly Step[] };

/** How often a run comes to each launch, in the order of the steps. */
export function launchCounts(steps: readonly Step[], times = 1): number[] {
  return steps.flatMap((step) =>
    step.kind === "loop" ? launchCounts(step.steps, times * step.count) : [times],
  );
}

/**
 * How many of the outer steps come before the first that writes over an input: up to there a run can
 * be given up and has changed nothing.
 */
export function stepsBeforeOverwriting({ steps, inPlace }: Program): number {
  const overwrites = (step: Step): boolean =>
    step.kind === "loop"
      ? step.steps.some(overwrites)
      : step.jobs.some(({ buffers }) =>
          buffers.some(({ slot }) => slot.kind === "output" && inPlace[slot.index]),
        );
  const at = steps.findIndex(overwrites);
  return at < 0 ? steps.length : at;
}

/** The same, counted in launches as `launchCounts` lists them. */
export const launchesBeforeOverwriting = (program: Program): number =>
  launchCounts(program.steps.slice(0, stepsBeforeOverwriting(program))).length;

/** What a step costs on paper. */
export interface Work {
  /** Operations, each value made once; a function counts as the instructions of its polynomial. */
  readonly flops: number;
  /** Read and written. */
  readonly bytes: number;
}

/** Kernels and the steps that run them, with the memory that they need. */
export interface Program {
  readonly kernels: readonly Kernel[];
  readonly steps: readonly Step[];
  readonly arenaBytes: number;
  readonly scratchBytes: number;
  /** Per output: whether it may be bound to the storage of the input it replaces. */
  readonly inPlace: readonly boolean[];
  /** How many kernels the schedule cut the graph into (a kernel may take several launches). */
  readonly kernelCount: number;
  /** Status codes that `report` may give, with the operation each stands for. */
  readonly reports: readonly string[];
}

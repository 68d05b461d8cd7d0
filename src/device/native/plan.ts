// A program as the launcher's tape: every number it needs, in the order in which launcher-plan.ts
// reads them. Slots become positions in one table: inputs, outputs, arena.

import { CompileError } from "../../ir/errors.ts";
import {
  type Job,
  type Location,
  type Program,
  type Step,
  stepsBeforeOverwriting,
} from "../../ir/program.ts";

/** What a program is called with. */
export interface Signature {
  /** Bytes that each input must have. */
  readonly inputs: readonly number[];
  /** Bytes that each output must have. */
  readonly outputs: readonly number[];
  /** How many constants come with each call. */
  readonly constants: number;
}

export function packPlan(program: Program, signature: Signature, threads: number): Float64Array {
  const steps: number[] = [];
  let launches = 0;
  let entries = 0;
  let patches = 0;
  let depth = 0;
  let scratch = program.scratchBytes;

  const slotOf = ({ slot }: Location): number => {
    const count = slot.kind === "arena" ? 1 : signature[`${slot.kind}s`].length;
    const index = slot.kind === "arena" ? 0 : slot.index;
    if (!(index >= 0 && index < count)) {
      throw new CompileError(`plan: ${slot.kind} ${index} is not one of ${count}`);
    }
    if (slot.kind === "input") return index;
    return signature.inputs.length + (slot.kind === "output" ? index : signature.outputs.length);
  };

  const packJob = (job: Job, level: number): void => {
    const kernel = program.kernels[job.kernel];
    if (!kernel) throw new CompileError(`plan: there is no kernel ${job.kernel}`);
    const external = kernel.buffers.filter((b) => b.scratch === undefined).length;
    if (
      external !== job.buffers.length ||
      kernel.ints > job.ints.length ||
      kernel.floats > job.floats.length
    ) {
      throw new CompileError(
        `plan: kernel ${kernel.name} takes ${external} buffers, ${kernel.ints} ints and ${kernel.floats} floats, ` +
          `and is given ${job.buffers.length}, ${job.ints.length} and ${job.floats.length}`,
      );
    }
    scratch = Math.max(scratch, job.scratch);
    steps.push(job.kernel, job.units, job.buffers.length);
    for (const at of job.buffers) {
      if (at.advance.length > level) {
        throw new CompileError(
          `plan: kernel ${kernel.name} advances in more loops than surround it`,
        );
      }
      steps.push(slotOf(at), at.offset, at.advance.length, ...at.advance);
    }
    steps.push(job.ints.length);
    for (const int of job.ints) steps.push(int);
    steps.push(job.floats.length);
    for (const float of job.floats) {
      if (typeof float === "number") {
        steps.push(-1, float);
        continue;
      }
      if (!(float.constant >= 0 && float.constant < signature.constants)) {
        throw new CompileError(
          `plan: constant ${float.constant} is not one of ${signature.constants}`,
        );
      }
      patches++;
      steps.push(float.constant, 0);
    }
  };

  const pack = (list: readonly Step[], level: number): void => {
    depth = Math.max(depth, level);
    for (const step of list) {
      entries++;
      if (step.kind === "loop") {
        steps.push(step.count, 0);
        const at = steps.length - 1;
        const before = entries;
        pack(step.steps, level + 1);
        steps[at] = entries - before;
        continue;
      }
      launches++;
      steps.push(-1, step.work.flops + step.work.bytes, step.jobs.length);
      for (const job of step.jobs) packJob(job, level);
    }
  };
  pack(program.steps, 0);

  const head = [
    threads,
    signature.inputs.length,
    signature.outputs.length,
    signature.constants,
    depth,
    launches,
    entries,
    patches,
    entriesOf(program.steps.slice(0, stepsBeforeOverwriting(program))),
    program.arenaBytes,
    scratch,
  ];
  return Float64Array.from([...head, ...signature.inputs, ...signature.outputs].concat(steps));
}

const entriesOf = (steps: readonly Step[]): number =>
  steps.reduce((n, step) => n + 1 + (step.kind === "loop" ? entriesOf(step.steps) : 0), 0);

/** The launches of a program in the order in which the launcher counts them. */
export function launchesOf(steps: readonly Step[]): Extract<Step, { kind: "launch" }>[] {
  return steps.flatMap((step) => (step.kind === "loop" ? launchesOf(step.steps) : [step]));
}

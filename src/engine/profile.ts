// What ran: programs and their steps as data, for explain(), Studio and reports. Nothing is kept
// unless somebody listens.

import type { Executable } from "../device/device.ts";
import type { Work } from "../ir/program.ts";

/** One step of a program, as data. */
export interface ExplainedStep {
  /** The kernel, and the sizes that it runs at. */
  readonly label: string;
  /** On paper, of one time. */
  readonly work: Work;
  /** How often a run comes to it: more than once in a loop. */
  readonly times: number;
  /** Text of the kernels, where the device has one. */
  readonly source: string | undefined;
  /** Milliseconds in this step so far and how often it ran, where the device measures. */
  readonly time: { readonly ms: number; readonly runs: number } | undefined;
}

/** What a program does, as data. */
export interface ExplainedProgram {
  readonly device: string;
  readonly kernelCount: number;
  readonly steps: readonly ExplainedStep[];
  /** Milliseconds that compiling took; 0 if it was in the cache. */
  readonly compileMs: number;
}

/** A program as data. */
export function explainProgram(device: string, executable: Executable): ExplainedProgram {
  const times = executable.profile?.() ?? [];
  return {
    device,
    kernelCount: executable.kernelCount,
    steps: executable.steps.map((step, i) => ({
      label: step.label,
      work: step.work,
      times: step.times ?? 1,
      source: step.source?.(),
      time: times[i] && { ...times[i] },
    })),
    compileMs: compileTimes.get(executable) ?? 0,
  };
}

interface Recording {
  /** Programs in the order they first ran, with their devices. */
  readonly programs: Map<Executable, string>;
}

let recording: Recording | undefined;
const compileTimes = new WeakMap<Executable, number>();
let compiled = 0;

/** Every program compiled by any device is announced here. */
export function recordProgram(_device: string, executable: Executable, ms: number): void {
  compiled++;
  compileTimes.set(executable, ms);
}

/** How many programs have been compiled since the process began: what tests of caching count. */
export const compiledPrograms = (): number => compiled;

/** Every run is announced here. */
export function recordRun(device: string, executable: Executable): void {
  if (recording === undefined || recording.programs.has(executable)) return;
  recording.programs.set(executable, device);
}

/** Does some work and lists the programs that ran in it. */
export function recordPrograms(work: () => void): ExplainedProgram[] {
  const outer = recording;
  const mine: Recording = { programs: new Map() };
  recording = mine;
  try {
    work();
  } finally {
    recording = outer;
  }
  return [...mine.programs].map(([executable, device]) => explainProgram(device, executable));
}

// What ran: programs and their steps as data, for explain(), Studio and reports. Nothing is kept
// unless somebody listens.

import type { Executable } from "../device/device.ts";
import type { Work } from "../ir/program.ts";

export interface ExplainedStep {
  readonly label: string;
  readonly work: Work;
  /** Text of the kernels, where the device has one. */
  readonly source: string | undefined;
  /** Milliseconds in this step so far and how often it ran, where the device measures. */
  readonly time: { readonly ms: number; readonly runs: number } | undefined;
}

export interface ExplainedProgram {
  readonly device: string;
  readonly kernelCount: number;
  readonly steps: readonly ExplainedStep[];
  /** Milliseconds that compiling took; 0 if it was in the cache. */
  readonly compileMs: number;
}

/** A program as data. */
export function explainProgram(
  device: string,
  executable: Executable,
  compileMs = 0,
): ExplainedProgram {
  const times = executable.profile?.() ?? [];
  return {
    device,
    kernelCount: executable.kernelCount,
    steps: executable.steps.map(({ label, work, source }, i) => ({
      label,
      work,
      source: source?.(),
      time: times[i],
    })),
    compileMs,
  };
}

interface Recording {
  /** Programs in the order they first ran, with the time they took to compile. */
  readonly programs: Map<Executable, { device: string; compileMs: number }>;
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
  recording.programs.set(executable, { device, compileMs: compileTimes.get(executable) ?? 0 });
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
  return [...mine.programs].map(([executable, { device, compileMs }]) =>
    explainProgram(device, executable, compileMs),
  );
}

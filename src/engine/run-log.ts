// What the debug dial tells of runs: how a program's steps did in its first run, then on
// average up to the 10th, the 100th, …: a training loop says a little more each time, and never
// floods.

import type { Device, Executable } from "../device/device.ts";
import { type Ceilings, measureCeilings } from "./ceilings.ts";
import { debugPrint } from "./debug-print.ts";
import { rooflineOf } from "./roofline.ts";
import { ceilingsLine, rooflineTable } from "./roofline-text.ts";

type Times = readonly { readonly ms: number; readonly runs: number }[];

interface Log {
  runs: number;
  /** The run after which to tell next, and what had been told of. */
  next: number;
  told: number;
  times: Times;
}

const logs = new WeakMap<Executable, Log>();
const known = new WeakMap<Device, { readonly ready: number; readonly ceilings: Ceilings }>();

/** A run has ended. */
export function printRun(device: Device, executable: Executable): void {
  const { name } = device;
  const { kernelCount } = executable;
  const log = logs.get(executable) ?? { runs: 0, next: 1, told: 0, times: [] };
  logs.set(executable, log);
  log.runs++;
  if (log.runs < log.next) return;
  const times = (executable.profile?.() ?? []).map((time) => ({ ...time }));
  const ceilings = ceilingsOf(device);
  debugPrint(
    `${name}: ${log.runs === 1 ? "run 1" : `mean of runs ${log.told + 1} to ${log.runs}`}`,
  );
  const steps = executable.steps.map(({ label, work, times: count = 1 }, i) => {
    const time = times[i] && since(log.times[i], times[i]);
    return { label, work, times: count, source: undefined, time };
  });
  const program = { device: name, kernelCount, steps, compileMs: 0 };
  for (const line of rooflineTable(rooflineOf(program, ceilings))) debugPrint(`  ${line}`);
  Object.assign(log, { next: 10 * log.runs, told: log.runs, times });
}

function since(before: Times[number] | undefined, now: Times[number]): Times[number] {
  return { ms: now.ms - (before?.ms ?? 0), runs: now.runs - (before?.runs ?? 0) };
}

/** Measured when they are needed first, and again when threads have joined. */
function ceilingsOf(device: Device): Ceilings {
  const ready = device.ready ?? device.threads;
  const old = known.get(device);
  if (old?.ready === ready) return old.ceilings;
  const ceilings = measureCeilings(device);
  known.set(device, { ready, ceilings });
  debugPrint(`${device.name}: ${ceilingsLine(ceilings)}`);
  return ceilings;
}

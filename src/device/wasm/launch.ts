// Calls a launch's kernels on the thread that runs the program: all units, or chunk by chunk beside
// the workers, who do the same from the control page (worker-source.ts).

import { now } from "../host.ts";
import * as control from "./control.ts";
import * as jobWords from "./job-words.ts";
import * as launchWords from "./launch-words.ts";
import type { JobCode, Launch } from "./layout.ts";
import type { LinearMemory } from "./memory.ts";
import * as own from "./thread-words.ts";

/** How far a run is in a launch. */
export interface Position {
  /** Whether workers take part: then the control page says how far it is. */
  readonly shared: boolean;
  job: number;
  unit: number;
}

/** All units on this thread, from where it stands; false if time ran out before the end. */
export function alone(
  jobs: readonly JobCode[],
  scratch: number,
  position: Position,
  deadline: number,
): boolean {
  const status = 4 * (own.threadWord(0) + own.status);
  const timed = deadline < Infinity;
  for (; position.job < jobs.length; position.job++) {
    const { call, buffers, ints, floats, units, chunk } = jobs[position.job] as JobCode;
    while (position.unit < units) {
      const begin = position.unit;
      position.unit = Math.min(units, begin + chunk);
      call(buffers, ints, floats, begin, position.unit, scratch, status);
      if (timed && position.unit < units && now() > deadline) return false;
    }
    position.unit = 0;
  }
  return true;
}

/** Chunks for as long as there are any, beside the workers; false if time ran out before that. */
export function takePart(
  memory: LinearMemory,
  launch: Launch,
  scratch: number,
  deadline: number,
): boolean {
  const { words } = memory;
  const code = launch.words as Int32Array;
  const chunks = code[launchWords.chunks] as number;
  const mine = own.threadWord(0);
  const status = 4 * (mine + own.status);
  const timed = deadline < Infinity;
  let at = 0;
  let next = launchWords.size + jobWords.size + jobWords.first;
  for (;;) {
    const chunk = Atomics.add(words, control.next, 1);
    if (chunk >= chunks) return true;
    while (at + 1 < launch.jobs.length && chunk >= (code[next] as number)) {
      at++;
      next += jobWords.size;
    }
    const job = launch.jobs[at] as JobCode;
    const begin = (chunk - (code[next - jobWords.size] as number)) * job.chunk;
    const end = Math.min(job.units, begin + job.chunk);
    job.call(job.buffers, job.ints, job.floats, begin, end, scratch, status);
    if (words[mine + own.status] !== 0 && (words[mine + own.chunk] as number) < 0) {
      words[mine + own.chunk] = chunk;
    }
    if (timed && now() > deadline) return false;
  }
}

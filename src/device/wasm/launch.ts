// Calls a launch's kernels on the thread that runs the program: all units, or chunk by chunk beside
// the workers, who do the same from the control page (worker-source.ts).

import { control, jobWords, launchWords, own, threadWord } from "./control.ts";
import type { JobCode, Launch } from "./layout.ts";
import type { LinearMemory } from "./memory.ts";

/** All units on this thread. */
export function alone(jobs: readonly JobCode[], scratch: number): void {
  const status = 4 * (threadWord(0) + own.status);
  for (let i = 0; i < jobs.length; i++) {
    const { call, buffers, ints, floats, units, chunk } = jobs[i] as JobCode;
    for (let begin = 0; begin < units; begin += chunk) {
      call(buffers, ints, floats, begin, Math.min(units, begin + chunk), scratch, status);
    }
  }
}

/** Chunks for as long as there are any, beside the workers. */
export function takePart(memory: LinearMemory, launch: Launch, scratch: number): void {
  const { words } = memory;
  const code = launch.words as Int32Array;
  const chunks = code[launchWords.chunks] as number;
  const mine = threadWord(0);
  const status = 4 * (mine + own.status);
  let at = 0;
  let next = launchWords.size + jobWords.size + jobWords.first;
  for (;;) {
    const chunk = Atomics.add(words, control.next, 1);
    if (chunk >= chunks) return;
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
  }
}

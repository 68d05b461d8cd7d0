// The loops of the memory promise, run in child processes, two at a time.

import { answerOf, bundleScene, scratchFolder, startChild } from "./child.ts";

export interface Held {
  readonly rss: number;
  readonly live: number;
  readonly peak: number;
}

export interface LoopResult {
  /** After a tenth of the steps. */
  readonly early: Held;
  /** After all. */
  readonly late: Held;
  /** Steps a second, for people. */
  readonly rate: number;
  readonly loss: number;
}

export const loopForms = [
  "read each step",
  "awaited each step",
  "none read for 1,000 steps",
  "the last 100 held",
] as const;

export const loopKinds = ["compiled", "eager"] as const;

/**
 * V8 doubles its young generation when it sees fit, from 3 to 48 MiB of the process in all; here it
 * has its full size from the start. Its helper threads fall behind on a busy machine, and the
 * system's allocator keeps what that took; here there are none. What grows then is ours.
 */
const steadyCollector = [
  "--min-semi-space-size=16",
  "--max-semi-space-size=16",
  "--single-threaded-gc",
];

/** All forms on some devices; each result under "device kind form". */
export async function runLoops(
  devices: readonly string[],
  steps: Readonly<Record<(typeof loopKinds)[number], number>>,
): Promise<ReadonlyMap<string, LoopResult>> {
  const folder = scratchFolder();
  const results = new Map<string, LoopResult>();
  try {
    const program = bundleScene("memory-scene.ts", folder.path);
    const waiting = devices.flatMap((device) =>
      loopKinds.flatMap((kind) => loopForms.map((form) => ({ device, kind, form }))),
    );
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { device, kind, form } = next;
        const { ended } = startChild(program, [device, kind, form, `${steps[kind]}`], {
          flags: ["--expose-gc", ...steadyCollector],
          timeout: 600_000,
        });
        results.set(`${device} ${kind} ${form}`, answerOf<LoopResult>(await ended));
      }
    };
    await Promise.all([work(), work()]);
  } finally {
    folder.remove();
  }
  return results;
}

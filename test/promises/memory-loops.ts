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
 * What V8 takes and gives back in its own time, held still, so that what grows is ours:
 * its young generation doubles when it sees fit, from 3 to 48 MiB of the process in all; its helper
 * threads fall behind on a busy machine; and optimised code may put objects of every step straight
 * among the old ones, where they and all they hold stay until the next full collection. Memory so
 * taken for a while stays with the system's allocator, some 10 to 20 MiB, once.
 */
const steadyCollector = [
  "--min-semi-space-size=16",
  "--max-semi-space-size=16",
  "--single-threaded-gc",
  "--no-allocation-site-pretenuring",
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

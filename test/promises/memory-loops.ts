// The loops of the memory promise, run in child processes, two at a time.

import { answerOf, bundleScene, scratchFolder, startChild } from "./child.ts";

export interface Held {
  /** Bytes of the whole process. */
  readonly rss: number;
  /** Those of V8's young generation. */
  readonly young: number;
  /** Bytes of tensors. */
  readonly live: number;
  readonly peak: number;
}

export interface LoopResult {
  /** After a tenth of the steps, in the middle of things. */
  readonly early: Held;
  /** After all, likewise. */
  readonly late: Held;
  /** Later still, with all garbage collected. */
  readonly rest: Held;
  /** Steps a second, for people. */
  readonly rate: number;
  readonly loss: number;
}

/**
 * Bytes of a process beside V8's young generation. Under Node's default flags that one doubles, from
 * 1 to 16 MiB and with it the process, whenever as many bytes have survived its collections, summed
 * since the last time, as it is large: sooner or later in every program that holds anything at all
 * (docs/decisions/0009-memory-of-a-loop.md has the smallest). It is V8's own room and not a leak.
 */
export const beside = ({ rss, young }: Held): number => rss - young;

export const loopForms = [
  "read each step",
  "awaited each step",
  "none read for 1,000 steps",
  "the last 100 held",
] as const;

export const loopKinds = ["compiled", "eager"] as const;

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

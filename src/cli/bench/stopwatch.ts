// How a step is timed: after two of warm-up, over a stretch of time, as a median.

/** Time in ms; never runs backwards. */
export type Clock = () => number;

/** Fewest steps that count, however long they take. */
const fewest = 5;

/** The middle one of some numbers, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2;
}

/**
 * The median time of a step, in ms.
 *
 * @param seconds  steps are counted until this much time has passed, and at least five
 */
export async function medianTime(
  step: () => Promise<unknown>,
  seconds: number,
  clock: Clock = () => performance.now(),
): Promise<number> {
  for (let i = 0; i < 2; i++) await step();
  const times: number[] = [];
  const begun = clock();
  while (times.length < fewest || clock() - begun < 1000 * seconds) {
    const start = clock();
    await step();
    times.push(clock() - start);
  }
  return median(times);
}

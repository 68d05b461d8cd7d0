import { expect, test } from "vitest";
import { median, medianTime } from "../../../src/cli/bench/stopwatch.ts";

test("the median of an odd and of an even number of values", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

/** A clock that stands still except during steps, which take the times given, then the last. */
function fakeSteps(times: readonly number[]): {
  clock: () => number;
  step: () => Promise<void>;
  count: () => number;
} {
  let [now, steps] = [100, 0];
  return {
    clock: () => now,
    step: async () => {
      now += times[Math.min(steps++, times.length - 1)] as number;
    },
    count: () => steps,
  };
}

test("two steps of warm-up do not count, and at least five do", async () => {
  const { clock, step, count } = fakeSteps([900, 800, 5, 1, 4, 2, 3]);
  expect(await medianTime(step, 0, clock)).toBe(3);
  expect(count()).toBe(7);
});

test("steps are counted until the time is over", async () => {
  const { clock, step, count } = fakeSteps([10]);
  expect(await medianTime(step, 0.2, clock)).toBe(10);
  expect(count()).toBe(22);
});

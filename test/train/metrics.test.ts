import { tensor, useDevice } from "hebb";
import {
  accuracy,
  type EpochEvent,
  earlyStopping,
  type RunContext,
  RunningMeans,
  topAccuracy,
} from "hebb/train";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(() => useDevice("reference"));

const logits = () =>
  tensor([
    [3, 1, 2],
    [0, 5, 1],
    [9, 0, 8],
    [1, 2, 3],
  ]);

describe("accuracy", () => {
  test("of labels of any integer type, and of one-hot rows", async () => {
    const labels = [0, 1, 2, 0];
    for (const dtype of ["u8", "i32", "u32"] as const) {
      expect(await accuracy(logits(), tensor(labels, { dtype })).item()).toBe(0.5);
    }
    const rows = tensor([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(await accuracy(logits(), rows).item()).toBe(0.5);
  });

  test("of one output an example, by its sign", async () => {
    const labels = tensor([1, 0, 0], { dtype: "u8" });
    expect(await accuracy(tensor([2, -1, 0.5]), labels).item()).toBeCloseTo(2 / 3, 6);
  });

  test("topAccuracy(k) takes the k largest", async () => {
    const labels = tensor([1, 1, 2, 0], { dtype: "u8" });
    const shares = await Promise.all([1, 2, 3].map((k) => topAccuracy(k)(logits(), labels).item()));
    expect(shares).toEqual([0.25, 0.5, 1]);
  });
});

test("RunningMeans weighs batches by their size and can be put down and taken up", () => {
  const means = new RunningMeans();
  means.add({ loss: 1, accuracy: 0.5 }, 6);
  const later = new RunningMeans();
  later.state = JSON.parse(JSON.stringify(means.state));
  later.add({ loss: 3, accuracy: 1 }, 2);
  expect(later.means).toEqual({ loss: 1.5, accuracy: 0.625 });
  expect(later.examples).toBe(8);
  expect(means.means).toEqual({ loss: 1, accuracy: 0.5 });
});

describe("earlyStopping", () => {
  const stopsAfter = async (
    values: readonly number[],
    options: Parameters<typeof earlyStopping>[0],
    measures = (loss: number): EpochEvent["validation"] => ({ loss }),
  ): Promise<number | undefined> => {
    const callback = earlyStopping(options);
    for (const [epoch, value] of values.entries()) {
      let stopped = false;
      const stop = (): void => {
        stopped = true;
      };
      const context = { stop } as unknown as RunContext;
      const event = { epoch, loss: 0, metrics: {}, validation: measures(value) } as EpochEvent;
      await callback.onEpoch?.(event, context);
      if (stopped) return epoch;
    }
    return undefined;
  };

  test("waits `patience` epochs since the best one", async () => {
    expect(await stopsAfter([5, 4, 4.5, 4.2, 4.1, 3], { patience: 3 })).toBe(4);
    expect(await stopsAfter([5, 4, 4.5, 4.2, 3.9, 3], { patience: 3 })).toBeUndefined();
  });

  test("a gain below minDelta does not count", async () => {
    expect(await stopsAfter([5, 4.95, 4.9, 4.85], { patience: 2, minDelta: 0.1 })).toBe(2);
  });

  test("a metric shall rise; NaN is never better", async () => {
    const watch = (accuracy: number) => ({ loss: 0, accuracy });
    const options = { patience: 2, watch: "accuracy" };
    expect(await stopsAfter([0.1, 0.2, Number.NaN, 0.2], options, watch)).toBe(3);
    expect(await stopsAfter([0.1, 0.2, 0.15, 0.3], options, watch)).toBeUndefined();
    expect(await stopsAfter([Number.NaN, Number.NaN, Number.NaN], { patience: 2 })).toBe(2);
  });

  test("what is not there cannot be watched", async () => {
    await expect(stopsAfter([1], { watch: "f1" })).rejects.toThrow(
      /no "f1" to watch; there are loss/,
    );
  });
});

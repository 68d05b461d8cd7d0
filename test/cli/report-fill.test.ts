import { useDevice } from "hebb";
import { beforeAll, describe, expect, test } from "vitest";
import { completeConfig } from "../../src/cli/config.ts";
import { buildExperiment } from "../../src/cli/experiment.ts";
import {
  answer,
  filtersOf,
  historyOf,
  kernelsOf,
  parametersOf,
} from "../../src/cli/report-fill.ts";

beforeAll(() => useDevice("reference"));

const config = completeConfig(
  { data: { source: "generated", train: 8, test: 30 }, model: { maps: [2, 2], hidden: 4 } },
  "test",
);

test("the answers of a classifier add up", async () => {
  const experiment = await buildExperiment(config);
  const found = await answer(experiment);
  const counts = found?.confusion?.counts as number[][];
  expect(counts.flat().reduce((a, b) => a + b, 0)).toBe(30);
  // Thirty generated digits are three of each.
  for (const row of counts) expect(row.reduce((a, b) => a + b, 0)).toBe(3);
  const right = counts.reduce((sum, row, i) => sum + (row[i] as number), 0);
  expect(found?.accuracy).toBeCloseTo(right / 30, 12);
  expect(found?.examples).toBe(30);
  const mistakes = found?.mistakes ?? [];
  expect(mistakes.length).toBe(30 - right);
  const sureness = mistakes.map(({ probability }) => probability);
  expect(sureness).toEqual([...sureness].sort((a, b) => b - a));
  for (const { label, prediction, pixels } of mistakes) {
    expect(label).not.toBe(prediction);
    expect(pixels.length).toBe(784);
  }
  expect(found?.loss).toBeGreaterThan(1);
});

test("parameters and the filters of the first convolution", async () => {
  const { model } = await buildExperiment(config);
  expect(parametersOf(model)[0]).toEqual({ name: "conv1.weight", shape: [2, 1, 5, 5], count: 50 });
  const filters = await filtersOf(model);
  expect(filters).toMatchObject({
    name: "conv1.weight",
    count: 2,
    channels: 1,
    height: 5,
    width: 5,
  });
  expect(filters?.values.length).toBe(50);
});

describe("historyOf", () => {
  const step = (n: number, epoch = 0, batch = n - 1) =>
    JSON.stringify({ type: "batch", step: n, epoch, batch, batches: 4, loss: 1 / n });
  const epochLine = JSON.stringify({
    type: "epoch",
    epoch: 0,
    loss: 0.5,
    metrics: { accuracy: 0.25 },
    validation: { loss: 0.4, accuracy: 0.5 },
    seconds: 2,
  });

  test("curves from the log; a cut-off line is passed over", () => {
    const { samples, epochs } = historyOf(`${step(1)}\n${step(2)}\n${epochLine}\n{"type":"ba`);
    expect(samples).toEqual([
      { step: 1, epoch: 0.25, loss: 1 },
      { step: 2, epoch: 0.5, loss: 0.5 },
    ]);
    expect(epochs).toEqual([
      {
        epoch: 1,
        trainLoss: 0.5,
        trainAccuracy: 0.25,
        validationLoss: 0.4,
        validationAccuracy: 0.5,
        seconds: 2,
      },
    ]);
  });

  test("many steps are thinned out, the last one kept", () => {
    const { samples } = historyOf(Array.from({ length: 4321 }, (_, i) => step(i + 1)).join("\n"));
    expect(samples.length).toBeLessThanOrEqual(1000);
    expect(samples.length).toBeGreaterThan(800);
    expect(samples.at(-1)?.step).toBe(4321);
  });
});

test("kernels share the time; without a profile there are none", () => {
  const work = { flops: 10, bytes: 4 };
  const step = (label: string, ms: number) => ({
    label,
    work,
    times: 1,
    source: undefined,
    time: { ms, runs: 2 },
  });
  const program = {
    device: "native",
    kernelCount: 2,
    compileMs: 0,
    steps: [step("a", 3), step("b", 1)],
  };
  expect(kernelsOf(program)?.map(({ label, share }) => [label, share])).toEqual([
    ["a", 0.75],
    ["b", 0.25],
  ]);
  expect(kernelsOf({ ...program, steps: [] })).toBeUndefined();
  expect(kernelsOf(undefined)).toBeUndefined();
});

// A roofline from made-up figures, as data and as text, and what the debug dial tells of runs.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Device, Executable } from "../../src/device/device.ts";
import { debugObserver } from "../../src/engine/debug.ts";
import type { ExplainedProgram } from "../../src/engine/profile.ts";
import { rooflineOf } from "../../src/engine/roofline.ts";
import { ceilingsLine, rooflineTable } from "../../src/engine/roofline-text.ts";

/** 100 GFLOP/s; 50 GB/s in the cache, 10 beyond. */
const ceilings = {
  flops: 1e11,
  bandwidths: [
    { bytes: 2 ** 20, perSecond: 5e10 },
    { bytes: 2 ** 26, perSecond: 1e10 },
  ],
};

const program: ExplainedProgram = {
  device: "native",
  kernelCount: 3,
  compileMs: 0,
  steps: [
    // Four runs of 1 ms: half of what 100 GFLOP/s allow.
    step("contract [500, 500]×[500, 100]", { flops: 5e7, bytes: 1e6 }, { ms: 4, runs: 4 }),
    // Ten times a run, four runs: 0.1 ms each, at 80 % of the memory's 10 GB/s.
    step("mul [100000]", { flops: 1e5, bytes: 8e7 }, { ms: 400, runs: 40 }, 10),
    step("sum [3]", { flops: 3, bytes: 12 }, undefined),
  ],
};

function step(
  label: string,
  work: { flops: number; bytes: number },
  time: { ms: number; runs: number } | undefined,
  times = 1,
): ExplainedProgram["steps"][number] {
  return { label, work, times, source: undefined, time };
}

describe("a roofline", () => {
  test("holds each step against the lower of its ceilings", () => {
    const { steps, work, leastMs, measured, kernelCount } = rooflineOf(program, ceilings);
    expect(kernelCount).toBe(3);
    const [product, elementwise, sum] = steps;
    expect(product).toMatchObject({ bound: "flops", leastMs: 0.5, times: 1 });
    expect(product?.measured).toEqual({
      ms: 1,
      flops: 5e10,
      bytes: 1e9,
      ofTime: 1 / 101,
      ofCeiling: 0.5,
    });
    expect(elementwise).toMatchObject({ bound: "bytes", leastMs: 80, times: 10 });
    expect(elementwise?.measured).toMatchObject({ ms: 100, bytes: 8e9, ofCeiling: 0.8 });
    expect(sum?.measured).toBeUndefined();
    expect(work).toEqual({ flops: 5e7 + 1e6 + 3, bytes: 1e6 + 8e8 + 12 });
    expect(leastMs).toBeCloseTo(80.5);
    expect(measured?.ofCeiling).toBeCloseTo(80.5 / 101);
  });

  test("is a table with a line a step, their sum, and the ceilings", () => {
    const table = rooflineTable(rooflineOf(program, ceilings));
    expect(table).toEqual([
      "kernel                          times  MFLOP    MB       ms   time  GFLOP/s  GB/s  of ceiling",
      "contract [500, 500]×[500, 100]      1   50.0  1.00    1.000    1 %     50.0  1.00  50 % flops",
      "mul [100000]                       10   1.00   800  100.000   99 %    0.010  8.00  80 % bytes",
      "sum [3]                             1   3e-6  1e-5        –      –        –     –           –",
      "3 kernels                               51.0   801  101.000  100 %    0.505  7.93        80 %",
    ]);
    expect(ceilingsLine(ceilings)).toBe(
      "ceilings measured here: 100 GFLOP/s; 50.0 GB/s at 1 MiB, 10.0 GB/s at 64 MiB",
    );
  });

  test("of what was not measured has the paper's side", () => {
    const steps = program.steps.map((s) => ({ ...s, time: { ms: 0, runs: 0 } }));
    const { measured, leastMs } = rooflineOf({ ...program, steps }, ceilings);
    expect(measured).toBeUndefined();
    expect(leastMs).toBeCloseTo(80.5);
  });
});

describe("what is told of runs", () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Every step of every program takes as long as is said. */
  function fake(ready: number): { device: Device; program: Executable; ms: { now: number } } {
    const ms = { now: 1 };
    const prepare = (): Executable => {
      const time = { ms: 0, runs: 0 };
      return {
        kernelCount: 1,
        inPlace: [],
        overwritesFrom: 1,
        steps: [{ label: "mul [8]", work: { flops: 8, bytes: 64 } }],
        run: () => {
          time.ms += ms.now;
          time.runs++;
          return undefined;
        },
        profile: () => [time],
        dispose: () => {},
      };
    };
    const device = {
      ...{ name: "wasm", threads: 2, ready, prepare },
      ...{ allocate: (bytes: number) => ({ bytes }), write: () => {}, free: () => {} },
    };
    return { device: device as unknown as Device, program: prepare(), ms };
  }
  const times = (): (string | undefined)[] =>
    lines.flatMap((line) => /mul \[8\] .* (\d+\.\d{3}) +\d+ %/.exec(line)?.[1] ?? []);

  test("the first, then means up to the 10th, the 100th, …", () => {
    const { device, program, ms } = fake(1);
    for (let run = 1; run <= 150; run++) {
      ms.now = run === 1 ? 7 : run <= 10 ? 3 : 2;
      program.run([], [], []);
      debugObserver(1)?.ran(device, program, ms.now);
    }
    expect(lines.filter((line) => line.includes("run"))).toEqual([
      "hebb: wasm: run 1",
      "hebb: wasm: mean of runs 2 to 10",
      "hebb: wasm: mean of runs 11 to 100",
    ]);
    expect(times()).toEqual(["7.000", "3.000", "2.000"]);
    expect(lines.filter((line) => line.includes("ceilings"))).toHaveLength(1);
  });

  test("the ceilings are measured again when more threads take part", () => {
    const { device, program } = fake(1);
    debugObserver(1)?.ran(device, program, 1);
    (device as { ready: number }).ready = 2;
    for (let run = 2; run <= 10; run++) debugObserver(1)?.ran(device, program, 1);
    expect(lines.filter((line) => line.includes("ceilings"))).toHaveLength(2);
  });

  test("from level 3 each run", () => {
    const { device, program } = fake(1);
    for (let run = 1; run <= 3; run++) debugObserver(3)?.ran(device, program, 1.5);
    expect(lines.filter((line) => line === "hebb: wasm: ran 1 kernels in 1.500 ms")).toHaveLength(
      3,
    );
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { explain, memory, setDebugLevel } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere } from "../support/devices.ts";

describe.each(devicesHere)("the engine on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });
  afterEach(() => {
    setDebugLevel(0);
    vi.restoreAllMocks();
  });

  test("memory counts live and peak bytes; running out gives figures and loses nothing", () => {
    const before = memory().live;
    const x = zeros([1 << 18]).add(0.5);
    x.dataSync();
    expect(memory().live - before).toBeGreaterThanOrEqual(4 << 18);
    expect(memory().peak).toBeGreaterThanOrEqual(memory().live);
    const huge = zeros([1 << 20, 1 << 22]).add(0.5);
    expect(() => huge.dataSync()).toThrow(/\d{8,}/);
    expect(x.sum().itemSync()).toBe(1 << 17);
  });

  test("explain gives programs with steps as data", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const programs = explain(() => [x.mul(1.5).add(0.25).tanh(), x.matmul(x)]);
    expect(programs).toHaveLength(1);
    expect(programs[0]?.device).toBe(device);
    expect(programs[0]?.steps.length).toBeGreaterThan(0);
    const f = compile((t: Tensor) => t.mul(1.5).sum());
    expect(explain(() => f(x))).toHaveLength(1);
    if (device !== "reference") {
      expect(programs[0]?.steps[0]?.source?.length).toBeGreaterThan(0);
      expect(programs[0]?.steps[0]?.time?.runs).toBeGreaterThan(0);
    }
  });

  test("the debug dial prints programs, schedules, times and sources", () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    const lines = (): string => {
      const text = print.mock.calls.map((call) => String(call[0])).join("\n");
      print.mockClear();
      return text;
    };
    const x = tensor([1, 2, 3]);
    setDebugLevel(1);
    x.mul(2.5).sub(7.5).tanh().sum().dataSync();
    expect(lines()).toMatch(/hebb: .*: \d+ nodes in \d+ kernels, compiled in/);
    const shared = x.square().sum();
    shared.mul(2.5).dataSync();
    shared.mul(3.5).dataSync();
    expect(lines()).toMatch(/reduce \[\] is computed again, at .*engine\.test\.ts:\d+/);
    setDebugLevel(3);
    x.mul(2.5).exp().tanh().dataSync();
    expect(lines()).toMatch(/FLOP[\s\S]*ran \d+ kernels in/);
    setDebugLevel(0);
    x.mul(3.5).sin().exp().dataSync();
    expect(lines()).toBe("");
  });
});

// What memory() tells: live and peak bytes, and figures when there is no more. That loops need no
// disposal is shown over 10^5 steps in memory.slow.test.ts.

import { beforeEach, describe, expect, test } from "vitest";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { memory } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere } from "../support/devices.ts";

describe.each(devicesHere)("memory() on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  const megabytes = (count: number): Tensor => {
    const t = zeros([count, 2 ** 18]).add(0.5);
    t.dataSync();
    return t;
  };

  test("live follows what is held, peak the most that was", () => {
    const before = memory().live;
    const held = megabytes(8);
    const { live, peak } = memory();
    expect(live - before).toBeGreaterThanOrEqual(8 * 2 ** 20);
    expect(peak).toBeGreaterThanOrEqual(live);
    held.dispose();
    expect(memory().live).toBeLessThan(live - 7 * 2 ** 20);
    expect(memory().peak).toBeGreaterThanOrEqual(peak);
    expect(() => held.dataSync()).toThrow(/dispose/);
  });

  test("64 GiB are refused with what was asked and what lives; all goes on", () => {
    const kept = megabytes(3);
    const asked = 2 ** 36;
    const huge = zeros([2 ** 20, 2 ** 14]);
    let message = "";
    try {
      huge.add(0.5).dataSync();
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(`${asked}`);
    const figures = message.match(/\d+/g)?.map(Number) as number[];
    expect(figures.some((n) => n >= 3 * 2 ** 20 && n < asked)).toBe(true);
    expect(kept.sum().itemSync()).toBe(3 * 2 ** 17);
    expect(tensor([1, 2]).add(1).arraySync()).toEqual([2, 3]);
  });

  test("a program whose own needs are too large is refused too, and loses nothing", async () => {
    const kept = tensor([1, 2, 3]).mul(2);
    // 2^34 values in between: a sum over them would be fused away, a second product is not.
    const tall = zeros([2 ** 17, 16]).add(0.5);
    const big = tall.matmul(tall.T).relu();
    const ask = (): Tensor => big.matmul(tall).sum();
    await expect(ask().item()).rejects.toThrow(/\d{8,}|MiB/);
    expect(kept.arraySync()).toEqual([2, 4, 6]);
  });
});

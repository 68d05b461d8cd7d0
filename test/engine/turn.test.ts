import { beforeEach, describe, expect, test } from "vitest";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { ones, tensor, zeros } from "../../src/tensor/create.ts";
import { realize, withCancellation } from "../../src/tensor/engine.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere } from "../support/devices.ts";

describe.each(devicesHere)("the event loop on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  test("a loop that only awaits reads lets timers run", async () => {
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 0);
    const x = tensor([1, 2]);
    const start = performance.now();
    for (let i = 0; !fired; i++) {
      await x.mul(i + 0.5).data();
      if (performance.now() - start > 20_000) break;
    }
    expect(fired).toBe(true);
  });

  test("two reads at once give the same", async () => {
    const y = tensor([1, 2, 3]).mul(2.5).exp();
    const [a, b, c] = await Promise.all([y.data(), y.sum().item(), y.data()]);
    expect(a).toEqual(c);
    expect(b).toBeCloseTo(
      [...a].reduce((s, v) => s + v),
      1,
    );
  });

  test("an aborted signal stops reads under it, and only those", async () => {
    const control = new AbortController();
    const y = tensor([1, 2]).mul(1.25);
    const running = withCancellation(control.signal, async () => {
      control.abort(new Error("enough"));
      await y.data();
    });
    await expect(running).rejects.toThrow("enough");
    expect(await y.data()).toEqual(new Float32Array([1.25, 2.5]));
    await expect(withCancellation(control.signal, async () => 1)).rejects.toThrow("enough");
  });
});

describe.each(devicesHere.filter((name) => name !== "reference"))(
  "long programs on %s",
  (device) => {
    beforeEach(() => {
      setDefaultDevice(device);
    });

    /** Some 10 GFLOP in one program. */
    const long = (): Tensor => {
      const a = randn([1024, 1024]);
      let x = a;
      for (let i = 0; i < 5; i++) x = x.matmul(a).mul(0.03);
      return x.sum();
    };

    test("an awaited one leaves the JavaScript thread free, with the same bits", async () => {
      const x = long();
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      const value = await x.item();
      clearInterval(timer);
      expect(ticks).toBeGreaterThan(3);
      const again = x.detach().mul(1);
      expect(again.itemSync()).toBe(value);
    });

    test("several at once, and short ones beside them", async () => {
      const [a, b] = [long(), long()];
      const both = Promise.all([a.item(), b.item(), realize(a)]);
      const short = tensor([1, 2]).mul(3.5).dataSync();
      expect(short).toEqual(new Float32Array([3.5, 7]));
      const [x, y] = await both;
      expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true);
      expect(x).not.toBe(y);
    });

    test("the same program runs at once while one of it is awaited", async () => {
      const make = (factor: number): Tensor => {
        const a = ones([1024, 1024]);
        let x = a;
        for (let i = 0; i < 4; i++) x = x.matmul(a).mul(2 ** -10);
        return x.mul(factor).sum();
      };
      const first = make(3).item();
      const second = make(5).itemSync();
      expect(second).toBe(5 * 2 ** 20);
      expect(await first).toBe(3 * 2 ** 20);
    });

    test("a signal stops one between kernels; it can be read later", async () => {
      const control = new AbortController();
      const x = long();
      setTimeout(() => control.abort(new Error("stop")), 5);
      await expect(withCancellation(control.signal, () => x.item())).rejects.toThrow("stop");
      expect(Number.isFinite(await x.item())).toBe(true);
      expect(await zeros([2]).add(1).data()).toEqual(new Float32Array([1, 1]));
    });
  },
);

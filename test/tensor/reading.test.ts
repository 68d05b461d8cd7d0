import { inspect } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { compiledPrograms, recordPrograms } from "../../src/engine/profile.ts";
import { tensor } from "../../src/tensor/create.ts";
import { realize, realizeSync, tidy } from "../../src/tensor/engine.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

/** Links of a chain: more than a call stack holds; reading.slow.test.ts takes more. */
const links = process.env.HEBB_TESTS === "slow" ? 100_000 : 20_000;

describe.each(devicesHere)("reading on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  test("data, array and item, with and without waiting", async () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]).mul(2);
    expect(await x.data()).toEqual(new Float32Array([2, 4, 6, 8, 10, 12]));
    expect(x.dataSync("i32")).toEqual(new Int32Array([2, 4, 6, 8, 10, 12]));
    expect(await x.array()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ]);
    expect(x.sum().itemSync()).toBe(42);
    expect(await x.sum().item()).toBe(42);
    expect(() => x.itemSync()).toThrow(/6 elements/);
    expect(
      await tensor([
        [[1], [2]],
        [[3], [4]],
      ]).array(),
    ).toEqual([
      [[1], [2]],
      [[3], [4]],
    ]);
    expect(x.device).toBe(device);
  });

  test("a read computes once and is a copy", async () => {
    const x = tensor([1, 2, 3]).exp().add(0.25);
    const first = await x.data();
    const before = recordPrograms(() => {
      first[0] = -1;
      expect(x.dataSync()[0]).toBeCloseTo(Math.E + 0.25, 5);
    });
    expect(before).toEqual([]);
  });

  test("realize computes several in one program, and only what is asked", async () => {
    const x = tensor([1, 2, 3]);
    const [a, b] = [x.mul(3.5), x.sum()];
    const other = x.sub(7.5);
    await realize(a, { b });
    const programs = recordPrograms(() => {
      a.dataSync();
      b.itemSync();
    });
    expect(programs).toEqual([]);
    expect(other.node.storage).toBeUndefined();
  });

  test("the same structure with other numbers is the same program", () => {
    const run = (factor: number, shift: number): number =>
      tensor([1, 2, 3]).mul(factor).add(shift).sum().itemSync();
    expect(run(2.5, 1.5)).toBe(19.5);
    const before = compiledPrograms();
    for (let i = 2; i < 50; i++) expect(run(i, i + 0.5)).toBe(6 * i + 3 * (i + 0.5));
    expect(compiledPrograms()).toBe(before);
    // 0, 1 and −1 are worth a program of their own.
    expect(run(0, 2.5)).toBe(7.5);
    expect(compiledPrograms()).toBe(before + 1);
  });

  test(`a chain of ${links} operations`, () => {
    let x = tensor([0, 1]);
    for (let i = 0; i < links; i++) x = x.add(1);
    expect(x.dataSync()).toEqual(new Float32Array([links, links + 1]));
  }, 120_000);

  test(`the derivative of a chain of ${links} operations`, () => {
    const x = tensor([1, 2], { dtype: "f64" });
    let y = x;
    for (let i = 0; i < links; i++) y = y.mul(1.00001);
    const g = gradients(y.sum(), x).dataSync();
    expect(g[0]).toBeCloseTo(1.00001 ** links, 9);
    expect(g[1]).toBe(g[0]);
  }, 120_000);

  test("an unread graph past 10^4 operations is computed on its own", () => {
    let x = tensor([0]);
    for (let i = 0; i < 10_500; i++) x = x.add(1);
    expect(x.node.pending).toBeLessThan(1000);
    expect(x.itemSync()).toBe(10_500);
  });

  test("an index out of range is reported by the next read of any output", async () => {
    const x = tensor([1, 2, 3]);
    const y = x.take(tensor([0, 7], { dtype: "i32" }));
    const z = y.add(0.5);
    await realize(y, z);
    await expect(y.data()).rejects.toThrow(/index 7/);
    expect(() => z.mul(2).dataSync()).toThrow(/index 7/);
    expect(x.mul(1.5).dataSync()).toEqual(new Float32Array([1.5, 3, 4.5]));
  });

  test("the console shows values; text refuses arithmetic", () => {
    expect(
      inspect(
        tensor([
          [1, 2],
          [3, 4.5],
        ]),
      ),
    ).toBe("tensor([[1, 2],\n [3, 4.5]], f32 [2, 2])");
    expect(`${tensor(2)}`).toBe("tensor(2, f32 [])");
    expect(() => Number(tensor(2))).toThrow(/not a number/);
    expect(`${tensor(Array.from({ length: 1000 }, (_, i) => i))}`).toContain("2, …, 997");
  });

  test("keep is computed once with what needs it first", () => {
    const k = tensor([1, 2]).exp().keep();
    k.sum().itemSync();
    expect(k.node.storage).toBeDefined();
    expect(tensor([1, 2]).exp().detach().keep().sum().itemSync()).toBeCloseTo(
      Math.E + Math.E ** 2,
      4,
    );
  });

  test("dispose frees, using disposes, tidy keeps what is returned", async () => {
    const x = tensor([1, 2]).mul(1.5);
    await x.data();
    x.dispose();
    expect(() => x.dataSync()).toThrow(/dispose/);
    let inner = tensor([0]);
    const kept = tidy(() => {
      inner = tensor([5, 6]).add(0.5);
      inner.dataSync();
      return { y: inner.sum() };
    });
    expect(kept.y.itemSync()).toBe(12);
    expect(() => inner.dataSync()).toThrow(/dispose/);
  });
});

test("moving between devices, and mixing them", () => {
  if (devicesHere.length < 2) return;
  const [one, two] = devicesHere as [(typeof devicesHere)[0], (typeof devicesHere)[0]];
  setDefaultDevice(one);
  const x = tensor([1, 2, 3]).mul(2.5);
  const y = x.to(two);
  expect(y.device).toBe(two);
  expect(y.add(1).dataSync()).toEqual(new Float32Array([3.5, 6, 8.5]));
  expect(() => x.add(y).dataSync()).toThrow(/move one with to/);
  expect(() => realizeSync(x.add(y))).toThrow(/move one with to/);
  // Each on its own device is fine.
  const [a, b] = [x.add(0.5), y.add(0.25)];
  expect(b.device).toBe(two);
  realizeSync(a, b);
  expect([a.dataSync()[0], b.dataSync()[0]]).toEqual([3, 2.75]);
});

// How much cache a thread has to itself, from what Linux says.
import { expect, test } from "vitest";
import { cachesOfThread, someCaches } from "../../src/device/native/caches.ts";

interface Cache {
  readonly level: number;
  readonly type: "Data" | "Instruction" | "Unified";
  readonly size: string;
  readonly shared: string;
}

/** A machine whose first processor has these caches. */
const machine =
  (...caches: readonly Cache[]) =>
  (file: string): string => {
    const [, index, what] = /^index(\d)\/(\w+)$/.exec(file) ?? [];
    const cache = caches[Number(index)];
    if (!cache) throw new Error(`no such file: ${file}`);
    const { level, type, size, shared } = cache;
    return `${{ level, type, size, shared_cpu_list: shared }[what as "level"]}\n`;
  };

const first: Cache = { level: 1, type: "Data", size: "48K", shared: "0" };
const code: Cache = { level: 1, type: "Instruction", size: "64K", shared: "0" };
const second: Cache = { level: 2, type: "Unified", size: "2048K", shared: "0" };
const third: Cache = { level: 3, type: "Unified", size: "307200K", shared: "0-1" };

test("the caches of data are those of the first and second level", () => {
  expect(cachesOfThread(machine(first, code, second, third))).toEqual({
    l1: 48 * 1024,
    l2: 2048 * 1024,
  });
});

test("processors that use one cache have equal parts of it", () => {
  const shared = { ...second, size: "8192K" };
  const l2Of = (list: string): number =>
    cachesOfThread(machine(first, { ...shared, shared: list })).l2;
  expect(l2Of("0-3")).toBe(2 ** 21);
  expect(l2Of("0,64")).toBe(2 ** 22);
  expect(l2Of("0-1,64-65")).toBe(2 ** 21);
});

test("less than what serves all, and nothing at all, is taken for that", () => {
  const small = { ...second, size: "512K" };
  expect(cachesOfThread(machine({ ...first, shared: "0-1" }, small))).toEqual(someCaches);
  expect(cachesOfThread(machine())).toEqual(someCaches);
  expect(cachesOfThread(machine(first, { ...second, size: "?" }))).toEqual({
    ...someCaches,
    l1: 48 * 1024,
  });
});

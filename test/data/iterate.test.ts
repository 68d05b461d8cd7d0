import { describe, expect, test } from "vitest";
import { batch, map, prefetch, type Source, shuffle } from "../../src/data/iterate.ts";

async function all<T>(source: Source<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Numbers that come late, and a note of how far it got and whether it was closed. */
function slow(count: number, { failAt = -1 } = {}) {
  const seen = { made: 0, closed: false };
  async function* make(): AsyncGenerator<number, void, void> {
    try {
      for (let i = 0; i < count; i++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (i === failAt) throw new Error(`item ${i} is bad`);
        seen.made = i + 1;
        yield i;
      }
    } finally {
      seen.closed = true;
    }
  }
  return { source: make(), seen };
}

describe("map and batch", () => {
  test("map waits for asynchronous functions and counts", async () => {
    const doubled = map(numbers(3), async (value, index) => value * 2 + index);
    expect(await all(doubled)).toEqual([0, 3, 6]);
  });

  test("batch keeps or drops what is left over", async () => {
    expect(await all(batch(numbers(5), 2))).toEqual([[0, 1], [2, 3], [4]]);
    expect(await all(batch(numbers(5), 2, { lastBatch: "drop" }))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(await all(batch(numbers(4), 2))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    await expect(all(batch(numbers(4), 0))).rejects.toThrow(/size must be at least 1/);
  });

  test("leaving a loop closes the source", async () => {
    const { source, seen } = slow(9);
    for await (const group of batch(
      map(source, (x) => x),
      2,
    ))
      if (group[0] === 2) break;
    expect(seen).toEqual({ made: 4, closed: true });
  });
});

describe("shuffle", () => {
  test("gives each item once, in an order of its seed and epoch", async () => {
    const order = (seed: number, epoch: number, buffer: number) =>
      all(shuffle(numbers(40), { seed, epoch, buffer }));
    const first = await order(1, 0, 10);
    expect([...first].sort((a, b) => a - b)).toEqual(numbers(40));
    expect(first).not.toEqual(numbers(40));
    expect(await order(1, 0, 10)).toEqual(first);
    expect(await order(1, 1, 10)).not.toEqual(first);
    expect(await order(2, 0, 10)).not.toEqual(first);
    // An item cannot come more places early than the buffer is large.
    for (const [place, value] of first.entries()) expect(value - place).toBeLessThanOrEqual(10);
  });
});

describe("prefetch", () => {
  test("gives the same items in order and runs ahead by as many as asked", async () => {
    const { source, seen } = slow(10);
    const items: number[] = [];
    for await (const item of prefetch(source, 3)) {
      items.push(item);
      if (item !== 0) continue;
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(seen.made).toBe(4);
    }
    expect(items).toEqual(numbers(10));
  });

  test("an error comes at its place, after the items before it", async () => {
    const { source } = slow(10, { failAt: 2 });
    const items: number[] = [];
    const reading = (async () => {
      for await (const item of prefetch(source, 5)) items.push(item);
    })();
    await expect(reading).rejects.toThrow("item 2 is bad");
    expect(items).toEqual([0, 1]);
  });

  test("leaving closes the source; plain iterables work too", async () => {
    const { source, seen } = slow(10);
    for await (const _ of prefetch(source, 2)) break;
    expect(seen.closed).toBe(true);
    expect(await all(prefetch(numbers(4), 2))).toEqual(numbers(4));
    expect(await all(prefetch([], 2))).toEqual([]);
  });
});

// What a comment says a value is, compared with the value: a tensor by its numbers, to five digits,
// or by its shape.

import { expect } from "vitest";
import { Tensor } from "../../src/index.ts";

let count = 0;

/** Comparisons made so far. */
export const comparisons = (): number => count;

export async function same(value: unknown, expected: unknown, dtype?: string): Promise<void> {
  count++;
  const awaited = await value;
  if (awaited instanceof Tensor) {
    if (dtype !== undefined) expect(awaited.dtype).toBe(dtype);
    if (JSON.stringify(awaited.shape) === JSON.stringify(expected)) return;
  }
  compare(await plain(value), await plain(expected));
}

async function plain(value: unknown): Promise<unknown> {
  const awaited = await value;
  if (awaited instanceof Tensor) return awaited.array();
  if (ArrayBuffer.isView(awaited)) return Array.from(awaited as unknown as ArrayLike<number>);
  if (Array.isArray(awaited)) return Promise.all(awaited.map(plain));
  if (typeof awaited !== "object" || awaited === null) return awaited;
  const entries = Object.entries(awaited).map(async ([k, v]) => [k, await plain(v)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function compare(value: unknown, expected: unknown): void {
  if (typeof expected === "number") {
    expect(value).toBeCloseTo(expected, 5);
  } else if (typeof expected === "object" && expected !== null) {
    expect(Object.keys(value as object)).toEqual(Object.keys(expected));
    for (const [key, part] of Object.entries(expected)) {
      compare((value as Record<string, unknown>)[key], part);
    }
  } else {
    expect(value).toEqual(expected);
  }
}

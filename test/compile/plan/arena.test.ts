// The arena: pieces alive at once lie apart, and little is wasted.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Allocation, arrange } from "../../../src/compile/plan/arena.ts";

function piece(bytes: number, first: number, last: number): Allocation {
  const made = new Allocation(bytes);
  made.touch(first);
  made.touch(last);
  return made;
}

const pieces = fc
  .array(fc.tuple(fc.nat(1000), fc.nat(20), fc.nat(6)), { maxLength: 25 })
  .map((list) => list.map(([bytes, first, length]) => piece(bytes, first, first + length)));

test("pieces that are needed at one step never share a byte", () => {
  fc.assert(
    fc.property(pieces, (list) => {
      const total = arrange(list);
      for (const p of list) {
        expect(p.offset % 64).toBe(0);
        expect(p.offset + p.bytes).toBeLessThanOrEqual(total);
        for (const q of list) {
          if (p === q || p.last < q.first || q.last < p.first) continue;
          expect(p.offset + p.bytes <= q.offset || q.offset + q.bytes <= p.offset).toBe(true);
        }
      }
    }),
  );
});

test("the arena is no smaller than what is needed at once, and no larger than everything", () => {
  fc.assert(
    fc.property(pieces, (list) => {
      const total = arrange(list);
      const bytesOf = (some: readonly Allocation[]): number =>
        some.reduce((n, p) => n + p.bytes, 0);
      for (let step = 0; step < 27; step++) {
        const alive = list.filter((p) => p.first <= step && step <= p.last);
        expect(total).toBeGreaterThanOrEqual(bytesOf(alive));
      }
      expect(total).toBeLessThanOrEqual(bytesOf(list));
    }),
  );
});

test("pieces that follow each other share their bytes", () => {
  const list = [piece(640, 0, 1), piece(640, 2, 3), piece(640, 4, 5)];
  expect(arrange(list)).toBe(640);
});

test("a small piece fits into a gap between large ones", () => {
  const list = [piece(1024, 0, 9), piece(512, 0, 3), piece(512, 2, 9), piece(256, 5, 9)];
  expect(arrange(list)).toBe(2048);
});

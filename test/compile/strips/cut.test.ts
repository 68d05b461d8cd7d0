// Loops cut into strips, against counting: which indices stay in their strip's stretch of memory.

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Axis, type Index, IndexSpace, plus, times } from "../../../src/compile/affine.ts";
import type { Leading } from "../../../src/compile/lower/lowered-job.ts";
import { cutInto, staysInStrip } from "../../../src/compile/strips/cut.ts";

const leadingOf = (axes: readonly Axis[]): Leading => ({ axes, each: { units: 1 } });

/** Positions along all axes, the last running fastest. */
function turns(axes: readonly Axis[]): Map<Axis, number>[] {
  let out: Map<Axis, number>[] = [new Map()];
  for (const axis of axes)
    out = out.flatMap((at) =>
      Array.from({ length: axis.extent }, (_, i) => new Map([...at, [axis, i]])),
    );
  return out;
}

const valueAt = (index: Index, at: ReadonlyMap<Axis, number>): number =>
  index.terms.reduce((n, t) => n + t.factor * (at.get(t.atom as Axis) as number), index.constant);

const extents = fc.array(fc.integer({ min: 2, max: 6 }), { minLength: 1, maxLength: 3 });

test("loops come apart into so many runs of turns, or do not", () => {
  fc.assert(
    fc.property(extents, fc.integer({ min: 1, max: 40 }), (sizes, strips) => {
      const space = new IndexSpace();
      const cut = cutInto(leadingOf(sizes.map((n) => space.axis(n))), strips);
      const total = sizes.reduce((n, d) => n * d, 1);
      if (cut) expect(cut.turns * strips).toBe(total);
      // Those that end where an axis does, and every even cut of a single axis, are found.
      else if (sizes.length === 1) expect(total % strips).not.toBe(0);
    }),
  );
});

test("an index is in its strip's stretch just where the loops say so", () => {
  fc.assert(
    fc.property(
      extents,
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.integer({ min: -2, max: 40 }), { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 0, max: 5 }),
      fc.boolean(),
      fc.integer({ min: 2, max: 24 }),
      (sizes, inner, factors, constant, rowMajor, strips) => {
        const space = new IndexSpace();
        const outer = sizes.map((n) => space.axis(n));
        const last = space.axis(inner + 1);
        const axes = [...outer, last];
        const cut = cutInto(leadingOf(outer), strips);
        if (!cut) return;
        let step = 1;
        let index: Index = { terms: [], constant };
        for (const [i, axis] of [...axes.entries()].reverse()) {
          const factor = rowMajor ? step : (factors[i] as number);
          index = plus(index, times({ terms: [{ atom: axis, factor: 1 }], constant: 0 }, factor));
          step *= axis.extent;
        }
        const stretch = rowMajor ? step / strips : 12;
        const perStrip = (cut.turns * last.extent) as number;
        const stays = turns(axes).every((at, turn) => {
          const strip = Math.floor(turn / perStrip);
          const place = valueAt(index, at) - strip * stretch;
          return place >= 0 && place < stretch;
        });
        if (staysInStrip(index, cut, stretch)) expect(stays).toBe(true);
        if (rowMajor && constant === 0) expect(staysInStrip(index, cut, stretch)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Listed, Roster } from "../../src/tensor/roster.ts";

test("a roster holds what a set holds", () => {
  const act = fc.record({ at: fc.nat({ max: 9 }), adds: fc.boolean() });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const members: Listed[] = Array.from({ length: 10 }, () => ({ place: -1 }));
      const [roster, set] = [new Roster<Listed>(), new Set<Listed>()];
      for (const { at, adds } of acts) {
        const member = members[at] as Listed;
        if (adds) {
          roster.add(member);
          set.add(member);
        } else {
          roster.delete(member);
          set.delete(member);
        }
        expect(roster.size).toBe(set.size);
        for (const m of members) expect(roster.has(m)).toBe(set.has(m));
        expect(new Set(roster.list())).toEqual(set);
      }
    }),
  );
});

// The order of groups: new versions of cells late, and once begun as soon as their old values are free.

import { expect, test } from "vitest";
import type { LoweredJob } from "../../../src/compile/lower/lowered-job.ts";
import { type Lowered, orderGroups } from "../../../src/compile/plan/ordering.ts";
import type { Group } from "../../../src/compile/schedule/group.ts";
import * as b from "../../../src/ir/build.ts";
import type { Node } from "../../../src/ir/node.ts";

const value = (): Node => b.neg(b.input(0, [4], "f32"));

/** A group that makes some values, after others, and reads some cells. */
function group(points: Node[], after: Group[], reads: readonly Node[], lowered: Lowered): Group {
  const made: Group = { kind: "loop", points, domain: undefined, after: new Set(after) };
  const job = { reads: new Map(reads.map((n) => [n, []])) } as unknown as LoweredJob;
  (lowered as Map<Group, readonly LoweredJob[]>).set(made, [job]);
  return made;
}

test("a cell is written over late; once one was, the next as soon as its old value is not needed", () => {
  const lowered: Lowered = new Map();
  const [first, second] = [b.input(1, [4], "f32"), b.input(2, [4], "f32")];
  const [newFirst, newSecond] = [value(), value()];
  const start = group([value()], [], [], lowered);
  const updateSecond = group([newSecond], [start], [second], lowered);
  // What comes after needs the new version of the first cell, and the old one of the second.
  const updateFirst = group([newFirst], [start], [first], lowered);
  const reader = group([value()], [updateFirst], [second], lowered);
  const end = group([value()], [reader], [], lowered);
  const updates = new Map([
    [newFirst, first],
    [newSecond, second],
  ]);
  const all = [start, updateFirst, updateSecond, reader, end];
  expect(orderGroups(all, updates, lowered)).toEqual([
    start,
    updateFirst,
    reader,
    updateSecond,
    end,
  ]);
});

test("before any must be, all that is no new version comes first", () => {
  const lowered: Lowered = new Map();
  const cell = b.input(1, [4], "f32");
  const fresh = value();
  const start = group([value()], [], [], lowered);
  const update = group([fresh], [start], [cell], lowered);
  const middle = group([value()], [start], [], lowered);
  const end = group([value()], [middle], [], lowered);
  const order = orderGroups([start, update, middle, end], new Map([[fresh, cell]]), lowered);
  expect(order).toEqual([start, middle, end, update]);
});

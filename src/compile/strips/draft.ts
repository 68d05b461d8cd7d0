// What makes groups fit to run strip by strip: what they give each other is given within a strip, and
// nothing that one of them makes comes back to another by way of groups outside.

import type { Node } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import type { LoweredJob } from "../lower/lowered-job.ts";
import type { Group } from "../schedule/group.ts";
import { cutInto, staysInStrip } from "./cut.ts";

/** Groups that may become a region; one alone at first, and then mostly of no known number of strips. */
export interface Draft {
  readonly strips: number | undefined;
  readonly groups: readonly Group[];
  /** Groups of another region that run again in this one. */
  readonly again: readonly Group[];
}

export const everyGroup = ({ groups, again }: Draft): Group[] => [...again, ...groups];

/** What a job finds in memory. */
export const inputsOfJob = ({ kernel, uses }: LoweredJob): Node[] =>
  uses.filter((_, i) => !kernel.buffers[i]?.write).map(({ source }) => source);

/** The matrices of a product: its strips. Loops go into any strips that they can be cut into. */
export function matricesOf({ leading }: LoweredJob): number | undefined {
  if (!leading || !("units" in leading.each)) return undefined;
  return leading.axes.reduce((n, axis) => n * axis.extent, 1);
}

/** What jobs give each other, and all that the first few of them make, which run again. */
export function exchangedIn(jobs: readonly LoweredJob[], again: number): Set<Node> {
  const read = new Set(jobs.flatMap(inputsOfJob));
  const made = jobs.flatMap((job, i) =>
    [...job.writes.keys()].filter((node) => i < again || read.has(node)),
  );
  return new Set(made);
}

/** Whether of some values each strip reads and writes its own part alone. */
export function isAligned(
  jobs: readonly LoweredJob[],
  exchanged: ReadonlySet<Node>,
  strips: number,
): boolean {
  return jobs.every((job) => {
    const cut = job.leading && cutInto(job.leading, strips);
    if (!cut) return false;
    return job.uses.every(({ source }) => {
      if (!exchanged.has(source)) return true;
      const stretch = sizeOf(source.shape) / strips;
      const written = job.writes.get(source);
      const indices = [...(job.reads.get(source) ?? []), ...(written ? [written] : [])];
      return indices.length > 0 && indices.every((at) => staysInStrip(at, cut, stretch));
    });
  });
}

/** Whether no value goes out of a draft and, by way of others, in again. */
export function isConvex(draft: Draft, draftOf: ReadonlyMap<Group, Draft>): boolean {
  const own = new Set(everyGroup(draft));
  const inside = new Set(draft.groups);
  const before = [...own].flatMap((group) => [...group.after]);
  const seen = new Set(before.filter((group) => !own.has(group)));
  for (const group of seen) {
    if (inside.has(group)) return false;
    // What is one region already comes as a whole.
    const whole = draftOf.get(group);
    for (const member of whole ? everyGroup(whole) : [group]) {
      for (const needed of member.after) seen.add(needed);
    }
  }
  return true;
}

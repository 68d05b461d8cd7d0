// The order of groups, and which results may overwrite the input they replace.

import type { Node } from "../../ir/node.ts";
import { sameIndex } from "../affine.ts";
import type { LoweredJob } from "../lower/lowered-job.ts";
import type { Group } from "../schedule/group.ts";

/** The jobs of each group; a scan has none. */
export type Lowered = ReadonlyMap<Group, readonly LoweredJob[]>;

/** Sources before users; what overwrites a cell (`updates`) as late as may be. */
export function orderGroups(groups: readonly Group[], updates: ReadonlySet<Node>): Group[] {
  const waiting = new Map<Group, number>();
  const users = new Map<Group, Group[]>();
  for (const g of groups) {
    waiting.set(g, g.after.size);
    for (const before of g.after) users.set(before, [...(users.get(before) ?? []), g]);
  }
  // A scan's results are copied out of its own memory: they are never written over a cell.
  const late = (g: Group): boolean => g.kind !== "scan" && g.points.some((p) => updates.has(p));
  const ready = groups.filter((g) => g.after.size === 0);
  const order: Group[] = [];
  while (ready.length > 0) {
    const at = Math.max(
      0,
      ready.findIndex((g) => !late(g)),
    );
    const [group] = ready.splice(at, 1) as [Group];
    order.push(group);
    for (const user of users.get(group) ?? []) {
      const left = (waiting.get(user) as number) - 1;
      waiting.set(user, left);
      if (left === 0) ready.push(user);
    }
  }
  return order;
}

/** Groups with one name (they run one kernel, once) that need nothing of each other, side by side. */
export function gatherLaunches(
  order: readonly Group[],
  nameOf: (group: Group) => string | undefined,
): Group[][] {
  const launches: Group[][] = [];
  const launchOf = new Map<Group, number>();
  const open = new Map<string, number>();
  for (const group of order) {
    const ready = Math.max(-1, ...[...group.after].map((g) => launchOf.get(g) as number));
    const name = nameOf(group);
    const alike = name === undefined ? undefined : open.get(name);
    if (alike !== undefined && alike > ready) {
      launches[alike]?.push(group);
      launchOf.set(group, alike);
      continue;
    }
    launchOf.set(group, launches.length);
    if (name !== undefined) open.set(name, launches.length);
    launches.push([group]);
  }
  return launches;
}

/** Whether writing `output` over `input` disturbs no one who still reads the input. */
export function mayReplace(
  output: Node,
  input: Node,
  launches: readonly (readonly Group[])[],
  lowered: Lowered,
): boolean {
  let written = false;
  for (const launch of launches) {
    const writer = launch.find((g) => g.points.includes(output));
    for (const group of launch) {
      if (group.kind === "scan") {
        if (group === writer) return false;
        if ((written || writer) && (group.points[0] as Node).src.includes(input)) return false;
        continue;
      }
      let writing = false;
      for (const job of lowered.get(group) ?? []) {
        const reads = job.reads.get(input);
        const place = job.writes.get(output);
        if (reads) {
          if (written || (writer && group !== writer)) return false;
          // A job that reads and writes must read each element where it writes it.
          if (place ? !reads.every((r) => sameIndex(r, place)) : writing) return false;
        }
        if (place) writing = true;
      }
    }
    if (writer) written = true;
  }
  return written;
}

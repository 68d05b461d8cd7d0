// The order of groups, and which results may overwrite the input they replace.

import type { Node } from "../../ir/node.ts";
import { sameIndex } from "../affine.ts";
import type { LoweredJob } from "../lower/lowered-job.ts";
import type { Group } from "../schedule/group.ts";

/** The jobs of each group; a scan has none. */
export type Lowered = ReadonlyMap<Group, readonly LoweredJob[]>;

/**
 * Sources before users. What overwrites a cell comes as late as may be: until it is begun nothing is
 * lost. Once it must begin, it comes as soon as no one else needs the cell's old value: then what it
 * is made of is still near, and soon free.
 *
 * @param updates  the cell that each new version replaces
 */
export function orderGroups(
  groups: readonly Group[],
  updates: ReadonlyMap<Node, Node>,
  lowered: Lowered,
): Group[] {
  const waiting = new Map<Group, number>();
  const users = new Map<Group, Group[]>();
  for (const g of groups) {
    waiting.set(g, g.after.size);
    for (const before of g.after) users.set(before, [...(users.get(before) ?? []), g]);
  }
  // A scan's results are copied out of its own memory: they are never written over a cell.
  const cellsOf = new Map<Group, readonly Node[]>();
  for (const g of groups) {
    const cells = g.points.flatMap((p) => updates.get(p) ?? []);
    if (g.kind !== "scan" && cells.length > 0) cellsOf.set(g, cells);
  }
  const readers = readersOf(groups, new Set(updates.values()), lowered);
  const isLast = (g: Group): boolean | undefined =>
    cellsOf.get(g)?.every((cell) => [...(readers.get(cell) ?? [])].every((other) => other === g));
  const ready = groups.filter((g) => g.after.size === 0);
  const order: Group[] = [];
  let begun = false;
  while (ready.length > 0) {
    const last = begun ? ready.findIndex(isLast) : -1;
    const other = ready.findIndex((g) => !cellsOf.has(g));
    const at = last >= 0 ? last : Math.max(0, other);
    const [group] = ready.splice(at, 1) as [Group];
    begun ||= cellsOf.has(group);
    for (const left of readers.values()) left.delete(group);
    order.push(group);
    for (const user of users.get(group) ?? []) {
      const left = (waiting.get(user) as number) - 1;
      waiting.set(user, left);
      if (left === 0) ready.push(user);
    }
  }
  return order;
}

/** The groups that read each cell. */
function readersOf(
  groups: readonly Group[],
  cells: ReadonlySet<Node>,
  lowered: Lowered,
): Map<Node, Set<Group>> {
  const readers = new Map([...cells].map((cell) => [cell, new Set<Group>()]));
  for (const group of groups) {
    const read =
      group.kind === "scan"
        ? (group.points[0] as Node).src
        : (lowered.get(group) ?? []).flatMap((job) => [...job.reads.keys()]);
    for (const node of read) readers.get(node)?.add(group);
  }
  return readers;
}

/** For each group that makes a cell's new version, the others that read the old one. */
export function readersOfOld(
  groups: readonly Group[],
  updates: ReadonlyMap<Node, Node>,
  lowered: Lowered,
): Map<Group, Group[]> {
  const readers = readersOf(groups, new Set(updates.values()), lowered);
  return new Map(
    groups.map((group) => {
      const cells = group.points.flatMap((point) => updates.get(point) ?? []);
      const others = cells.flatMap((cell) => [...(readers.get(cell) ?? [])]);
      return [group, others.filter((other) => other !== group)];
    }),
  );
}

/**
 * Groups with one name (they run one kernel, once) that need nothing of each other, side by side; none
 * sooner than those that it comes behind, which read what it may write over.
 */
export function gatherLaunches(
  order: readonly Group[],
  nameOf: (group: Group) => string | undefined,
  behind: ReadonlyMap<Group, readonly Group[]>,
): Group[][] {
  const launches: Group[][] = [];
  const launchOf = new Map<Group, number>();
  const open = new Map<string, number>();
  for (const group of order) {
    const before = [...group.after, ...(behind.get(group) ?? [])];
    const ready = Math.max(-1, ...before.map((g) => launchOf.get(g) ?? -1));
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

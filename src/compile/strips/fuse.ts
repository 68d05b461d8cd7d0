// A schedule whose regions are kernels: each one group with one job, in place of the groups it runs.

import type { Node } from "../../ir/node.ts";
import type { Index } from "../affine.ts";
import type { LoweredJob } from "../lower/lowered-job.ts";
import { nameOf } from "../lower/lowering-context.ts";
import type { Lowered } from "../plan/ordering.ts";
import { bytesOfNode } from "../plan/steps.ts";
import type { Group } from "../schedule/group.ts";
import { joinKernels } from "./join.ts";
import { findRegions, type Region, type StripsRequest } from "./regions.ts";

export interface Fused {
  readonly groups: readonly Group[];
  readonly lowered: Lowered;
}

/** The groups of a schedule with regions that run strip by strip as one group each. */
export function fuseStrips(request: StripsRequest): Fused {
  const found = findRegions(request);
  const { regions } = found;
  if (regions.length === 0) return request;
  const made = new Map<Group, Group>();
  const lowered = new Map(found.lowered);
  const fused = regions.map((region) => {
    const own = region.members.map(({ group }) => group).filter((g) => !region.again.has(g));
    const points = own.flatMap((group) => group.points);
    const group: Group = { kind: "strips", points, domain: undefined, after: new Set() };
    for (const part of own) {
      made.set(part, group);
      lowered.delete(part);
    }
    lowered.set(group, [jobOf(region, nameOf(points))]);
    return { group, before: region.members.flatMap((member) => [...member.group.after]) };
  });
  const others = request.groups
    .filter((group) => !made.has(group) && group.kind !== "strips")
    .map((group) => {
      const copy: Group = { ...group, after: new Set() };
      made.set(group, copy);
      const jobs = lowered.get(group);
      if (jobs) lowered.set(copy, jobs);
      lowered.delete(group);
      return { group: copy, before: [...group.after] };
    });
  const all = [...fused, ...others];
  for (const { group, before } of all) {
    for (const other of before) {
      const now = made.get(other) as Group;
      if (now !== group) group.after.add(now);
    }
  }
  const position = new Map(request.groups.map((group, i) => [made.get(group), i]));
  const groups = all.map(({ group }) => group);
  groups.sort((a, b) => (position.get(a) as number) - (position.get(b) as number));
  return { groups, lowered };
}

function jobOf({ strips, members, kept }: Region, name: string): LoweredJob {
  const parts = members.map(({ job, cut }) => ({ job, turns: cut.turns, kept }));
  const joined = joinKernels(`${name} strips`, parts, strips);
  const jobs = members.map(({ job }) => job);
  const reads = new Map<Node, readonly Index[]>();
  const writes = new Map<Node, Index>();
  for (const job of jobs) {
    for (const [node, indices] of job.reads) {
      if (!kept.has(node)) reads.set(node, [...(reads.get(node) ?? []), ...indices]);
    }
    for (const [node, index] of job.writes) if (!kept.has(node)) writes.set(node, index);
  }
  const sources = new Set(joined.uses.map(({ source }) => source));
  return {
    ...joined,
    units: strips,
    flops: jobs.reduce((sum, job) => sum + job.flops, 0),
    bytes: [...sources].reduce((sum, source) => sum + bytesOfNode(source), 0),
    reports: false,
    once: false,
    reads,
    writes,
    leading: undefined,
  };
}

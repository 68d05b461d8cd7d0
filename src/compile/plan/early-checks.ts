// A step happens whole or not at all: a run ends before its next step once an index was found out of
// range, and by the time a cell's old value is written over, all indices have been looked at. So some
// launch is the first that may write over a cell, whatever reports before it does no harm, and what
// would report later is checked ahead of it, by its own kernel with nothing left but the checks.

import { type Body, is, type Node, sortNodes } from "../../ir/node.ts";
import type { BufferUse } from "../launch-arguments.ts";
import type { LoweredJob } from "../lower/lowered-job.ts";
import type { Group } from "../schedule/group.ts";
import { checksOf } from "./kernel-checks.ts";
import type { Lowered } from "./ordering.ts";
import { bytesOfNode } from "./steps.ts";

export type Launches = readonly (readonly Group[])[];

export interface EarlyChecks {
  /** The first launch that may write over a cell. */
  readonly before: number;
  /** What runs ahead of it, a list of jobs side by side each. */
  readonly jobs: readonly (readonly LoweredJob[])[];
}

/** @param writers  the launches that would write over a cell */
export function checkEarly(
  writers: readonly number[],
  launches: Launches,
  lowered: Lowered,
): EarlyChecks {
  let before = Math.min(launches.length, ...writers);
  const later: Checks[] = [];
  launches.forEach((launch, at) => {
    if (at < before || !launch.some((group) => reports(group, lowered))) return;
    const checks = checksOfLaunch(at, launches, lowered);
    // Where they cannot be had in time, nothing is written over until they can or the launch has run.
    before = Math.max(before, checks?.ready ?? at + 1);
    if (checks) later.push(checks);
  });
  // Of those found before the point moved, some run in time by themselves.
  const needed = writers.some((at) => at >= before) ? later.filter((c) => c.at >= before) : [];
  return { before, jobs: needed.map(({ jobs }) => jobs) };
}

interface Checks {
  readonly at: number;
  /** The first launch before which all that they read is there. */
  readonly ready: number;
  readonly jobs: readonly LoweredJob[];
}

/** The checks of a launch without its results; undefined where they cannot be told apart. */
function checksOfLaunch(at: number, launches: Launches, lowered: Lowered): Checks | undefined {
  const all = (launches[at] ?? []).flatMap((group) => lowered.get(group) ?? []);
  const jobs: LoweredJob[] = [];
  const read = new Set<Node>();
  for (const job of all.filter((j) => j.reports)) {
    const checks = checksOf(job.kernel);
    if (!checks) return undefined;
    const sources = new Set([...checks.reads].map((i) => (job.uses[i] as BufferUse).source));
    for (const source of sources) read.add(source);
    const bytes = [...sources].reduce((sum, source) => sum + bytesOfNode(source), 0);
    jobs.push({ ...job, kernel: checks.kernel, flops: 0, bytes });
  }
  const isMadeHere = all.some(({ kernel, uses }) =>
    uses.some(({ source }, i) => kernel.buffers[i]?.write && read.has(source)),
  );
  if (jobs.length === 0 || isMadeHere) return undefined;
  const makes = ({ points }: Group): boolean => points.some((p) => read.has(p));
  return { at, ready: launches.findLastIndex((launch) => launch.some(makes)) + 1, jobs };
}

function reports(group: Group, lowered: Lowered): boolean {
  const [first] = group.points;
  if (first && is(first, "scan")) return mayReport(first.arg.body);
  return (lowered.get(group) ?? []).some((job) => job.reports);
}

/** Whether a body has an op with an index; whether that can be out of range only its kernel knows. */
function mayReport({ outputs }: Body): boolean {
  const nodes: readonly Node[] = sortNodes(outputs);
  return nodes.some(
    (n) =>
      is(n, "gather") ||
      is(n, "scatter") ||
      ((is(n, "scan") || is(n, "call")) && mayReport(n.arg.body)),
  );
}

// hebb bench --compare: the chosen workloads and studies in one sitting, told as they are known, and at
// the end as tables or as docs/benchmarks.md. Each set begins in processes of its own: what an engine has
// learned from other work makes small steps slower.

import { writeFileSync } from "node:fs";
import { textTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { type Comparison, compareWorkload } from "./compare.ts";
import type { Definition } from "./definition.ts";
import { benchmarksDocument } from "./document.ts";
import { describeMachine } from "./machine.ts";
import type { BenchReport } from "./report.ts";
import { comparisonRow, sectionsOf } from "./sections.ts";
import { openSitting, type Sitting, type SittingOptions } from "./sitting.ts";
import {
  measureCompiled,
  measureGrowth,
  measureMemory,
  measureStart,
  measureThreads,
} from "./studies.ts";
import { workloadSets } from "./workloads.ts";

/** What --set takes besides workloads: measured by a study. */
export const studies = ["threads", "start", "memory"] as const;

/** All that --set takes. */
export const setNames: readonly string[] = [...Object.keys(workloadSets), ...studies, "all"];

export interface ComparisonRequest extends SittingOptions {
  /** Workloads asked for by name; if there are none, the sets. */
  readonly chosen: readonly Definition[];
  readonly sets: readonly string[];
  /** The line that names the device. */
  readonly description: string;
  /** The document to write, if any, and the words that make it again. */
  readonly write: string | undefined;
  readonly command: string;
}

export async function runComparison(request: ComparisonRequest, terminal: Terminal): Promise<void> {
  const { names, missing } = await seated(request, async ({ names, missing }) => {
    return { names, missing };
  });
  for (const name of names) terminal.say(name);
  for (const { peer, reason } of missing) {
    terminal.say(`skipped ${peer}: ${reason}`);
    terminal.tell({ type: "skipped", peer, reason });
  }
  const measured = await measure(request, terminal);
  const machine = describeMachine(request.description);
  const report: BenchReport = { machine, participants: names, missing, ...measured };
  terminal.tell({ type: "report", ...report });
  for (const { title, text, head, rows } of sectionsOf(report)) {
    for (const line of ["", title, text, "", ...textTable([head, ...rows])]) terminal.say(line);
  }
  if (request.write === undefined) return;
  writeFileSync(request.write, benchmarksDocument(report, request.command));
  terminal.say(`\nwrote ${request.write}`);
}

/** Work with everybody in processes just started, which end with it. */
async function seated<T>(
  options: SittingOptions,
  work: (sitting: Sitting) => Promise<T>,
): Promise<T> {
  const sitting = await openSitting(options);
  try {
    return await work(sitting);
  } finally {
    sitting.close();
  }
}

async function measure(
  request: ComparisonRequest,
  terminal: Terminal,
): Promise<Omit<BenchReport, "machine" | "participants" | "missing">> {
  const { chosen, sets } = request;
  const tell = (comparison: Comparison): void => {
    const [name = "", mine, theirs, peer, ratio, limit, share] = comparisonRow(comparison);
    terminal.say(
      `${name.padEnd(26)} ours ${mine} · ${peer} ${theirs} · ${ratio} · limit ${limit} (${share})`,
    );
    terminal.tell({ type: "comparison", ...comparison });
  };
  const compareAll = (definitions: readonly Definition[]): Promise<Comparison[]> =>
    seated(request, async ({ ours, peers, rates, options }) => {
      const rows: Comparison[] = [];
      for (const definition of definitions) {
        const comparison = await compareWorkload(definition, ours, peers, { ...options, rates });
        rows.push(comparison);
        tell(comparison);
      }
      return rows;
    });
  const comparisons: Record<string, Comparison[]> = {};
  if (chosen.length > 0) comparisons.chosen = await compareAll(chosen);
  for (const name of ["base", "shapes", "eager"]) {
    if (sets.includes(name)) comparisons[name] = await compareAll(workloadSets[name] ?? []);
  }
  const asked = async <T>(name: string, study: () => Promise<T>): Promise<T | undefined> =>
    sets.includes(name) ? study() : undefined;
  return {
    comparisons,
    compiled: await asked("eager", () => seated(request, measureCompiled)),
    threads: await asked("threads", () => seated(request, measureThreads)),
    // These start whom they measure.
    start: await asked("start", () => measureStart(request)),
    memory: await asked("memory", () => measureMemory(request)),
    growth: await asked("growth", () => seated(request, (sitting) => measureGrowth(sitting, tell))),
  };
}

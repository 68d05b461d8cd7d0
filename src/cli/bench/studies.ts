// What is measured besides workloads against peers: threads, the price of going without `compile`,
// times from nothing, memory, and how cost grows.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Comparison, type Contestant, compareWorkload } from "./compare.ts";
import type { Definition } from "./definition.ts";
import { fittedExponent } from "./fit.ts";
import type { Participant } from "./participant.ts";
import type { GrowthCurve, MemoryPeak, OwnComparison, StartTime } from "./report.ts";
import {
  contestant,
  type Sitting,
  type SittingOptions,
  startOurselves,
  startPytorch,
} from "./sitting.ts";
import { median } from "./stopwatch.ts";
import { growths, workloadSets, workloads } from "./workloads.ts";

const definitionOf = (name: string): Definition => workloads.get(name) as Definition;

/** Our own program against another way of ours to run it. */
async function compareOwn(
  sitting: Sitting,
  definition: Definition,
  other: Contestant,
): Promise<OwnComparison> {
  const { ours, theirs, ratio } = await compareWorkload(
    definition,
    sitting.ours,
    [other],
    sitting.options,
  );
  return {
    workload: definition.name,
    ours,
    other: theirs ?? NaN,
    ratio: ratio ?? NaN,
  };
}

/** All threads against one. */
export async function measureThreads(sitting: Sitting): Promise<OwnComparison[]> {
  const one = await startOurselves({ ...sitting.options, threads: 1 });
  const rows: OwnComparison[] = [];
  for (const name of ["matmul", "cnn", "gpt"]) {
    rows.push(await compareOwn(sitting, definitionOf(name), contestant("one thread", one)));
  }
  one.close();
  return rows;
}

/** The eager workloads against the same step compiled, on the same device. */
export async function measureCompiled(sitting: Sitting): Promise<OwnComparison[]> {
  const compiled = await startOurselves(sitting.options);
  const own = contestant("compiled", compiled);
  const other: Contestant = {
    ...own,
    time: (definition, seconds) => own.time({ ...definition, eager: false }, seconds),
  };
  const rows: OwnComparison[] = [];
  for (const definition of workloadSets.eager ?? []) {
    rows.push(await compareOwn(sitting, definition, other));
  }
  compiled.close();
  return rows;
}

const entrance = new URL("../../index.js", import.meta.url).href;
const importing = `const t = performance.now(); await import("${entrance}"); console.log(performance.now() - t)`;

/** Import, and the first step of gpt with no and with all kernels on the disk; medians of rounds. */
export async function measureStart(options: SittingOptions): Promise<StartTime[]> {
  const gpt = definitionOf("gpt");
  const first = async (participant: Participant | undefined): Promise<Record<string, number>> => {
    const answer = await participant?.ask({ ask: "first", definition: gpt });
    participant?.close();
    return answer ?? {};
  };
  const times = { import: [], cold: [], warm: [], theirImport: [], theirFirst: [] } as Record<
    "import" | "cold" | "warm" | "theirImport" | "theirFirst",
    number[]
  >;
  const keep = (list: number[], ms: number | undefined): void => {
    if (ms !== undefined) list.push(ms);
  };
  for (let round = 0; round < options.rounds; round++) {
    const words = ["--input-type=module", "--eval", importing];
    const { stdout } = await promisify(execFile)(process.execPath, words);
    times.import.push(Number(stdout));
    const folder = mkdtempSync(join(tmpdir(), "hebb-bench-"));
    try {
      for (const list of [times.cold, times.warm]) {
        keep(list, (await first(await startOurselves(options, { HEBB_CACHE: folder }))).ms);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const theirs = await first(await startPytorch(options.threads));
    keep(times.theirFirst, theirs.ms);
    keep(times.theirImport, theirs.importMs);
  }
  const row = (what: string, ours: number[], theirs: number[]): StartTime => ({
    what,
    ours: median(ours),
    ...(theirs.length > 0 && { theirs: median(theirs) }),
  });
  return [
    row("import", times.import, times.theirImport),
    row("first step of gpt, no kernels on the disk", times.cold, times.theirFirst),
    row("first step of gpt, kernels on the disk", times.warm, times.theirFirst),
  ];
}

/** Steps after which memory has reached its peak. */
const settled = 20;

/** Peak memory of gpt and cnn, each in a fresh process. */
export async function measureMemory(options: SittingOptions): Promise<MemoryPeak[]> {
  const rows: MemoryPeak[] = [];
  for (const name of ["gpt", "cnn"]) {
    const request = { ask: "memory", definition: definitionOf(name), steps: settled } as const;
    const [mine, pytorch] = [await startOurselves(options), await startPytorch(options.threads)];
    const { bytes = NaN, tensors = NaN } = await mine.ask(request);
    const theirs = await pytorch?.ask(request);
    rows.push({ workload: name, ours: bytes, tensors, ...(theirs && { theirs: theirs.bytes }) });
    mine.close();
    pytorch?.close();
  }
  return rows;
}

/** Step times along one size after another, with the powers that fit them. */
export async function measureGrowth(
  { ours, peers, options }: Sitting,
  tell: (comparison: Comparison) => void,
): Promise<GrowthCurve[]> {
  const curves: GrowthCurve[] = [];
  for (const { title, along, points } of growths) {
    const measured: GrowthCurve["points"][number][] = [];
    for (const { size, definition } of points) {
      const comparison = await compareWorkload(definition, ours, peers, options);
      tell(comparison);
      const { ours: mine, theirs } = comparison;
      measured.push({ size, ours: mine, ...(theirs !== undefined && { theirs }) });
    }
    const exponentOf = (key: "ours" | "theirs"): number =>
      fittedExponent(
        measured.flatMap((p) => (p[key] === undefined ? [] : { size: p.size, cost: p[key] })),
      );
    const theirExponent = exponentOf("theirs");
    curves.push({
      title,
      along,
      points: measured,
      exponent: exponentOf("ours"),
      ...(Number.isFinite(theirExponent) && { theirExponent }),
    });
  }
  return curves;
}

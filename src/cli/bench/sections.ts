// A report as tables of text, each with a title and a sentence: the terminal and docs/benchmarks.md
// show the same ones.

import type { Comparison } from "./compare.ts";
import type { BenchReport, GrowthCurve, OwnComparison } from "./report.ts";

export interface Section {
  readonly title: string;
  readonly text: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const titles: Readonly<Record<string, string>> = {
  base: "The reference workloads",
  shapes: "Other shapes",
  eager: "Without compile",
  chosen: "Chosen workloads",
};

const comparisonHead = ["workload", "ours", "theirs", "best peer", "ratio", "limit", "share"];

/** One row of a comparison: as it is printed while the others still run. */
export function comparisonRow(c: Comparison): string[] {
  return [
    c.workload,
    c.failure === undefined ? time(c.ours) : c.failure,
    time(c.theirs),
    c.peer ?? "–",
    c.ratio === undefined ? "–" : `${c.ratio.toFixed(2)}×`,
    time(c.limit),
    c.share === undefined ? "–" : percent(c.share),
  ];
}

export function sectionsOf(report: BenchReport): Section[] {
  const sections = Object.entries(report.comparisons).map(
    ([name, comparisons]): Section => ({
      title: titles[name] ?? name,
      text: ratesText(comparisons),
      head: comparisonHead,
      rows: comparisons.map(comparisonRow),
    }),
  );
  const { compiled, threads, start, memory, growth = [] } = report;
  if (compiled) {
    const text = "The same step without and with `compile`, after warm-up.";
    sections.push(ownSection("What compile saves", text, ["eager", "compiled"], compiled));
  }
  if (threads) {
    const text = "The same program with all threads and with one.";
    sections.push(ownSection("Threads", text, ["all", "one"], threads));
  }
  if (start) {
    sections.push({
      title: "From nothing",
      text: "Each in a fresh process; theirs is PyTorch.",
      head: ["what", "ours", "theirs"],
      rows: start.map((s) => [s.what, time(s.ours), time(s.theirs)]),
    });
  }
  if (memory) {
    sections.push({
      title: "Memory",
      text: "Peak resident memory less that after the import; tensors is `memory().peak`.",
      head: ["workload", "ours", "tensors", "theirs"],
      rows: memory.map((m) => [m.workload, size(m.ours), size(m.tensors), size(m.theirs)]),
    });
  }
  return [...sections, ...growth.map(growthSection)];
}

function ratesText(comparisons: readonly Comparison[]): string {
  const rates = comparisons.flatMap((c) => c.rates ?? []);
  const what =
    "Medians in ms. The ratio is how many times as long the best peer takes; the share is the limit as a part of our time.";
  if (rates.length === 0) return `${what} Without OpenBLAS no limit was measured.`;
  const flops = Math.max(...rates.map((r) => r.flops)) / 1e9;
  const bytes = rates.map((r) => r.bytes / 1e9);
  const [low, high] = [Math.min(...bytes).toFixed(0), Math.max(...bytes).toFixed(0)];
  const between = low === high ? low : `${low} to ${high}`;
  return `${what} The limit is the larger of operations at the rate of OpenBLAS on a product of 1024 (here up to ${flops.toFixed(0)} GFLOP/s) and bytes at the rate of copying or reading as many (here ${between} GB/s).`;
}

const ownSection = (
  title: string,
  text: string,
  [ours, other]: readonly [string, string],
  rows: readonly OwnComparison[],
): Section => ({
  title,
  text,
  head: ["workload", ours, other, "ratio"],
  rows: rows.map((r) => [r.workload, time(r.ours), time(r.other), `${r.ratio.toFixed(2)}×`]),
});

function growthSection({ title, along, points, exponent, theirExponent }: GrowthCurve): Section {
  const theirs =
    theirExponent === undefined ? "" : `; theirs with its power ${theirExponent.toFixed(2)}`;
  return {
    title: title[0]?.toUpperCase() + title.slice(1),
    text: `Ours grows with ${along} to the power ${exponent.toFixed(2)}${theirs}.`,
    head: [along, "ours", "theirs"],
    rows: points.map((p) => [String(p.size), time(p.ours), time(p.theirs)]),
  };
}

/** Three digits of milliseconds. */
function time(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return "–";
  if (ms >= 100) return ms.toFixed(0);
  return ms < 0.001 ? "0.000" : ms.toFixed(ms >= 10 ? 1 : ms >= 1 ? 2 : 3);
}

const percent = (part: number): string => `${Math.round(100 * part)} %`;
const size = (bytes: number | undefined): string =>
  bytes === undefined ? "–" : `${(bytes / 1e6).toFixed(0)} MB`;

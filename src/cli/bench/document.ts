// docs/benchmarks.md: the tables of a report, with what they were measured on.

import { markdownTable } from "../table.ts";
import type { BenchReport } from "./report.ts";
import { sectionsOf } from "./sections.ts";

/** The whole document; `command` is what makes it again. */
export function benchmarksDocument(report: BenchReport, command: string): string {
  const { machine, participants, missing } = report;
  const lines = [
    "# Benchmarks",
    "",
    `Measured on ${machine.date} by \`${command}\`, which wrote this file. All in one sitting, in turn, in f32;`,
    "only the ratios mean anything elsewhere. What a step of each workload is, and how it is timed, is",
    "in [bench/README.md](../bench/README.md).",
    "",
    ...markdownTable([
      ["", "measured on"],
      ["processor", `${machine.processor}, ${machine.cores} cores`],
      ["memory", `${(machine.memory / 2 ** 30).toFixed(0)} GiB`],
      ["system", `${machine.system}, Node ${machine.node.replace("v", "")}`],
      ["device", machine.device],
      ...participants.map((name, i) => [i === 0 ? "took part" : "", name]),
      ...missing.map(({ peer, reason }) => ["missing", `${peer}: ${reason}`]),
    ]),
  ];
  for (const { title, text, head, rows } of sectionsOf(report)) {
    lines.push("", `## ${title}`, "", text, "", ...markdownTable([head, ...rows]));
  }
  return `${lines.join("\n")}\n`;
}

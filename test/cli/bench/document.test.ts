// Tables and the document, from figures made up for it.

import { expect, test } from "vitest";
import { benchmarksDocument } from "../../../src/cli/bench/document.ts";
import type { BenchReport } from "../../../src/cli/bench/report.ts";
import { sectionsOf } from "../../../src/cli/bench/sections.ts";
import { markdownTable, textTable } from "../../../src/cli/table.ts";

const report: BenchReport = {
  machine: {
    processor: "Abacus 9000",
    cores: 2,
    memory: 8 * 2 ** 30,
    system: "Linux 6 x64",
    node: "v20.20.2",
    device: "native (2 threads)",
    date: "2026-11-20",
  },
  participants: ["Hebb (native) 0.1.0, 2 threads", "PyTorch ×2: PyTorch 2.1, 2 threads"],
  missing: [{ peer: "OpenBLAS", reason: "there is no libopenblas" }],
  comparisons: {
    base: [
      {
        ...{ workload: "mlp", ours: 1.234, theirs: 3.21, peer: "PyTorch ×2", ratio: 2.6013 },
        ...{ limit: 1.1, share: 0.8914, rates: { flops: 3.7e11, bytes: 3.2e10 }, peers: [] },
      },
      { workload: "gpt", ours: Number.NaN, failure: "no memory", peers: [] },
    ],
  },
  compiled: [{ workload: "tiny-eager", ours: 0.05, other: 0.01, ratio: 0.2 }],
  threads: [{ workload: "cnn", ours: 10, other: 18.4, ratio: 1.84 }],
  start: [{ what: "import", ours: 52.31, theirs: 1234 }],
  memory: [{ workload: "gpt", ours: 61e6, tensors: 40e6 }],
  growth: [
    {
      ...{ title: "mlp step against batch", along: "batch", exponent: 0.911 },
      points: [{ size: 8, ours: 0.2, theirs: 0.4 }],
    },
  ],
};

test("every finding is a section with rows as long as its head", () => {
  const sections = sectionsOf(report);
  expect(sections.map(({ title }) => title)).toEqual([
    "The reference workloads",
    "What compile saves",
    "Threads",
    "From nothing",
    "Memory",
    "Mlp step against batch",
  ]);
  for (const { head, rows } of sections)
    for (const row of rows) expect(row.length).toBe(head.length);
  expect(sections[0]?.rows).toEqual([
    ["mlp", "1.23", "3.21", "PyTorch ×2", "2.60×", "1.10", "89 %"],
    ["gpt", "no memory", "–", "–", "–", "–", "–"],
  ]);
  expect(sections[0]?.text).toContain("up to 370 GFLOP/s");
  expect(sections[0]?.text).toContain("32 GB/s");
  expect(sections[4]?.rows).toEqual([["gpt", "61 MB", "40 MB", "–"]]);
  expect(sections[5]?.text).toBe("Ours grows with batch to the power 0.91.");
});

test("the document says on what, when and how it was made", () => {
  const text = benchmarksDocument(report, "npm run bench -- --compare --set all");
  for (const part of [
    "Measured on 2026-11-20 by `npm run bench -- --compare --set all`",
    "| processor | Abacus 9000, 2 cores |",
    "| memory | 8 GiB |",
    "| system | Linux 6 x64, Node 20.20.2 |",
    "| missing | OpenBLAS: there is no libopenblas |",
    "## Threads\n\nThe same program with all threads and with one.\n\n| workload | all | one | ratio |",
    "| cnn | 10.0 | 18.4 | 1.84× |",
  ]) {
    expect(text).toContain(part);
  }
  // Every table has a head, a line under it, and rows of as many cells.
  const tables = text.split(/\n\n/).filter((block) => block.startsWith("|"));
  expect(tables.length).toBe(7);
  for (const table of tables) {
    const widths = new Set(
      table
        .trimEnd()
        .split("\n")
        .map((line) => line.split("|").length),
    );
    expect(widths.size).toBe(1);
  }
  expect(text.endsWith("|\n")).toBe(true);
});

test("a report of nothing is a document without tables of figures", () => {
  const { machine, participants } = report;
  const text = benchmarksDocument({ machine, participants, missing: [], comparisons: {} }, "x");
  expect(text).not.toContain("##");
});

test("text tables align, Markdown tables escape", () => {
  const rows = [
    ["a", "b"],
    ["long name", "1.5"],
  ];
  expect(textTable(rows)).toEqual(["a            b", "long name  1.5"]);
  expect(
    markdownTable([
      ["a", "b"],
      ["x|y", "2"],
    ]),
  ).toEqual(["| a | b |", "| --- | ---: |", "| x\\|y | 2 |"]);
});

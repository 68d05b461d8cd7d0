// A roofline as lines of text: a table of the steps and what they come to, and the ceilings.

import type { Ceilings } from "./ceilings.ts";
import type { Measured, Roofline } from "./roofline.ts";

const head = ["kernel", "times", "MFLOP", "MB", "ms", "time", "GFLOP/s", "GB/s", "of ceiling"];

/** A line a step, with all its times in a run, and their sum if they are several. */
export function rooflineTable(roofline: Roofline): string[] {
  const { steps, work, kernelCount, measured } = roofline;
  const rows = steps.map((step) => [
    step.label,
    String(step.times),
    short((step.times * step.work.flops) / 1e6),
    short((step.times * step.work.bytes) / 1e6),
    ...cells(step.measured, ` ${step.bound}`),
  ]);
  if (rows.length !== 1) {
    const sum = [short(work.flops / 1e6), short(work.bytes / 1e6), ...cells(measured, "")];
    rows.push([`${kernelCount} kernels`, "", ...sum]);
  }
  return aligned([head, ...rows]);
}

function cells(measured: Measured | undefined, bound: string): string[] {
  if (measured === undefined) return ["–", "–", "–", "–", "–"];
  const { ms, flops, bytes, ofTime, ofCeiling } = measured;
  return [
    ms.toFixed(3),
    percent(ofTime),
    short(flops / 1e9),
    short(bytes / 1e9),
    percent(ofCeiling) + bound,
  ];
}

export function ceilingsLine({ flops, bandwidths }: Ceilings): string {
  const each = bandwidths.map(
    ({ bytes, perSecond }) =>
      `${short(perSecond / 1e9)} GB/s at ${Math.round(bytes / 2 ** 20)} MiB`,
  );
  return `ceilings measured here: ${short(flops / 1e9)} GFLOP/s; ${each.join(", ")}`;
}

const percent = (part: number): string => `${Math.round(100 * part)} %`;

/** Three digits that count; one of what is very small. */
function short(value: number): string {
  if (value > 0 && value < 0.001) return value.toExponential(0);
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toFixed(digits);
}

/** Columns of one width: the first to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  "),
  );
}

// The tables of the report: confusion matrix, time by kernel, epochs, settings, parameters.

import type {
  ReportConfusion,
  ReportEpoch,
  ReportKernel,
  ReportParameter,
  Setting,
} from "./report-data.ts";
import {
  escapeHtml,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
} from "./report-format.ts";

/** Up to this many classes the cells show their counts. */
const legible = 20;
/** Kernels beyond these are added up in one row. */
const kernelRows = 16;

export function confusionSection(confusion: ReportConfusion | undefined): string {
  if (confusion === undefined || confusion.classes.length === 0) return "";
  const { classes, counts } = confusion;
  const at = (truth: number, guess: number): number => counts[truth]?.[guess] ?? 0;
  const worst = Math.max(
    1,
    ...counts.map((row, i) => Math.max(0, ...row.filter((_, j) => j !== i))),
  );
  const head = classes.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join("");
  const rows = classes.map((name, truth) => {
    const total = (counts[truth] ?? []).reduce((sum, n) => sum + n, 0);
    const cells = classes.map((guessed, guess) => {
      const n = at(truth, guess);
      const right = truth === guess;
      // Square roots, so that one error can be told from none.
      const depth = right ? n / Math.max(1, total) : Math.sqrt(n / worst);
      const share = total > 0 ? ` (${formatPercent(n / total, 1)} of ${formatCount(total)})` : "";
      const title = right ? `${name} read correctly` : `${name} read as ${guessed}`;
      const text = classes.length > legible || n === 0 ? "" : formatCount(n);
      return `<td class="${right ? "right" : "error"}${depth > (right ? 0.6 : 0.85) ? " deep" : ""}" style="--depth:${depth.toFixed(3)}" title="${escapeHtml(`${title}: ${formatCount(n)}${share}`)}">${text}</td>`;
    });
    const recall = total > 0 ? formatPercent(at(truth, truth) / total, 1) : "–";
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.join("")}<td class="recall">${recall}</td></tr>`;
  });
  return `<section class="confusion"><h2>What was taken for what</h2>
<p class="note">Rows: what it was. Columns: what the network read.<span class="wide"> At the right: how much of each class was found.</span></p>
<div class="scroll"><table class="matrix${classes.length > legible ? " dense" : ""}"><thead><tr><td></td>${head}<td></td></tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div></section>`;
}

export function kernelsSection(kernels: readonly ReportKernel[] | undefined): string {
  if (kernels === undefined || kernels.length === 0) return "";
  const sorted = [...kernels].sort((a, b) => b.share - a.share);
  const shown = sorted.slice(0, sorted.length > kernelRows + 1 ? kernelRows : sorted.length);
  const others = sorted.slice(shown.length);
  const widest = Math.max(shown[0]?.share ?? 0, 1e-9);
  const rows = shown.map((kernel) => {
    // Work of one run, times runs, by milliseconds: 10^6 a millisecond is 10^9 a second.
    const rate = (work: number) =>
      kernel.ms > 0 && work > 0 ? formatNumber((work * kernel.runs) / kernel.ms / 1e6) : "–";
    return kernelRow(kernel, widest, [
      formatNumber(kernel.ms / Math.max(1, kernel.runs)),
      formatCount(kernel.runs),
      rate(kernel.flops),
      rate(kernel.bytes),
    ]);
  });
  if (others.length > 0) {
    const ms = others.reduce((sum, k) => sum + k.ms, 0);
    const share = others.reduce((sum, k) => sum + k.share, 0);
    const rest = { label: `${others.length} others`, ms, share };
    rows.push(kernelRow(rest, widest, ["–", "–", "–", "–"]));
  }
  const total = kernels.reduce((sum, k) => sum + k.ms, 0);
  return `<section><h2>Where the time went</h2>
<p class="note">${formatCount(kernels.length)} kernels, ${formatSeconds(total / 1000)} in all.</p>
<div class="scroll"><table class="kernels"><thead><tr><th scope="col">kernel</th><th scope="col" class="share">share</th><th scope="col">total</th><th scope="col">ms a run</th><th scope="col">runs</th><th scope="col">GFLOP/s</th><th scope="col">GB/s</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div></section>`;
}

function kernelRow(
  kernel: { label: string; ms: number; share: number },
  widest: number,
  figures: readonly string[],
): string {
  const length = Number.isFinite(kernel.share) ? Math.min(1, kernel.share / widest) : 0;
  const cells = [formatSeconds(kernel.ms / 1000), ...figures].map((text) => `<td>${text}</td>`);
  return (
    `<tr><th scope="row" title="${escapeHtml(kernel.label)}"><code>${escapeHtml(kernel.label)}</code></th>` +
    `<td class="share"><span class="bar" style="--length:${length.toFixed(3)}"></span><span>${formatPercent(kernel.share, 1)}</span></td>` +
    `${cells.join("")}</tr>`
  );
}

export function epochsTable(epochs: readonly ReportEpoch[]): string {
  if (epochs.length === 0) return "";
  const loss = (x: number | undefined) => (x === undefined ? "–" : formatNumber(x));
  const accuracy = (x: number | undefined) => (x === undefined ? "–" : formatPercent(x));
  const rows = epochs.map(
    (e) =>
      `<tr><th scope="row">${e.epoch}</th><td>${loss(e.trainLoss)}</td><td>${accuracy(e.trainAccuracy)}</td>` +
      `<td>${loss(e.validationLoss)}</td><td>${accuracy(e.validationAccuracy)}</td><td>${formatSeconds(e.seconds)}</td></tr>`,
  );
  return `<section><h2>Epochs</h2>
<div class="scroll"><table class="plain numbers"><thead><tr><th scope="col">epoch</th><th scope="col">training loss</th><th scope="col">accuracy</th><th scope="col">validation loss</th><th scope="col">accuracy</th><th scope="col">time</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div></section>`;
}

export function settingsTable(title: string, settings: readonly Setting[]): string {
  if (settings.length === 0) return "";
  const rows = settings.map(
    ({ name, value }) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<section><h2>${escapeHtml(title)}</h2><table class="plain settings"><tbody>${rows.join("\n")}</tbody></table></section>`;
}

export function parametersTable(parameters: readonly ReportParameter[]): string {
  if (parameters.length === 0) return "";
  const total = parameters.reduce((sum, p) => sum + p.count, 0);
  const rows = parameters.map(
    ({ name, shape, count }) =>
      `<tr><th scope="row"><code>${escapeHtml(name)}</code></th><td>${shape.join(" × ") || "1"}</td><td>${formatCount(count)}</td></tr>`,
  );
  return `<section><h2>Parameters</h2>
<div class="scroll"><table class="plain numbers"><thead><tr><th scope="col">name</th><th scope="col">shape</th><th scope="col">numbers</th></tr></thead><tbody>${rows.join("\n")}</tbody>
<tfoot><tr><th scope="row">in all</th><td></td><td>${formatCount(total)}</td></tr></tfoot></table></div></section>`;
}

// The report of a run: one HTML file that holds everything it shows and asks nobody for anything,
// which its own content security policy enforces. Pictures and charts need no script; the script
// only shows values under the pointer. The data stands in the page as JSON, for whoever wants the
// numbers back: JSON.parse(document.getElementById("report-data").textContent).

import { type HoverLine, renderChart } from "./report-chart.ts";
import { accuracyChart, lossChart } from "./report-curves.ts";
import type { ReportData } from "./report-data.ts";
import {
  escapeHtml,
  formatCount,
  formatDate,
  formatNumber,
  formatPercent,
  formatSeconds,
  scriptJson,
} from "./report-format.ts";
import { filtersSection, mistakesSection } from "./report-pictures.ts";
import { reportScript } from "./report-script.ts";
import { reportStyle } from "./report-style.ts";
import {
  confusionSection,
  epochsTable,
  kernelsSection,
  parametersTable,
  settingsTable,
} from "./report-tables.ts";

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** The page as HTML text. */
export function renderReport(data: ReportData): string {
  const charts = [lossChart(data), accuracyChart(data)].filter((chart) => chart !== undefined);
  const drawn = charts.map((chart) => ({ id: chart.id, ...renderChart(chart) }));
  const hover: Record<string, HoverLine[]> = {};
  for (const { id, hover: lines } of drawn) hover[id] = lines;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="hebb">
<title>${escapeHtml(data.title)} · training report</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
${header(data)}
<div class="charts">${drawn.map(({ html }) => html).join("\n")}</div>
<div class="columns">
${confusionSection(data.confusion)}
${mistakesSection(data.mistakes, wrongAnswers(data))}
</div>
${filtersSection(data.firstLayer)}
${kernelsSection(data.kernels)}
<div class="columns">
${epochsTable(data.history.epochs)}
${settingsTable("Made with", [...data.versions, { name: "device", value: data.device }, { name: "data", value: data.dataset }])}
${parametersTable(data.parameters)}
${settingsTable("Settings", data.config)}
</div>
<footer>${escapeHtml(data.title)} · ${escapeHtml(formatDate(data.date))} · Hebb</footer>
</main>
<script type="application/json" id="report-data">${scriptJson(data)}</script>
<script type="application/json" id="report-charts">${scriptJson(hover)}</script>
<script>${reportScript}</script>
</body>
</html>
`;
}

function header(data: ReportData): string {
  const { title, history, test, parameters, seconds } = data;
  const last = history.epochs[history.epochs.length - 1];
  const facts: [string, string][] = [];
  if (test?.loss !== undefined) facts.push(["test loss", formatNumber(test.loss)]);
  if (last?.validationAccuracy !== undefined) {
    facts.push(["validation accuracy", formatPercent(last.validationAccuracy)]);
  }
  if (history.epochs.length > 0) facts.push(["epochs", formatCount(history.epochs.length)]);
  facts.push(["training time", formatSeconds(seconds)]);
  const count = parameters.reduce((sum, p) => sum + p.count, 0);
  if (count > 0) facts.push(["parameters", formatCount(count)]);
  return `<header>
<p class="eyebrow">Training report</p>
<h1>${escapeHtml(title)}</h1>
<p class="note">${escapeHtml(formatDate(data.date))} · ${escapeHtml(data.dataset)}<br>${escapeHtml(data.device)}</p>
<div class="headline">${headline(data)}
<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("")}</dl></div>
</header>`;
}

/** The one number to remember: test accuracy, else the last validation accuracy, else the loss. */
function headline({ test, history }: ReportData): string {
  const big = (value: string, words: string) =>
    `<p class="big"><strong>${value}</strong><span>${words}</span></p>`;
  if (test !== undefined) {
    const wrong = Math.round((1 - test.accuracy) * test.examples);
    const words = Number.isFinite(test.accuracy)
      ? `of ${formatCount(test.examples)} test examples named correctly; ${wrong === 0 ? "no mistake" : `${formatCount(wrong)} wrong`}`
      : "test accuracy";
    return big(formatPercent(test.accuracy), words);
  }
  const last = history.epochs[history.epochs.length - 1];
  if (last === undefined) return big("–", "no epoch was finished");
  if (last.validationAccuracy !== undefined) {
    return big(
      formatPercent(last.validationAccuracy),
      "of the validation examples named correctly",
    );
  }
  return big(formatNumber(last.trainLoss), "training loss of the last epoch");
}

function wrongAnswers({ test, confusion }: ReportData): number | undefined {
  if (confusion !== undefined) {
    return confusion.counts
      .map((row, i) => row.reduce((sum, n, j) => sum + (i === j ? 0 : n), 0))
      .reduce((sum, n) => sum + n, 0);
  }
  return test === undefined ? undefined : Math.round((1 - test.accuracy) * test.examples);
}

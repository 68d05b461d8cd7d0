// One line chart as SVG, with axes, a legend and the values that the page shows on hover. The
// chart is whole without scripts; hovering only adds to it. A line breaks where a value is not
// finite.

import { positionOf, type Scale } from "./report-axis.ts";
import { escapeHtml } from "./report-format.ts";

export interface Line {
  readonly name: string;
  /** Colour class in the style sheet: "a", "b" or "c". */
  readonly colour: string;
  readonly style: "faint" | "solid" | "dots" | "level";
  readonly points: readonly Point[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** What hovering shows: "epoch 1.25", "0.0414". */
  readonly at: string;
  readonly value: string;
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** A sentence beside the title. */
  readonly note: string;
  readonly lines: readonly Line[];
  readonly x: Scale;
  readonly y: Scale;
  readonly xTitle: string;
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
}

/** What the hover script needs of a chart: pixel places and texts. */
export interface HoverLine {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number, at: string, value: string])[];
}

const width = 520;
const height = 320;
const plot = { left: 74, right: 504, top: 14, bottom: 268 };

export function renderChart(chart: Chart): { html: string; hover: HoverLine[] } {
  const across = (x: number) => plot.left + positionOf(chart.x, x) * (plot.right - plot.left);
  const down = (y: number) => plot.bottom - positionOf(chart.y, y) * (plot.bottom - plot.top);
  const parts = [
    ...chart.y.ticks.map((tick) => {
      const y = short(down(tick));
      return (
        `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y}" y2="${y}"/>` +
        `<text x="${plot.left - 9}" y="${y}" dy=".35em" text-anchor="end">${escapeHtml(chart.formatY(tick))}</text>`
      );
    }),
    ...chart.x.ticks.map((tick) => {
      const x = short(across(tick));
      return (
        `<line class="tick" x1="${x}" x2="${x}" y1="${plot.bottom}" y2="${plot.bottom + 5}"/>` +
        `<text x="${x}" y="${plot.bottom + 23}" text-anchor="middle">${escapeHtml(chart.formatX(tick))}</text>`
      );
    }),
    `<line class="axis" x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}"/>`,
    `<text class="axis-title" x="${plot.right}" y="${height - 6}" text-anchor="end">${escapeHtml(chart.xTitle)}</text>`,
    ...chart.lines.map((line) => drawLine(line, across, down)),
  ];
  const hover = chart.lines.map(({ name, colour, points }) => ({
    name,
    colour,
    points: points
      .filter(({ y }) => isDrawn(y))
      .map(({ x, y, at, value }) => [round(across(x)), round(down(y)), at, value] as const),
  }));
  return { html: figure(chart, parts.join("\n")), hover };
}

function figure(chart: Chart, drawing: string): string {
  const legend = chart.lines
    .map(
      ({ name, colour, style }) =>
        `<span class="key"><svg class="swatch line-${colour} ${style}" viewBox="0 0 22 10" aria-hidden="true">` +
        `<path d="M0 5H22"/>${style === "dots" ? '<circle cx="11" cy="5" r="3.5"/>' : ""}</svg>${escapeHtml(name)}</span>`,
    )
    .join("");
  return `<figure class="chart" data-chart="${chart.id}">
<figcaption><h2>${escapeHtml(chart.title)}</h2><p>${escapeHtml(chart.note)}</p></figcaption>
<div class="legend">${legend}</div>
<div class="plot"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(`${chart.title}: ${chart.note}`)}">
${drawing}
<line class="cursor" y1="${plot.top}" y2="${plot.bottom}" x1="0" x2="0" visibility="hidden"/>
</svg><div class="tip" hidden></div></div>
</figure>`;
}

function drawLine(line: Line, across: (x: number) => number, down: (y: number) => number): string {
  let path = "";
  let broken = true;
  for (const { x, y } of line.points) {
    if (!isDrawn(y)) {
      broken = true;
      continue;
    }
    path += `${broken ? "M" : "L"}${short(across(x))} ${short(down(y))}`;
    broken = false;
  }
  const dots =
    line.style === "dots"
      ? line.points
          .filter(({ y }) => isDrawn(y))
          .map(({ x, y }) => `<circle cx="${short(across(x))}" cy="${short(down(y))}" r="3.5"/>`)
          .join("")
      : "";
  return `<g class="line-${line.colour} ${line.style}"><path d="${path}"/>${dots}</g>`;
}

/** Beyond 10^12 a value tells no more than that it is beyond. */
export const isDrawn = (y: number): boolean => Math.abs(y) < 1e12;

const round = (x: number): number => Math.round(x * 10) / 10;
const short = (x: number): string => String(round(x));

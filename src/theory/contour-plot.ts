// A map of contours with paths over it, as an SVG picture: text that a page or a file can hold.

import { ArgumentError } from "../ir/errors.ts";
import { requireWithin } from "../tensor/requirements.ts";
import type { Contour, MapOptions, Point } from "./contour.ts";

/** A path to draw, with its name. */
export interface NamedPath {
  readonly name: string;
  /** Of two numbers each, as descentPath gives them. */
  readonly points: readonly (readonly number[])[];
}

/** Options of contourPlot. */
export interface ContourPlotOptions extends Pick<MapOptions, "x" | "y"> {
  readonly contours: readonly Contour[];
  readonly paths?: readonly NamedPath[];
  readonly title?: string;
  /** Pixels. Default 480 by 360. */
  readonly width?: number;
  readonly height?: number;
}

/** Colours that stay apart for all eyes: Okabe and Ito 2008. */
const colours = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
const margin = { top: 28, side: 12, bottom: 12 };

/**
 * Contours, from dark where it is low to light, and paths with their names.
 *
 * @param options  contours, x, y; paths, title, width, height
 * @returns        a whole SVG document
 */
export function contourPlot({
  contours,
  x,
  y,
  paths = [],
  title = "",
  width = 480,
  height = 360,
}: ContourPlotOptions): string {
  for (const [name, [from, to]] of Object.entries({ x, y })) {
    if (from < to) continue;
    throw new ArgumentError(`contourPlot: ${name} must go up, not [${from}, ${to}]`);
  }
  requireWithin("contourPlot", { width, height }, { from: 0, open: "from" });
  const inner = [width - 2 * margin.side, height - margin.top - margin.bottom] as const;
  const place = ([px, py]: Point): string => {
    const column = margin.side + ((px - x[0]) / (x[1] - x[0])) * inner[0];
    const row = margin.top + (1 - (py - y[0]) / (y[1] - y[0])) * inner[1];
    return `${round(column)} ${round(row)}`;
  };
  const line = (points: readonly Point[]): string => `M${points.map(place).join("L")}`;
  const levels = [...new Set(contours.map(({ level }) => level))];
  const drawn = contours.map(({ level, points }) => {
    const share = levels.length < 2 ? 0 : levels.indexOf(level) / (levels.length - 1);
    const grey = Math.round(90 + 120 * share);
    return `<path d="${line(points)}" stroke="rgb(${grey},${grey},${grey})" stroke-width="1"/>`;
  });
  const ways = paths.flatMap(({ name, points }, i) => {
    const colour = colours[i % colours.length] as string;
    const stations = points as readonly Point[];
    const last = (place(stations.at(-1) as Point) as string).split(" ");
    return [
      `<path d="${line(stations)}" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`,
      `<circle cx="${last[0]}" cy="${last[1]}" r="4" fill="${colour}" stroke="none"/>`,
      `<text x="${margin.side + 8}" y="${margin.top + 18 + 16 * i}" fill="${colour}" stroke="none">${escaped(name)}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="13" role="img">`,
    `<title>${escaped(title || "contours")}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${width / 2}" y="18" text-anchor="middle" fill="#222">${escaped(title)}</text>`,
    `<clipPath id="map"><rect x="${margin.side}" y="${margin.top}" width="${inner[0]}" height="${inner[1]}"/></clipPath>`,
    `<g clip-path="url(#map)" fill="none">`,
    ...drawn,
    ...ways,
    "</g>",
    `<rect x="${margin.side}" y="${margin.top}" width="${inner[0]}" height="${inner[1]}" fill="none" stroke="#888"/>`,
    "</svg>",
    "",
  ].join("\n");
}

const round = (value: number): number => Math.round(value * 100) / 100;

const escaped = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

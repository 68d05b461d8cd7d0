// Contours of a function of two numbers: lines along which it has one value, found square by square on
// a grid ("marching squares") and joined end to end.

import { ArgumentError } from "../ir/errors.ts";
import { linspace } from "../tensor/create.ts";
import { stack } from "../tensor/functions.ts";
import { requireSizes, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { vmap } from "../tensor/vmap.ts";

/** From where to where a map goes, and how finely it looks. */
export interface MapOptions {
  readonly x: readonly [from: number, to: number];
  readonly y: readonly [from: number, to: number];
  /** Points along each side. Default 60. */
  readonly resolution?: number;
  /** Values to draw a line at, or how many. Default 12, spread so that each is crossed as often. */
  readonly levels?: number | readonly number[];
}

/** A place of the plane. */
export type Point = readonly [x: number, y: number];

/** A line of one value; a closed one ends where it begins. */
export interface Contour {
  readonly level: number;
  readonly points: readonly Point[];
}

/**
 * The contours of f over a rectangle.
 *
 * @param f        gives [] from a tensor [2]; evaluated at all points of the grid as one batch
 * @param options  x, y, resolution, levels
 * @returns        lines, lowest level first
 * @throws ArgumentError  a side is empty, or the resolution is not a whole number from 2
 * @cost    resolution² values
 * @source  Lorensen and Cline 1987, Marching Cubes, in the plane
 */
export async function contours(
  f: (x: Tensor) => Tensor,
  { x, y, resolution = 60, levels = 12 }: MapOptions,
): Promise<Contour[]> {
  for (const [name, [from, to]] of [
    ["x", x],
    ["y", y],
  ] as const) {
    if (!(from < to)) throw new ArgumentError(`contours: ${name} must go up, not [${from}, ${to}]`);
  }
  if (!Number.isInteger(resolution) || resolution < 2) {
    throw new ArgumentError(
      `contours: resolution must be a whole number from 2, not ${resolution}`,
    );
  }
  for (const level of typeof levels === "number" ? [] : levels) {
    requireWithin("contours", { levels: level });
  }
  if (typeof levels === "number") requireSizes("contours", { levels });
  const axis = ([from, to]: readonly [number, number]): Tensor =>
    linspace(from, to, { count: resolution, dtype: "f64" });
  const [xs, ys] = [axis(x).unsqueeze(0), axis(y).unsqueeze(1)];
  const shape = [resolution, resolution];
  const grid = stack([xs.broadcastTo(shape), ys.broadcastTo(shape)], { axis: -1 });
  const values = [
    ...(await vmap(f)(grid.reshape([-1, 2]))
      .cast("f64")
      .data("f64")),
  ];
  const wanted = typeof levels === "number" ? spread(values, levels) : [...levels];
  const at = ([column, row]: Point): Point => [
    x[0] + (column / (resolution - 1)) * (x[1] - x[0]),
    y[0] + (row / (resolution - 1)) * (y[1] - y[0]),
  ];
  return wanted
    .sort((a, b) => a - b)
    .flatMap((level) =>
      joined(segments(values, resolution, level)).map((line) => ({ level, points: line.map(at) })),
    );
}

/** Levels between the values: as many values lie between each two. */
function spread(values: readonly number[], count: number): number[] {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const place = (i: number): number => Math.floor(((i + 0.5) / count) * sorted.length);
  return Array.from({ length: count }, (_, i) => sorted[place(i)] as number);
}

/** A piece of a line inside one square; its ends lie on edges of the grid, by which they are known. */
type Segment = readonly [from: End, to: End];

interface End {
  readonly edge: string;
  readonly point: Point;
}

function segments(values: readonly number[], size: number, level: number): Segment[] {
  const value = (column: number, row: number): number => values[row * size + column] as number;
  const cross = (c0: number, r0: number, c1: number, r1: number): End => {
    const [a, b] = [value(c0, r0), value(c1, r1)];
    const share = (level - a) / (b - a);
    return {
      edge: `${c0},${r0},${c1},${r1}`,
      point: [c0 + share * (c1 - c0), r0 + share * (r1 - r0)],
    };
  };
  const found: Segment[] = [];
  for (let r = 0; r + 1 < size; r++) {
    for (let c = 0; c + 1 < size; c++) {
      const corners = [value(c, r), value(c + 1, r), value(c + 1, r + 1), value(c, r + 1)];
      if (!corners.every(Number.isFinite)) continue;
      const above = corners.map((v) => v > level);
      const ends: End[] = [];
      if (above[0] !== above[1]) ends.push(cross(c, r, c + 1, r));
      if (above[1] !== above[2]) ends.push(cross(c + 1, r, c + 1, r + 1));
      if (above[2] !== above[3]) ends.push(cross(c, r + 1, c + 1, r + 1));
      if (above[3] !== above[0]) ends.push(cross(c, r, c, r + 1));
      const [first, second, third, fourth] = ends;
      if (third === undefined || fourth === undefined) {
        if (first && second) found.push([first, second]);
        continue;
      }
      // A saddle: the middle says which corners are joined.
      const middle = corners.reduce((sum, v) => sum + v, 0) / 4 > level;
      if (middle === above[0]) found.push([first as End, second as End], [third, fourth]);
      else found.push([fourth, first as End], [second as End, third]);
    }
  }
  return found;
}

/** Segments joined to lines. */
function joined(pieces: readonly Segment[]): Point[][] {
  const byEdge = new Map<string, Segment[]>();
  for (const piece of pieces) {
    for (const { edge } of piece) byEdge.set(edge, [...(byEdge.get(edge) ?? []), piece]);
  }
  const used = new Set<Segment>();
  const follow = (line: Point[], from: End): void => {
    let end = from;
    for (;;) {
      const next = byEdge.get(end.edge)?.find((piece) => !used.has(piece));
      if (next === undefined) return;
      used.add(next);
      end = next[0].edge === end.edge ? next[1] : next[0];
      line.push(end.point);
    }
  };
  const lines: Point[][] = [];
  for (const piece of pieces) {
    if (used.has(piece)) continue;
    used.add(piece);
    const [start, end] = piece;
    const back: Point[] = [];
    const line = [start.point, end.point];
    follow(line, end);
    follow(back, start);
    lines.push([...back.reverse(), ...line]);
  }
  return lines;
}

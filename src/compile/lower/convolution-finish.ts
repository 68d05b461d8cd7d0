// What follows a convolution: the sums of a tile lie with the columns as lanes, the results as a rule
// with the rows; so tiles are turned round first, and what follows is done on runs of rows.

import type { Atom } from "../../ir/kernel.ts";
import type { Axis } from "../affine.ts";
import type { Emission } from "../emission.ts";
import { followsLanes } from "./convolution-form.ts";
import type { ConvolutionPlan } from "./convolution-plan.ts";
import { decode, type Loop, mergeAxes, sizeOfLoops, vectorsAlong } from "./loops.ts";

export interface FinishedRows {
  readonly height: number;
  readonly vectors: number;
  readonly sums: number;
  readonly sum: Atom;
  /** Memory for a tile turned round. */
  readonly turned: number;
  /** The first and the end of the tile's rows, counted in all rows. */
  readonly row: Atom;
  readonly end: Atom;
  /** The first column. */
  readonly column: Atom;
  /** Where sums go that are only of a piece. */
  readonly partial: PartialSums | undefined;
}

/** Sums of a piece, column by column: where they begin, and how far apart columns lie. */
export interface PartialSums {
  readonly buffer: number;
  readonly start: Atom;
  readonly pitch: Atom;
}

/** Elements between columns of a tile that is turned round. */
export const turnedPitch = (plan: ConvolutionPlan): number =>
  Math.ceil((plan.heights[0] as number) / plan.lanes) * plan.lanes;

/** What follows, on the rows and columns of a tile that exist. */
export function finishRows(emission: Emission, plan: ConvolutionPlan, tile: FinishedRows): void {
  const { columns, sizes, partial } = { ...plan, ...tile };
  const b = emission.builder;
  const { add, sub, mul, min } = b.index;
  const total = b.int(sizeOfLoops(columns), "columns");
  const turns = laneOfRows(plan) !== undefined;
  if (turns) turn(emission, plan, tile);
  b.loop(0, min(tile.vectors * b.lanes, sub(total, tile.column)), 1, (i) => {
    const column = add(tile.column, i);
    decode(emission, columns, column);
    eachRow(emission, plan, [tile.row, tile.end], (row) => {
      const j = sub(row, tile.row);
      const { lane, count } = emission;
      const sum = turns
        ? b.load(plan.type, tile.turned, add(mul(i, turnedPitch(plan)), j), {
            lanes: lane ? b.lanes : 1,
            fresh: true,
          })
        : b.load(plan.type, tile.sums, add(tile.sum, add(mul(j, sizes.width), i)), { fresh: true });
      if (partial) {
        const at = add(add(partial.start, mul(column, partial.pitch)), row);
        b.store(partial.buffer, at, sum, lane ? b.lanes : 1, { count });
        return;
      }
      emission.given.set(plan.spec.node, sum);
      emission.storeAll(plan.spec.results);
    });
  });
}

/** Rows from one up to another, in vectors where what follows can be done so. */
export function eachRow(
  emission: Emission,
  plan: ConvolutionPlan,
  [from, to]: readonly [Atom, Atom],
  body: (row: Atom) => void,
): void {
  const { loops, still } = rowsOf(plan);
  const lane = laneOfRows(plan);
  for (const axis of still) emission.place(axis, 0);
  if (lane) {
    vectorsAlong(emission, lane, [from, to], (row) => {
      emission.place(lane, row);
      body(row);
    });
    return;
  }
  emission.builder.loop(from, to, 1, (row) => {
    decode(emission, loops, row);
    body(row);
  });
}

/** The axes that make rows, of places, or of channels and taps, as what follows walks them. */
function rowsOf({ view, channels, after }: ConvolutionPlan): { loops: Loop[]; still: Axis[] } {
  const axes = view.resultsArePlaces
    ? view.image.map(({ place }) => place)
    : [...channels.map((c) => c.axis), ...view.image.flatMap(({ tap }) => (tap ? [tap] : []))];
  return mergeAxes(axes, after);
}

/** The axis along which what follows can be done a vector of rows at a time, if there is one. */
function laneOfRows(plan: ConvolutionPlan): Axis | undefined {
  const [run, another] = rowsOf(plan).loops;
  return run && !another && followsLanes(plan, run.axis) ? run.axis : undefined;
}

/** The tile in squares of vectors, each turned round; rows past the last repeat it. */
function turn(emission: Emission, plan: ConvolutionPlan, tile: FinishedRows): void {
  const { height, vectors, sums, sum, turned } = tile;
  const b = emission.builder;
  const { add } = b.index;
  for (let u = 0; u < vectors; u++) {
    for (let from = 0; from < height; from += b.lanes) {
      const square = Array.from({ length: b.lanes }, (_, lane) => {
        const row = Math.min(from + lane, height - 1);
        const at = add(sum, row * plan.sizes.width + u * b.lanes);
        return b.load(plan.type, sums, at, { lanes: b.lanes, fresh: true });
      });
      b.transpose(square).forEach((line, lane) => {
        b.store(turned, (u * b.lanes + lane) * turnedPitch(plan) + from, line, b.lanes);
      });
    }
  }
}

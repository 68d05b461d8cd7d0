// What follows a convolution: the sums of a tile lie with the columns as lanes, the results as a rule
// with the rows; so tiles are turned round first, and what follows is done on runs of rows.

import type { Atom } from "../../ir/kernel.ts";
import { type Axis, dependsOn, isLinear } from "../affine.ts";
import type { Emission } from "../emission.ts";
import { walk } from "../expression-walk.ts";
import { lanesFor, registersOf } from "../registers.ts";
import type { ConvolutionPlan } from "./convolution-plan.ts";
import { decode, type Loop, mergeAxes, sizeOfLoops, vectorsAlong } from "./loops.ts";

export interface FinishedRows {
  readonly height: number;
  readonly vectors: number;
  readonly sums: number;
  readonly sum: Atom;
  /** Memory for a tile turned round. */
  readonly turned: number;
  /** The first row and the end of the tile's rows, counted in all rows. */
  readonly row: Atom;
  readonly end: Atom;
  /** The first column. */
  readonly column: Atom;
}

/** Elements between columns of a tile that is turned round. */
export const turnedPitch = (plan: ConvolutionPlan): number =>
  Math.ceil((plan.heights[0] as number) / plan.lanes) * plan.lanes;

export function finishRows(emission: Emission, plan: ConvolutionPlan, tile: FinishedRows): void {
  const { columns, sizes } = plan;
  const b = emission.builder;
  const { add, sub, mul, min } = b.index;
  const total = b.int(sizeOfLoops(columns), "columns");
  const here = min(tile.vectors * b.lanes, sub(total, tile.column));
  const { loops, still } = mergeAxes(rowAxes(plan), plan.after);
  const [run, another] = loops;
  const single = run && !another ? run.axis : undefined;
  if (!single || !takesLanes(plan, single)) {
    b.loop(tile.row, tile.end, 1, (row) => {
      for (const axis of still) emission.place(axis, 0);
      decode(emission, loops, row);
      b.loop(0, here, 1, (column) => {
        decode(emission, columns, add(tile.column, column));
        const line = mul(sub(row, tile.row), sizes.width);
        finish(emission, plan, tile.sums, add(tile.sum, add(line, column)));
      });
    });
    return;
  }
  const pitch = turnedPitch(plan);
  turn(emission, plan, tile, pitch);
  b.loop(0, here, 1, (column) => {
    for (const axis of still) emission.place(axis, 0);
    decode(emission, columns, add(tile.column, column));
    vectorsAlong(emission, single, [tile.row, tile.end], (row) => {
      emission.place(single, row);
      finish(emission, plan, tile.turned, add(mul(column, pitch), sub(row, tile.row)));
    });
  });
}

function finish(
  emission: Emission,
  { spec, type }: ConvolutionPlan,
  buffer: number,
  at: Atom,
): void {
  const b = emission.builder;
  const lanes = emission.lane ? b.lanes : 1;
  emission.given.set(spec.node, b.load(type, buffer, at, { lanes, fresh: true }));
  emission.storeAll(spec.results);
}

/** Axes that make rows: of places, or of channels and taps. */
function rowAxes({ view, channels }: ConvolutionPlan): Axis[] {
  if (view.resultsArePlaces) return view.image.map(({ place }) => place);
  const taps = view.image.flatMap(({ tap }) => (tap ? [tap] : []));
  return [...channels.map((loop: Loop) => loop.axis), ...taps];
}

/** The tile in squares of vectors, each turned round; rows past the last repeat it. */
function turn(
  emission: Emission,
  { type, sizes }: ConvolutionPlan,
  { height, vectors, sums, sum, turned }: FinishedRows,
  pitch: number,
): void {
  const b = emission.builder;
  const { add } = b.index;
  for (let u = 0; u < vectors; u++) {
    for (let from = 0; from < height; from += b.lanes) {
      const square = Array.from({ length: b.lanes }, (_, lane) => {
        const row = Math.min(from + lane, height - 1);
        const at = add(sum, row * sizes.width + u * b.lanes);
        return b.load(type, sums, at, { lanes: b.lanes, fresh: true });
      });
      b.transpose(square).forEach((line, lane) => {
        b.store(turned, (u * b.lanes + lane) * pitch + from, line, b.lanes);
      });
    }
  }
}

/** Whether what follows can be done a vector of rows at a time. */
function takesLanes({ spec, after, type, lanes, target }: ConvolutionPlan, axis: Axis): boolean {
  const values = spec.results.map((r) => r.value);
  if (lanes === 1 || !after.every((i) => isLinear(i, axis))) return false;
  // Registers that do not fit the lanes of this kernel would be needed.
  if (lanesFor(target, registersOf(values).add(type)) !== lanes) return false;
  let guarded = false;
  walk(values, (e) => {
    if (e.kind === "guard" && e.conditions.some((c) => dependsOn(c.index, axis))) guarded = true;
  });
  return !guarded;
}

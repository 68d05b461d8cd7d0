// The other operand of a convolution, a column for each of its own places: copied in the order in
// which tiles read it, as [tile of columns, term, column]. Columns past the last are spare.

import type { Atom } from "../../ir/kernel.ts";
import type { Node } from "../../ir/node.ts";
import { type Axis, factorOf } from "../affine.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import { collectIndices } from "../expression-walk.ts";
import { type ConvolutionPlan, readsVectors } from "./convolution-plan.ts";
import { countedNest, decode, type Loop, mergeAxes, sizeOfLoops, vectorsAlong } from "./loops.ts";
import { finishJob, type LoweredJob } from "./lowered-job.ts";

/** All columns at once, for every unit to read: a unit of this job is a tile of them. */
export function packColumns(plan: ConvolutionPlan, packed: Node): LoweredJob {
  const { spec, view, sizes, columns, channels } = plan;
  const emission = new Emission(new KernelBuilder(1), spec.reportCode);
  const b = emission.builder;
  const { add, sub, mul, div, mod, min } = b.index;
  for (const axis of plan.still) emission.place(axis, 0);
  const tiles = b.int(sizes.columnTiles, "tiles");
  decode(emission, plan.batch, div(b.unit, tiles));
  const first = mul(mod(b.unit, tiles), sizes.width);
  const here = min(sizes.width, sub(b.int(sizeOfLoops(columns), "columns"), first));
  const taps = view.image.flatMap(({ tap }): Loop[] =>
    tap ? [{ axis: tap, extent: tap.extent }] : [],
  );
  const out = b.writes(packed, 0);
  const start = mul(b.unit, b.int(sizes.channels * sizes.taps * sizes.width, "tile"));
  b.loop(0, here, 1, (column) => {
    decode(emission, columns, add(first, column));
    countedNest(emission, [...channels, ...taps], (term) => {
      const at = add(start, mul(term, sizes.width));
      b.store(out, add(at, column), emission.value(view.other), 1);
    });
  });
  return finishJob(b, {
    name: `${spec.name} pack`,
    units: sizeOfLoops(plan.batch) * sizes.columnTiles,
    flops: 0,
    once: spec.hoisting?.isLasting(view.other),
    roots: [view.other],
    writes: new Map(),
  });
}

/** The terms of a block of places, for the tiles from one up to another. */
export interface ColumnBlock {
  readonly tile: Atom;
  readonly tileEnd: Atom;
  readonly place: Atom;
  readonly placeCount: Atom;
  /** Where they go, and how far apart tiles lie there. */
  readonly buffer: number;
  readonly pitch: Atom;
}

export function copyColumns(
  emission: Emission,
  plan: ConvolutionPlan,
  { tile, tileEnd, place, placeCount, buffer, pitch }: ColumnBlock,
): void {
  const { view, sizes, columns } = plan;
  const b = emission.builder;
  const { add, sub, mul, min } = b.index;
  const total = b.int(sizeOfLoops(columns), "columns");
  const places = mergeAxes(
    view.image.map((axis) => axis.place),
    collectIndices(view.other),
  );
  for (const axis of places.still) emission.place(axis, 0);
  const run = runOfTerms(plan, places.loops);
  const within = b.int(sizes.placesWithin, "within");
  const from = mul(place, within);
  const to = add(from, mul(placeCount, within));
  b.loop(tile, tileEnd, 1, (t) => {
    const start = mul(sub(t, tile), pitch);
    const first = mul(t, sizes.width);
    if (run) {
      copySquares(emission, plan, run, { from, to, column: first, buffer, start });
      return;
    }
    b.loop(0, min(sizes.width, sub(total, first)), 1, (column) => {
      decode(emission, columns, add(first, column));
      b.loop(from, to, 1, (at) => {
        decode(emission, places.loops, at);
        const line = add(start, mul(sub(at, from), sizes.width));
        b.store(buffer, add(line, column), emission.value(view.other), 1);
      });
    });
  });
}

/** The axis of terms, if they are a run of what is read, and can be read in vectors. */
export function runOfTerms(plan: ConvolutionPlan, terms: readonly Loop[]): Axis | undefined {
  const { other } = plan.view;
  const [run, another] = terms;
  if (!run || another || !readsVectors(plan, other, run.axis)) return undefined;
  return collectIndices(other).every((i) => factorOf(i, run.axis) === 1) ? run.axis : undefined;
}

/** Terms of a tile of columns, and where they go. */
interface ColumnSquares {
  readonly from: Atom;
  readonly to: Atom;
  /** The first column. */
  readonly column: Atom;
  readonly buffer: number;
  readonly start: Atom;
}

/** Squares: a vector of terms of as many columns, turned round. Columns past the last repeat it. */
export function copySquares(
  emission: Emission,
  { view, sizes, columns }: ConvolutionPlan,
  run: Axis,
  { from, to, column: first, buffer, start }: ColumnSquares,
): void {
  const b = emission.builder;
  const { add, sub, mul, min } = b.index;
  const last = sub(b.int(sizeOfLoops(columns), "columns"), 1);
  b.loop(0, sizes.width, b.lanes, (column) => {
    vectorsAlong(emission, run, [from, to], (at) => {
      const square = Array.from({ length: b.lanes }, (_, lane): Atom => {
        let value: Atom | undefined;
        b.turn(() => {
          emission.place(run, at);
          decode(emission, columns, min(add(add(first, column), lane), last));
          value = emission.value(view.other);
        });
        return value as Atom;
      });
      b.transpose(square).forEach((line, lane) => {
        const term = add(sub(at, from), lane);
        b.store(buffer, add(add(start, mul(term, sizes.width)), column), line, b.lanes);
      });
    });
  });
}

// Part of an operand, copied into scratch as rows of consecutive numbers: read in whole vectors
// where memory lies along the copy's rows, in squares that registers transpose where it lies across
// them, one by one elsewhere.

import type { Atom } from "../../ir/kernel.ts";
import type { Target } from "../../render/renderer.ts";
import { type Axis, factorOf, isLinear } from "../affine.ts";
import type { Emission } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { collectIndices, isGuardedAlong } from "../expression-walk.ts";
import { lanesFor, registersOf } from "../registers.ts";
import { vectorsAlong } from "./loops.ts";
import { prefetchesOf } from "./prefetching.ts";
import { eachRun, lastAxis, placeAt, type Walk } from "./walk.ts";

/** A stretch of a walk: from one count up to another. From `end` on, the one before it is repeated. */
export interface Stretch {
  readonly walk: Walk;
  readonly from: Atom;
  readonly to: Atom;
  readonly end: Atom;
}

export interface Copy {
  readonly value: Expression;
  /** Which row of the copy, and where in the row. */
  readonly outer: Stretch;
  readonly inner: Stretch;
  readonly buffer: number;
  /** Elements between rows of the copy, at least a vector more than a row has. */
  readonly pitch: number;
  /** Where the copy begins. */
  readonly start: Atom;
  /** How many rows of the copy further on memory is asked for. */
  readonly ahead?: number;
  readonly target: Target;
}

/** Whether a vector of values along an axis can be read at once, and how far apart they lie at most. */
export function stepAlong(value: Expression, axis: Axis | undefined): number | undefined {
  const indices = collectIndices(value);
  if (!axis || !indices.every((i) => isLinear(i, axis))) return undefined;
  return isGuardedAlong([value], axis)
    ? undefined
    : Math.max(0, ...indices.map((i) => Math.abs(factorOf(i, axis))));
}

export function copyRectangle(emission: Emission, copy: Copy): void {
  const { value, outer, inner, target } = copy;
  const vectors = lanesFor(target, registersOf([value])) === emission.builder.lanes;
  const along = vectors ? stepAlong(value, lastAxis(inner.walk)) : undefined;
  const across = vectors ? stepAlong(value, lastAxis(outer.walk)) : undefined;
  if (emission.builder.lanes === 1) copyEach(emission, copy);
  else if (along !== undefined && along <= 1) copyVectors(emission, copy);
  else if (across === 1) copySquares(emission, copy);
  else if (along !== undefined) copyVectors(emission, copy);
  else copyEach(emission, copy);
}

/** Where an element of the copy goes. */
function placeOf(emission: Emission, { outer, inner, pitch, start }: Copy, o: Atom, i: Atom): Atom {
  const { add, sub, mul } = emission.builder.index;
  return add(add(start, mul(sub(o, outer.from), pitch)), sub(i, inner.from));
}

function copyEach(emission: Emission, copy: Copy): void {
  const b = emission.builder;
  const { outer, inner } = copy;
  b.loop(outer.from, outer.to, 1, (o) => {
    placeAt(emission, outer.walk, b.index.min(o, b.index.sub(outer.end, 1)));
    b.loop(inner.from, inner.to, 1, (i) => {
      placeAt(emission, inner.walk, i);
      b.store(copy.buffer, placeOf(emission, copy, o, i), emission.value(copy.value), 1);
    });
  });
}

/**
 * Vectors along the rows of the copy. The last one of a row may have fewer lanes that count: then
 * the others are stored too, as zeros or what they are made of, since nothing lies behind them yet.
 */
function copyVectors(emission: Emission, copy: Copy): void {
  const b = emission.builder;
  const { outer, inner } = copy;
  const axis = lastAxis(inner.walk) as Axis;
  const ask = prefetchesOf(copy.target)?.copy(emission, copy, axis);
  eachRun(emission, inner.walk, [inner.from, inner.to], (start, stop, shift) => {
    b.loop(outer.from, outer.to, 1, (o) => {
      const here = b.index.min(o, b.index.sub(outer.end, 1));
      placeAt(emission, outer.walk, here);
      vectorsAlong(emission, axis, [start, stop], (i) => {
        emission.place(axis, b.index.sub(i, shift));
        ask?.(here);
        const count = inner.walk.loops.length > 1 ? emission.count : undefined;
        const value = emission.value(copy.value);
        b.store(copy.buffer, placeOf(emission, copy, o, i), value, b.lanes, { count });
      });
    });
  });
}

/** Squares: a vector across the rows of the copy for each of as many places along them. */
function copySquares(emission: Emission, copy: Copy): void {
  const b = emission.builder;
  const { add, min, sub } = b.index;
  const { outer, inner } = copy;
  const axis = lastAxis(outer.walk) as Axis;
  const lanes = Array.from({ length: b.lanes }, (_, lane) => lane);
  const last = sub(inner.to, 1);
  b.loop(inner.from, inner.to, b.lanes, (i) => {
    eachRun(emission, outer.walk, [outer.from, min(outer.to, outer.end)], (start, stop, shift) => {
      vectorsAlong(emission, axis, [start, stop], (o) => {
        emission.place(axis, sub(o, shift));
        const read = lanes.map((lane) => {
          let value: Atom | undefined;
          b.turn(() => {
            placeAt(emission, inner.walk, min(add(i, lane), last));
            value = emission.value(copy.value);
          });
          return value as Atom;
        });
        // Rows past the last that counts are written over by what comes next, or are spare.
        b.transpose(read).forEach((line, lane) => {
          b.store(copy.buffer, placeOf(emission, copy, add(o, lane), i), line, b.lanes);
        });
      });
    });
  });
}

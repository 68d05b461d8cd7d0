// Loops over axes: neighbours that every index walks as one become one loop, a counter is read as
// positions along several, and vectors go as far as whole ones fit.

import type { Atom } from "../../ir/kernel.ts";
import { type Axis, factorOf, type Index } from "../affine.ts";
import type { KernelBuilder } from "../builder.ts";
import type { Emission } from "../emission.ts";
import { literal } from "../math.ts";

/** A loop along an axis, which may stand for axes before it as well: then it is longer. */
export interface Loop {
  readonly axis: Axis;
  readonly extent: number;
}

export const sizeOfLoops = (loops: readonly Loop[]): number =>
  loops.reduce((n, l) => n * l.extent, 1);

/**
 * Whether the loop is the outermost of everything it walks: as a rule the batch, whose size is to
 * change nothing but numbers.
 */
export const isLeading = (loop: Loop, loops: readonly Loop[], indices: readonly Index[]): boolean =>
  indices.every((i) => {
    const factor = Math.abs(factorOf(i, loop.axis));
    if (factor === 0) return true;
    const others = loops.filter((l) => l !== loop);
    return others.every((l) => Math.abs(factorOf(i, l.axis)) * l.extent <= factor);
  });

/** Whether every index walks `outer` and `inner` as one loop, `inner` running fastest. */
export const isOneRun = (outer: Axis, inner: Loop, indices: readonly Index[]): boolean =>
  indices.every((i) => factorOf(i, outer) === factorOf(i, inner.axis) * inner.extent);

/** As few loops over axes as the indices allow, and the axes that need none: they stand at 0. */
export function mergeAxes(
  axes: readonly Axis[],
  indices: readonly Index[],
): { loops: Loop[]; still: Axis[] } {
  const loops: Loop[] = [];
  const still: Axis[] = [];
  for (const axis of axes) {
    if (axis.extent === 1) {
      still.push(axis);
      continue;
    }
    const last = loops[loops.length - 1];
    if (last && isOneRun(last.axis, { axis, extent: axis.extent }, indices)) {
      still.push(last.axis);
      loops[loops.length - 1] = { axis, extent: last.extent * axis.extent };
    } else loops.push({ axis, extent: axis.extent });
  }
  return { loops, still };
}

/** Of some axes in order those that the first loops stand for; undefined if these are not the first. */
export function axesOf(loops: readonly Loop[], axes: readonly Axis[]): Axis[] | undefined {
  const own: Axis[] = [];
  let at = 0;
  let extent = 1;
  for (const axis of axes) {
    if (axis.extent === 1) continue;
    const loop = loops[at];
    if (!loop) break;
    own.push(axis);
    extent *= axis.extent;
    if (extent < loop.extent) continue;
    if (axis !== loop.axis || extent !== loop.extent) return undefined;
    at++;
    extent = 1;
  }
  return at === loops.length ? own : undefined;
}

export const extentOf = (b: KernelBuilder, loop: Loop): Atom =>
  b.int(loop.extent, `x${loop.axis.id}`);

/** Read a counter as positions along several loops, the last running fastest. */
export function decode(emission: Emission, loops: readonly Loop[], counter: Atom): void {
  const b = emission.builder;
  let rest = counter;
  for (const loop of loops.slice(1).reverse()) {
    const extent = extentOf(b, loop);
    emission.place(loop.axis, b.index.mod(rest, extent));
    rest = b.index.div(rest, extent);
  }
  if (loops[0]) emission.place(loops[0].axis, rest);
}

/**
 * A loop that goes `ways` turns at a time while it can, then turn by turn. `body` is told which of the
 * ways a turn goes: turns side by side need not wait for each other.
 */
export function loopInWays(
  b: KernelBuilder,
  [start, stop, step]: readonly [Atom, Atom, number],
  ways: number,
  body: (at: Atom, way: number) => void,
): void {
  const { add, sub, mod } = b.index;
  let from = start;
  if (ways > 1) {
    from = sub(stop, mod(sub(stop, start), ways * step));
    b.loop(start, from, ways * step, (at) => {
      for (let way = 0; way < ways; way++) b.turn(() => body(add(at, way * step), way));
    });
  }
  b.loop(from, stop, step, (at) => body(at, 0));
}

/** One loop, one step at a time or several side by side. */
export function scalarLoop(
  emission: Emission,
  loop: Loop,
  body: (way: number) => void,
  ways = 1,
): void {
  const b = emission.builder;
  loopInWays(b, [literal("index", 0), extentOf(b, loop), 1], ways, (at, way) => {
    emission.place(loop.axis, at);
    body(way);
  });
}

/** Loops one inside the other; `body` gets the running number of its turn. */
export function countedNest(
  emission: Emission,
  loops: readonly Loop[],
  body: (turn: Atom) => void,
): void {
  const b = emission.builder;
  const nest = (at: number, turn: Atom): void => {
    const loop = loops[at];
    if (!loop) {
      body(turn);
      return;
    }
    const extent = extentOf(b, loop);
    b.loop(0, extent, 1, (i) => {
      emission.place(loop.axis, i);
      nest(at + 1, at === 0 ? i : b.index.add(b.index.mul(turn, extent), i));
    });
  };
  nest(0, literal("index", 0));
}

/** Of a count, what whole vectors cover. */
export const wholeVectors = (b: KernelBuilder, count: Atom): Atom =>
  b.index.sub(count, b.index.mod(count, b.lanes));

/** Code for a vector along an axis. */
export function inLanes(emission: Emission, axis: Axis, body: () => void): void {
  emission.lane = axis;
  body();
  emission.lane = undefined;
}

/** From `start` to `stop` in vectors, the last of which may have fewer lanes that count. */
export function vectorsAlong(
  emission: Emission,
  axis: Axis,
  [start, stop]: readonly [Atom, Atom],
  body: (at: Atom, way: number) => void,
  ways = 1,
): void {
  const b = emission.builder;
  const vector = (at: Atom, way: number): void =>
    inLanes(emission, axis, () => {
      emission.place(axis, at);
      body(at, way);
    });
  const middle = b.index.add(start, wholeVectors(b, b.index.max(b.index.sub(stop, start), 0)));
  loopInWays(b, [start, middle, b.lanes], ways, vector);
  // One turn, or none.
  b.loop(middle, stop, b.lanes, (at) => {
    emission.count = b.index.sub(stop, at);
    vector(at, 0);
    emission.count = undefined;
  });
}

/** From `start`, vectors up to `middle`, then one by one up to `stop`. */
export function vectorLoop(
  emission: Emission,
  axis: Axis,
  [start, middle, stop]: readonly [Atom, Atom, Atom],
  body: (at: Atom) => void,
): void {
  const b = emission.builder;
  b.loop(start, middle, b.lanes, (at) => inLanes(emission, axis, () => body(at)));
  b.loop(middle, stop, 1, body);
}

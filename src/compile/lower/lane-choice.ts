// Where the lanes of a loop kernel lie: along whichever axis memory follows best, inner or outer,
// however long it is. Only a loop too short to be worth a vector is a last resort, and that is never
// asked of the outermost: a kernel must not change with the size of the batch.

import { dependsOn, factorOf, type Index, isLinear } from "../affine.ts";
import type { Condition } from "../expression.ts";
import { isLeading, type Loop } from "./loops.ts";

/** What a kernel touches. */
export interface Touched {
  /** Elements read and written. */
  readonly loads: readonly Index[];
  readonly stores: readonly Index[];
  readonly indices: readonly Index[];
  readonly conditions: readonly Condition[];
}

export interface LaneRequest {
  readonly lanes: number;
  readonly outer: readonly Loop[];
  readonly inner: readonly Loop[];
  readonly touched: Touched;
  /** Whether some results are written along the inner axes. */
  readonly writesInner: boolean;
  /** No lane can have an index of its own: lanes hold 64 bits and nothing else. */
  readonly wideOnly: boolean;
}

/** Of a vector, the share that a loop should fill. */
const leastShare = 1 / 4;
/** What a loop that fills less has to lead by. */
const shortPenalty = 1000;
/** Turns of the inner loops from which what is touched once a row hardly counts. */
export const longRow = 64;

/** The loop for the lanes to lie along; undefined where none serves. */
export function chooseLane(request: LaneRequest): Loop | undefined {
  const { lanes, outer, inner, touched } = request;
  const loops = [...outer, ...inner];
  const isLong = isLongRow(request);
  const matters = (i: Index): boolean => !isLong || inner.some((l) => dependsOn(i, l.axis));
  const loads = touched.loads.filter(matters);
  let best: Loop | undefined;
  let bestScore = -Infinity;
  for (const loop of loops) {
    const { axis } = loop;
    const segments = segmentsOf(loop, touched.conditions);
    if (!segments) continue;
    if (request.wideOnly && touched.indices.some((i) => !isLinear(i, axis))) continue;
    // A result once a row cannot be written along an inner axis, so only loads count there.
    const stores = inner.includes(loop) && !request.writesInner ? [] : touched.stores;
    if (stores.some((i) => !isLinear(i, axis))) continue;
    let score = segments.length > 2 ? -1 : 0;
    if (loop.extent <= lanes * leastShare && !isLeading(loop, loops, touched.indices))
      score -= shortPenalty;
    for (const i of loads) score += stepScore(i, loop, { near: 2, far: -1 });
    for (const i of stores.filter(matters)) score += stepScore(i, loop, { near: 3, far: -3 });
    if (score >= bestScore) {
      bestScore = score;
      best = loop;
    }
  }
  return best;
}

/** Whether a row has many turns. A leading axis counts as long: its size is to change no kernel. */
function isLongRow({ outer, inner, touched }: LaneRequest): boolean {
  const loops = [...outer, ...inner];
  const turns = inner.map((l) => (isLeading(l, loops, touched.indices) ? longRow : l.extent));
  return turns.reduce((n, d) => n * d, 1) >= longRow;
}

function stepScore(index: Index, { axis }: Loop, points: { near: number; far: number }): number {
  if (!isLinear(index, axis)) return -8;
  const factor = factorOf(index, axis);
  if (factor === 0) return 1;
  return factor === 1 ? points.near : points.far;
}

/** Where along a loop the outcome of its conditions changes; undefined if it cannot be told. */
export function segmentsOf(loop: Loop, conditions: readonly Condition[]): number[] | undefined {
  const within = (at: number): number => Math.min(loop.extent, Math.max(0, at));
  const cuts = new Set([0, loop.extent]);
  for (const { index, extent, multiple } of conditions) {
    if (!dependsOn(index, loop.axis)) continue;
    const simple = index.terms.length === 1 && factorOf(index, loop.axis) === 1;
    if (multiple !== undefined || !simple) return undefined;
    cuts.add(within(-index.constant));
    cuts.add(within(extent - index.constant));
  }
  return [...cuts].sort((a, b) => a - b);
}

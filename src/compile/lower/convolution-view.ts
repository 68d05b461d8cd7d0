// Whether an operand of a contraction is windows over an image: read at sums of a free and a summed
// axis, so that one element serves several terms of several sums. Told from the index alone, for any
// number of axes, stride and dilation, padded or not; which of a pair is called place and which tap
// makes the difference between a convolution and the gradient of its kernel.

import { isFloat } from "../../ir/dtype.ts";
import { type Axis, factorOf, type Index } from "../affine.ts";
import type { Condition, Expression } from "../expression.ts";
import { walk } from "../expression-walk.ts";
import type { ContractSpecification } from "./contract-layout.ts";

/** An axis of the image: coordinate = stride · place + dilation · tap. */
export interface ImageAxis {
  readonly place: Axis;
  /** Undefined where windows are one element long. */
  readonly tap: Axis | undefined;
  readonly stride: number;
  readonly dilation: number;
  /** Of place and tap, the one that stands at the coordinate while the other is 0. */
  readonly moving: Axis;
  /** Coordinates that the windows reach. */
  readonly extent: number;
}

export interface WindowView {
  readonly value: Expression;
  /** The other operand. */
  readonly other: Expression;
  /** Axes of the other operand and the result. */
  readonly otherFree: readonly Axis[];
  /** By distance in memory, the nearest last. */
  readonly image: readonly ImageAxis[];
  /** Whether results are places, and the sum runs over taps; the other way round if not. */
  readonly resultsArePlaces: boolean;
  /** Axes that choose an image; each has places of its own. */
  readonly images: readonly Axis[];
  /** Axes that a window reaches across; each has taps of its own. */
  readonly channels: readonly Axis[];
}

/** The operand that is windows over an image, if one is. */
export function windowViewOf(spec: ContractSpecification): WindowView | undefined {
  const { a, b, freeA, freeB, summed } = spec;
  return (
    viewOf({ value: a, free: freeA, other: b, otherFree: freeB, summed }) ??
    viewOf({ value: b, free: freeB, other: a, otherFree: freeA, summed })
  );
}

interface Request {
  readonly value: Expression;
  readonly free: readonly Axis[];
  readonly other: Expression;
  readonly otherFree: readonly Axis[];
  readonly summed: readonly Axis[];
}

interface Pair {
  readonly free: Axis;
  readonly sum: Axis;
}

function viewOf({ value, free, other, otherFree, summed }: Request): WindowView | undefined {
  const read = readOf(value);
  if (!read || !isFloat(value.dtype)) return undefined;
  const { index, conditions } = read;
  const wide = (axes: readonly Axis[]): Axis[] => axes.filter((axis) => axis.extent > 1);
  const pairs = pairsOf(index, conditions, wide(free), wide(summed));
  if (pairs.length === 0) return undefined;
  const size = (of: (pair: Pair) => Axis): number => pairs.reduce((n, p) => n * of(p).extent, 1);
  const resultsArePlaces = size((p) => p.free) >= size((p) => p.sum);
  const [placeAxes, tapAxes] = resultsArePlaces ? [free, summed] : [summed, free];
  const image: ImageAxis[] = [];
  for (const { free, sum } of pairs) {
    const [place, tap] = resultsArePlaces ? [free, sum] : [sum, free];
    const axis = imageAxis(index, conditions, place, tap);
    if (!axis) return undefined;
    image.push(axis);
  }
  // Within the image, an axis without taps is one of its axes all the same.
  const far = Math.max(...pairs.flatMap((p) => [factorOf(index, p.free), factorOf(index, p.sum)]));
  const isPaired = (axis: Axis): boolean => pairs.some((p) => p.free === axis || p.sum === axis);
  const alone = wide(placeAxes).filter((axis) => !isPaired(axis));
  const within = alone.filter((axis) => {
    const factor = factorOf(index, axis);
    return factor > 0 && factor < far;
  });
  for (const place of within) {
    const { extent } = place;
    image.push({ place, tap: undefined, stride: 1, dilation: 0, moving: place, extent });
  }
  image.sort((x, y) => factorOf(index, y.moving) - factorOf(index, x.moving));
  return {
    value,
    other,
    otherFree,
    image,
    resultsArePlaces,
    images: alone.filter((axis) => !within.includes(axis)),
    channels: wide(tapAxes).filter((axis) => !isPaired(axis)),
  };
}

/** The one place in memory that an expression reads, and under which conditions. */
function readOf(value: Expression): { index: Index; conditions: Condition[] } | undefined {
  const found: Index[] = [];
  const conditions: Condition[] = [];
  let plain = true;
  walk([value], (e) => {
    if (e.kind === "load") found.push(e.index);
    else if (e.kind === "guard") conditions.push(...e.conditions);
    else if (e.kind !== "number" && !isCast(e)) plain = false;
  });
  const [index, another] = found;
  const known = [...found, ...conditions.map((c) => c.index)];
  const linear = known.every((i) => i.terms.every((t) => t.atom.kind === "axis"));
  if (!plain || !index || another || !linear) return undefined;
  return conditions.some((c) => c.multiple !== undefined) ? undefined : { index, conditions };
}

const isCast = (e: Expression): boolean => e.kind === "operation" && e.op === "cast";

/** Free and summed axes that are added up to one coordinate. */
function pairsOf(
  index: Index,
  conditions: readonly Condition[],
  free: readonly Axis[],
  summed: readonly Axis[],
): Pair[] {
  const all = free.flatMap((f) => summed.map((sum): Pair => ({ free: f, sum })));
  const bounded = ({ free, sum }: Pair): boolean =>
    conditions.some((c) => factorOf(c.index, free) !== 0 && factorOf(c.index, sum) !== 0);
  const overlapping = ({ free, sum }: Pair): boolean => {
    const [near, far] = [free, sum].sort((x, y) => factorOf(index, x) - factorOf(index, y));
    const [step, apart] = [factorOf(index, near as Axis), factorOf(index, far as Axis)];
    return step > 0 && apart % step === 0 && step * ((near as Axis).extent - 1) >= apart;
  };
  const pairs: Pair[] = [];
  const take = (pair: Pair): void => {
    if (!pairs.some((p) => p.free === pair.free || p.sum === pair.sum)) pairs.push(pair);
  };
  const ratio = ({ free, sum }: Pair): number =>
    Math.abs(Math.log(factorOf(index, free) / factorOf(index, sum)));
  for (const pair of all.filter(bounded)) take(pair);
  for (const pair of all.filter(overlapping).sort((x, y) => ratio(x) - ratio(y))) take(pair);
  return pairs;
}

/** Undefined where the coordinate is not stride · place + dilation · tap with one of the two being 1. */
function imageAxis(
  index: Index,
  conditions: readonly Condition[],
  place: Axis,
  tap: Axis,
): ImageAxis | undefined {
  const [far, near] = [factorOf(index, place), factorOf(index, tap)];
  if (far <= 0 || near <= 0) return undefined;
  const unit = Math.min(far, near);
  const [stride, dilation] = [far / unit, near / unit];
  if (!Number.isInteger(stride) || !Number.isInteger(dilation)) return undefined;
  const agrees = (c: Condition): boolean =>
    factorOf(c.index, place) * dilation === factorOf(c.index, tap) * stride;
  if (!conditions.every(agrees)) return undefined;
  const extent = stride * (place.extent - 1) + dilation * (tap.extent - 1) + 1;
  return { place, tap, stride, dilation, moving: stride === 1 ? place : tap, extent };
}

// A block of an image, copied into scratch as it lies under the windows: padded, every coordinate a
// place in memory, so that an element of a window is found by adding what its place and its tap
// contribute. Both contributions are tables.

import type { Atom } from "../../ir/kernel.ts";
import { dependsOn, factorOf } from "../affine.ts";
import type { Emission } from "../emission.ts";
import { type Condition, conditionKey } from "../expression.ts";
import { walk } from "../expression-walk.ts";
import { literal } from "../math.ts";
import { type ConvolutionPlan, readsVectors } from "./convolution-plan.ts";
import type { ImageAxis, WindowView } from "./convolution-view.ts";
import { decode, vectorsAlong } from "./loops.ts";

/** Which channels, and which places of the outermost axis. */
export interface Block {
  readonly channel: Atom;
  readonly channelCount: Atom;
  readonly place: Atom;
  readonly placeCount: Atom;
}

/**
 * The block: first what lies outside of the image, over all of it; then what lies inside. Which part
 * is outside is the same for every channel: whoever copies one channel after another into the same
 * memory fills it once.
 */
export function copyImage(
  emission: Emission,
  plan: ConvolutionPlan,
  image: number,
  block: Block,
): void {
  fillImage(emission, plan, image, block.channelCount);
  copyInside(emission, plan, image, block);
}

/** What lies outside of the image, all over a block of so many channels. */
export function fillImage(
  emission: Emission,
  plan: ConvolutionPlan,
  image: number,
  channelCount: Atom,
): void {
  const { view, sizes } = plan;
  const b = emission.builder;
  const bounds = boundsOf(view);
  if (!bounds || bounds.length === 0) return;
  const outside = assuming(emission, bounds, false, () => emission.value(view.value));
  b.loop(0, b.index.mul(channelCount, b.int(sizes.plane, "plane")), b.lanes, (at) => {
    b.store(image, at, outside, b.lanes);
  });
}

/** What lies inside of the image. */
export function copyInside(
  emission: Emission,
  plan: ConvolutionPlan,
  image: number,
  block: Block,
): void {
  const { view, channels, sizes } = plan;
  const b = emission.builder;
  const { add, mul, sub, max, min } = b.index;
  const stillAxes = view.image.flatMap(({ place, tap, moving }) =>
    [place, tap].filter((axis) => axis !== undefined && axis !== moving),
  );
  const known = boundsOf(view);
  const bounds = known ?? [];
  const last = view.image.length - 1;
  const copyFrom = (at: number, start: Atom): void => {
    const axis = view.image[at] as ImageAxis;
    const { moving } = axis;
    const stride = b.int(sizes.strides[at] as number, `line${at}`);
    const first = at === 0 ? mul(block.place, axis.stride) : literal("index", 0);
    const reach = axis.dilation * ((axis.tap?.extent ?? 1) - 1) + 1;
    const length =
      at === 0
        ? add(mul(sub(block.placeCount, 1), axis.stride), reach)
        : b.int(axis.extent, `extent${at}`);
    let [from, to] = [first, add(first, length)];
    bounds
      .filter((bound) => bound.axis === axis)
      .forEach(({ low, high }, n) => {
        from = max(from, b.int(low, `low${at}.${n}`));
        to = min(to, b.int(high, `high${at}.${n}`));
      });
    if (at === last && known && readsVectors(plan, view.value, moving)) {
      vectorsAlong(emission, moving, [from, to], (i) => {
        const { count } = emission;
        const place = add(start, sub(i, first));
        b.store(image, place, emission.value(view.value), b.lanes, { count });
      });
      return;
    }
    b.loop(from, to, 1, (i) => {
      emission.place(moving, i);
      const place = add(start, mul(sub(i, first), stride));
      if (at === last) b.store(image, place, emission.value(view.value), 1);
      else copyFrom(at + 1, place);
    });
  };
  assuming(emission, bounds, true, () => {
    b.loop(0, block.channelCount, 1, (c) => {
      for (const axis of stillAxes) if (axis) emission.place(axis, 0);
      decode(emission, channels, add(block.channel, c));
      copyFrom(0, mul(c, b.int(sizes.plane, "plane")));
    });
  });
}

/** Code for where conditions all hold, or none. */
function assuming<T>(
  emission: Emission,
  bounds: readonly Bound[],
  outcome: boolean,
  make: () => T,
): T {
  const before = emission.assumed;
  const known = bounds.map(({ condition }) => [conditionKey(condition), outcome] as const);
  emission.assumed = new Map([...before, ...known]);
  const made = make();
  emission.assumed = before;
  return made;
}

/** Between which coordinates of an axis a condition holds. */
interface Bound {
  readonly axis: ImageAxis;
  readonly condition: Condition;
  readonly low: number;
  readonly high: number;
}

/**
 * The conditions of an image that a coordinate alone decides; undefined where that is not all they
 * ask, or where what lies outside is not the same number everywhere.
 */
function boundsOf({ value, image }: WindowView): Bound[] | undefined {
  const out: Bound[] = [];
  const outside = new Set<number | undefined>();
  let simple = true;
  walk([value], (e) => {
    if (e.kind !== "guard") return;
    for (const condition of e.conditions) {
      const { index, extent } = condition;
      const axis = image.find(({ moving }) => dependsOn(index, moving));
      if (!axis) continue;
      const along = index.terms.every(({ atom }) => atom === axis.place || atom === axis.tap);
      if (!along) simple = false;
      const factor = factorOf(index, axis.moving);
      const within = (at: number): number => Math.max(0, Math.ceil((at - index.constant) / factor));
      if (factor <= 0) simple = false;
      outside.add(e.otherwise.kind === "number" ? e.otherwise.value : undefined);
      out.push({ axis, condition, low: within(0), high: within(extent) });
    }
  });
  return simple && outside.size <= 1 && !outside.has(undefined) ? out : undefined;
}

/** What the places of a block contribute to where an element lies, in the order of the axes. */
export function tablePlaces(
  emission: Emission,
  { view, sizes }: ConvolutionPlan,
  table: number,
  placeCount: Atom,
): void {
  const b = emission.builder;
  const loops = view.image.map(({ place, stride }, i): TableLoop => {
    const extent = i === 0 ? placeCount : b.int(place.extent, `places${i}`);
    return { extent, step: b.int(stride * (sizes.strides[i] as number), `place${i}`) };
  });
  fillTable(emission, table, loops);
}

/** What channels and taps contribute. */
export function tableTaps(
  emission: Emission,
  { view, sizes }: ConvolutionPlan,
  table: number,
  channelCount: Atom,
): void {
  const b = emission.builder;
  const taps = view.image.flatMap(({ tap, dilation }, i): TableLoop[] => {
    if (!tap) return [];
    const step = b.int(dilation * (sizes.strides[i] as number), `tap${i}`);
    return [{ extent: b.int(tap.extent, `taps${i}`), step }];
  });
  fillTable(emission, table, [
    { extent: channelCount, step: b.int(sizes.plane, "plane") },
    ...taps,
  ]);
}

interface TableLoop {
  readonly extent: Atom;
  readonly step: Atom;
}

function fillTable(emission: Emission, table: number, loops: readonly TableLoop[]): void {
  const b = emission.builder;
  const { add, mul } = b.index;
  const nest = (at: number, entry: Atom, offset: Atom): void => {
    const loop = loops[at];
    if (!loop) {
      b.store(table, entry, b.compute("cast", "i32", offset), 1);
      return;
    }
    b.loop(0, loop.extent, 1, (i) => {
      const next = at === 0 ? i : add(mul(entry, loop.extent), i);
      nest(at + 1, next, at === 0 ? mul(i, loop.step) : add(offset, mul(i, loop.step)));
    });
  };
  nest(0, literal("index", 0), literal("index", 0));
}

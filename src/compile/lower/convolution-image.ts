// A block of an image, copied into scratch as it lies under the windows: padded, every coordinate a
// place in memory, so that an element of a window is found by adding what its place and its tap
// contribute. Both contributions are tables.

import type { Atom } from "../../ir/kernel.ts";
import { dependsOn, factorOf } from "../affine.ts";
import type { Emission } from "../emission.ts";
import { type Condition, conditionKey, type Expression } from "../expression.ts";
import { walk } from "../expression-walk.ts";
import { literal } from "../math.ts";
import { type ConvolutionPlan, readsVectors } from "./convolution-plan.ts";
import type { ImageAxis } from "./convolution-view.ts";
import { decode, vectorsAlong } from "./loops.ts";

/** Which channels, and which places of the outermost axis. */
export interface Block {
  readonly channel: Atom;
  readonly channelCount: Atom;
  readonly place: Atom;
  readonly placeCount: Atom;
}

export function copyImage(
  emission: Emission,
  plan: ConvolutionPlan,
  image: number,
  block: Block,
): void {
  const { view, channels, sizes } = plan;
  const b = emission.builder;
  const { add, mul, sub } = b.index;
  const stillAxes = view.image.flatMap(({ place, tap, moving }) =>
    [place, tap].filter((axis) => axis !== undefined && axis !== moving),
  );
  b.loop(0, block.channelCount, 1, (c) => {
    for (const axis of stillAxes) if (axis) emission.place(axis, 0);
    decode(emission, channels, add(block.channel, c));
    const copyFrom = (at: number, start: Atom): void => {
      const axis = view.image[at] as ImageAxis;
      const stride = b.int(sizes.strides[at] as number, `line${at}`);
      const first = at === 0 ? mul(block.place, axis.stride) : 0;
      const reach = axis.dilation * ((axis.tap?.extent ?? 1) - 1) + 1;
      const length =
        at === 0
          ? add(mul(sub(block.placeCount, 1), axis.stride), reach)
          : b.int(axis.extent, `extent${at}`);
      if (at === view.image.length - 1) {
        copyLine(emission, plan, { image, axis, start, first, length });
        return;
      }
      b.loop(0, length, 1, (i) => {
        emission.place(axis.moving, add(i, first));
        copyFrom(at + 1, add(start, mul(i, stride)));
      });
    };
    copyFrom(0, mul(c, b.int(sizes.plane, "plane")));
  });
}

interface Line {
  readonly image: number;
  readonly axis: ImageAxis;
  /** Where it goes, its first coordinate, and how many it has. */
  readonly start: Atom;
  readonly first: Atom | 0;
  readonly length: Atom;
}

/** What lies outside the image first, over all of the line; then what lies inside. */
function copyLine(emission: Emission, plan: ConvolutionPlan, line: Line): void {
  const { view } = plan;
  const { image, axis, start, first, length } = line;
  const { moving } = axis;
  const b = emission.builder;
  const { add, sub, max, min } = b.index;
  const bounds = boundsAlong(view.value, axis);
  if (!bounds || !readsVectors(plan, view.value, moving)) {
    b.loop(0, length, 1, (i) => {
      emission.place(moving, add(i, first));
      b.store(image, add(start, i), emission.value(view.value), 1);
    });
    return;
  }
  const before = emission.assumed;
  const assume = (outcome: boolean): void => {
    const known = bounds.map(({ condition }) => [conditionKey(condition), outcome] as const);
    emission.assumed = new Map([...before, ...known]);
  };
  if (bounds.length > 0) {
    // What is stored past the end lies where the next line begins, which is written later.
    assume(false);
    b.loop(0, length, b.lanes, (i) => {
      emission.place(moving, add(i, first));
      b.store(image, add(start, i), emission.value(view.value), b.lanes);
    });
    assume(true);
  }
  let [from, to] = [add(0, first), add(length, first)];
  for (const [n, { low, high }] of bounds.entries()) {
    from = max(from, b.int(low, `low${n}`));
    to = min(to, b.int(high, `high${n}`));
  }
  vectorsAlong(emission, moving, [from, to], (at) => {
    emission.place(moving, at);
    const { count } = emission;
    b.store(image, add(start, sub(at, first)), emission.value(view.value), b.lanes, { count });
  });
  emission.assumed = before;
}

/** Between which coordinates each condition along an axis holds; undefined if that is not all it asks. */
function boundsAlong(
  value: Expression,
  { moving }: ImageAxis,
): { condition: Condition; low: number; high: number }[] | undefined {
  const out: { condition: Condition; low: number; high: number }[] = [];
  let simple = true;
  walk([value], (e) => {
    if (e.kind !== "guard") return;
    for (const condition of e.conditions) {
      const { index, extent } = condition;
      if (!dependsOn(index, moving)) continue;
      const factor = factorOf(index, moving);
      const within = (at: number): number => Math.ceil((at - index.constant) / factor);
      if (factor <= 0) simple = false;
      out.push({ condition, low: Math.max(0, within(0)), high: Math.max(0, within(extent)) });
    }
  });
  return simple ? out : undefined;
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

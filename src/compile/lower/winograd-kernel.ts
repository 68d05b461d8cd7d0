// The kernel of a convolution, transformed for every unit to read: [batch, tile of columns, product,
// channel, column]. A unit takes as many channels as a vector has lanes, of a tile of columns: they are
// copied, columns side by side, and transformed, lanes along the columns.

import type { Atom } from "../../ir/kernel.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import { collectIndices } from "../expression-walk.ts";
import { literal } from "../math.ts";
import { arithmetic } from "../math-arithmetic.ts";
import { copySquares, runOfTerms } from "./convolution-columns.ts";
import type { ConvolutionPlan } from "./convolution-plan.ts";
import { decode, mergeAxes, sizeOfLoops } from "./loops.ts";
import { finishJob, type LoweredJob } from "./lowered-job.ts";
import { squareOf } from "./winograd-image.ts";
import type { WinogradPlan } from "./winograd-plan.ts";
import { transformKernel } from "./winograd-transforms.ts";

export function packTransformed({ form, plan, packed }: WinogradPlan): LoweredJob {
  const { spec, view, sizes, lanes, type } = plan;
  const emission = new Emission(new KernelBuilder(lanes), spec.reportCode);
  const b = emission.builder;
  const f = arithmetic(b, type);
  const { add, sub, mul, div, mod, min } = b.index;
  const taps = form.taps ** 2;
  const copied = b.scratch(spec.node.dtype, (taps + 1) * lanes * sizes.width);
  for (const axis of plan.still) emission.place(axis, 0);
  // unit = (batch · tiles + tile) · blocks of channels + block
  const blocks = b.int(Math.ceil(sizes.channels / lanes), "channelBlocks");
  const tiles = b.int(sizes.columnTiles, "tiles");
  const tile = div(b.unit, blocks);
  decode(emission, plan.batch, div(tile, tiles));
  const channels = b.int(sizes.channels, "channels");
  const first = mul(mod(b.unit, blocks), lanes);
  const count = min(lanes, sub(channels, first));
  copyKernel(emission, plan, copied, { first, count, column: mul(mod(tile, tiles), sizes.width) });

  const out = b.writes(packed, 0);
  const product = b.int(sizes.channels * sizes.width, "product");
  const start = add(mul(tile, mul(product, form.products)), mul(first, sizes.width));
  b.loop(0, count, 1, (channel) => {
    b.loop(0, sizes.width, lanes, (column) => {
      const from = add(mul(channel, taps * sizes.width), column);
      const square = squareOf(form.taps, (i, j) => {
        const tap = (i * form.taps + j) * sizes.width;
        return b.load(type, copied, add(from, tap), { lanes, fresh: true });
      });
      const to = add(add(start, mul(channel, sizes.width)), column);
      transformKernel(f, form, square)
        .flat()
        .forEach((value, n) => {
          b.store(out, add(to, mul(product, n)), value, lanes);
        });
    });
  });
  return finishJob(b, {
    name: `${spec.name} transform ${form.name}`,
    units: sizeOfLoops(plan.batch) * sizes.columnTiles * Math.ceil(sizes.channels / lanes),
    flops: 0,
    once: spec.hoisting?.isLasting(view.other),
    roots: [view.other],
    writes: new Map(),
  });
}

interface KernelPart {
  /** Channels. */
  readonly first: Atom;
  readonly count: Atom;
  /** The first column of a tile. */
  readonly column: Atom;
}

/** A part of the kernel, [channel, tap, column]. What lies past the last column is never looked at. */
function copyKernel(
  emission: Emission,
  plan: ConvolutionPlan,
  buffer: number,
  { first, count, column }: KernelPart,
): void {
  const { view, sizes, columns, channels } = plan;
  const b = emission.builder;
  const { add, sub, mul, min } = b.index;
  const tapAxes = view.image.flatMap(({ tap }) => (tap ? [tap] : []));
  const taps = sizes.taps;
  const terms = mergeAxes([...view.channels, ...tapAxes], collectIndices(view.other));
  const run = runOfTerms(plan, terms.loops);
  if (run) {
    for (const axis of terms.still) emission.place(axis, 0);
    const [from, to] = [mul(first, taps), mul(add(first, count), taps)];
    copySquares(emission, plan, run, { from, to, column, buffer, start: literal("index", 0) });
    return;
  }
  const here = min(sizes.width, sub(b.int(sizeOfLoops(columns), "columns"), column));
  b.loop(0, here, 1, (i) => {
    decode(emission, columns, add(column, i));
    b.loop(0, count, 1, (channel) => {
      decode(emission, channels, add(first, channel));
      const to = add(mul(channel, taps * sizes.width), i);
      for (let tap = 0; tap < taps; tap++) {
        b.turn(() => {
          let rest = tap;
          for (const axis of [...tapAxes].reverse()) {
            emission.place(axis, rest % axis.extent);
            rest = Math.floor(rest / axis.extent);
          }
          b.store(buffer, add(to, tap * sizes.width), emission.value(view.other), 1);
        });
      }
    });
  });
}

// Kernels with an order of their own along one axis: running sums, writes at computed places, sorts.
// Rows (the other axes) are independent; within a row the axis is walked in order, so results do not
// depend on threads. Lanes lie across rows where memory allows.

import { bytesOf } from "../../ir/dtype.ts";
import type { Atom } from "../../ir/kernel.ts";
import type { Node } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import type { Target } from "../../render/renderer.ts";
import { type Axis, constantIndex, factorOf, type Index, isLinear } from "../affine.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission, type ReportCode } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { lanesFor, registerOf, registersOf } from "../registers.ts";
import { decode, type Loop, sizeOfLoops, vectorsAlong } from "./loops.ts";
import { finishJob, type LoweredJob } from "./lowered-job.ts";

export interface SerialSpecification {
  readonly name: string;
  readonly node: Node;
  readonly rows: readonly Axis[];
  readonly along: Axis;
  readonly reportCode: ReportCode;
}

export interface RowRequest {
  /** What rows read and write, if lanes may lie across rows. */
  readonly lanesOver: readonly Index[] | undefined;
  /** The expressions whose values rows take. */
  readonly roots: readonly Expression[];
}

/** Equal to no place where anything is read. */
const anywhere: Index = constantIndex(NaN);
/** Vectors of rows in a unit. */
const vectorsEach = 4;

/** Rows as units, the last one in lanes if what they touch allows; `body` writes one row. */
export function overRows(
  spec: SerialSpecification,
  target: Target,
  { lanesOver, roots }: RowRequest,
  body: (emission: Emission) => void,
): LoweredJob | undefined {
  const rows = spec.rows.filter((a) => a.extent !== 1);
  if (rows.some((a) => a.extent === 0)) return undefined;
  const width = lanesFor(target, registersOf(roots).add(registerOf(spec.node.dtype)));
  const lane = rows.findLast(
    (a) => width > 1 && lanesOver?.every((i) => isLinear(i, a) && [0, 1].includes(factorOf(i, a))),
  );
  const b = new KernelBuilder(lane ? width : 1);
  const emission = new Emission(b, spec.reportCode);
  for (const a of [...spec.rows, spec.along]) if (a.extent === 1) emission.place(a, 0);
  const stretch = width * vectorsEach;
  const pieces = lane ? Math.ceil(lane.extent / stretch) : 1;
  const others = rows
    .filter((a) => a !== lane)
    .map((axis): Loop => ({ axis, extent: axis.extent }));
  const row = lane ? b.index.div(b.unit, b.int(pieces, "pieces")) : b.unit;
  decode(emission, others, row);
  if (!lane) body(emission);
  else {
    const { add, mul, mod, min } = b.index;
    const from = mul(mod(b.unit, b.int(pieces, "pieces")), stretch);
    const to = min(add(from, stretch), b.int(lane.extent, `x${lane.id}`));
    vectorsAlong(emission, lane, [from, to], () => body(emission));
  }
  const size = sizeOf(spec.node.shape);
  return finishJob(b, {
    name: spec.name,
    units: sizeOfLoops(others) * pieces,
    flops: size * 4,
    bytes: size * bytesOf(spec.node.dtype) * 2,
    roots,
    // Written in an order of its own: a source must not share the memory.
    writes: new Map([[spec.node, anywhere]]),
  });
}

/** Say where the serial axis stands. */
export function placeAlong(emission: Emission, { along }: SerialSpecification, at: Atom): void {
  if (along.extent !== 1) emission.place(along, at);
}

// The columns of a matrix product, copied for every unit at once, and not by each for itself: worth a
// job of its own where they stay the same through all turns of a loop, so that it runs once before.
// They lie as units have them in scratch, tile after tile as [k, column].

import type { Atom } from "../../ir/kernel.ts";
import { makeNode, type Node } from "../../ir/node.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import { literal } from "../math.ts";
import { copyRectangle } from "./contract-copy.ts";
import type { ContractLayout, ContractSpecification } from "./contract-layout.ts";
import type { ContractPlan } from "./contract-plan.ts";
import { finishJob, type LoweredJob } from "./lowered-job.ts";
import { placeAt } from "./walk.ts";

/** Copied columns: [batch, tile, k, column]. */
export interface PackedColumns {
  readonly memory: Node;
  /** Elements from tile to tile; squares reach past the last term. */
  readonly tileStride: number;
  /** The job that copies them. */
  job(plan: ContractPlan): LoweredJob;
  /** Where, in a unit of the product, the tile of a column begins at a term. */
  place(b: KernelBuilder, plan: ContractPlan, term: Atom, column: Atom): Atom;
}

export function packedColumns(
  { node }: ContractSpecification,
  { columns, batch, lanes, width }: ContractLayout,
): PackedColumns {
  const tiles = Math.ceil(columns.free.size / width);
  const tileStride = (columns.summed.size + lanes) * width;
  const elements = batch.size * tiles * tileStride;
  const memory = makeNode("buffer", [], null, [elements], node.dtype);
  return {
    memory,
    tileStride,
    job: (plan) => packContract(plan, memory, tileStride),
    place: (b, { cut }, term, column) => {
      const { add, mul, div } = b.index;
      const blocks = b.int(cut.rowBlocks * cut.columnBlocks, "blocks");
      const before = mul(div(b.unit, blocks), b.int(tiles, "tiles"));
      const place = add(before, div(column, width));
      return add(mul(place, b.int(tileStride, "tileStride")), mul(term, width));
    },
  };
}

/** A unit is a tile. */
function packContract(plan: ContractPlan, packed: Node, tileStride: number): LoweredJob {
  const { layout, spec, target } = plan;
  const { columns, batch, width } = layout;
  const emission = new Emission(new KernelBuilder(layout.lanes), spec.reportCode);
  const b = emission.builder;
  const { mul, div, mod, min, add } = b.index;
  const tiles = Math.ceil(columns.free.size / width);
  const tileCount = b.int(tiles, "tiles");
  placeAt(emission, batch, div(b.unit, tileCount));
  const first = mul(mod(b.unit, tileCount), width);
  const next = min(add(first, width), b.int(columns.free.size, "columns"));
  const depth = b.int(columns.summed.size, "depth");
  emission.use = "c";
  copyRectangle(emission, {
    value: columns.value,
    outer: { walk: columns.summed, from: literal("index", 0), to: depth, end: depth },
    inner: { walk: columns.free, from: first, to: next, end: next },
    buffer: b.writes(packed, 0),
    pitch: width,
    start: mul(b.unit, b.int(tileStride, "tile")),
    target,
  });
  return finishJob(b, {
    name: `${spec.name} pack`,
    units: batch.size * tiles,
    once: true,
    roots: [columns.value],
    writes: new Map(),
  });
}

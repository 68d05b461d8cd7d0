// The columns of a matrix product, copied for every unit at once, and not by each for itself: worth a
// job of its own where they stay the same through all turns of a loop, so that it runs once before.
// They lie as units have them in scratch, tile after tile as [k, column].

import { makeNode, type Node } from "../../ir/node.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import { literal } from "../math.ts";
import { copyRectangle } from "./contract-copy.ts";
import type { ContractLayout, ContractSpecification } from "./contract-layout.ts";
import type { ContractPlan } from "./contract-plan.ts";
import { finishJob, type LoweredJob } from "./lowered-job.ts";
import { placeAt } from "./walk.ts";

/** Memory for the copied columns: [batch, tile, k, column]; squares reach past the last term. */
export function packedColumns(spec: ContractSpecification, layout: ContractLayout): Node {
  const tiles = Math.ceil(layout.columns.free.size / layout.width);
  const elements = layout.batch.size * tiles * packedTile(layout);
  return makeNode("buffer", [], null, [elements], spec.node.dtype);
}

/** Elements from tile to tile. */
export const packedTile = ({ columns, lanes, width }: ContractLayout): number =>
  (columns.summed.size + lanes) * width;

/** A unit is a tile. */
export function packContract(plan: ContractPlan, packed: Node): LoweredJob {
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
    start: mul(b.unit, b.int(packedTile(layout), "tile")),
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

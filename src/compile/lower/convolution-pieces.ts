// The sums of pieces of a convolution, added up in their order, and what follows. A unit is a column.

import type { Node } from "../../ir/node.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import { eachRow } from "./convolution-finish.ts";
import type { ConvolutionPlan } from "./convolution-plan.ts";
import { decode, sizeOfLoops } from "./loops.ts";
import { finishJob, type LoweredJob, writesOf } from "./lowered-job.ts";

export function addPieces(plan: ConvolutionPlan, partial: Node): LoweredJob {
  const { spec, sizes, columns, type } = plan;
  const emission = new Emission(new KernelBuilder(plan.lanes), spec.reportCode);
  const b = emission.builder;
  const { add, mul, div, mod } = b.index;
  for (const axis of plan.still) emission.place(axis, 0);
  const rowCount = sizes.channels * sizes.taps;
  const columnCount = sizeOfLoops(columns);
  const units = sizeOfLoops(plan.batch) * columnCount;
  const count = b.int(columnCount, "columns");
  decode(emission, plan.batch, div(b.unit, count));
  decode(emission, columns, mod(b.unit, count));
  const rows = b.int(rowCount, "rows");
  const from = b.reads(partial, 0);
  const piece = b.int(units * rowCount, "piece");
  const start = mul(b.unit, rows);
  eachRow(emission, plan, [b.index.mul(b.unit, 0), rows], (row) => {
    const lanes = emission.lane ? b.lanes : 1;
    const spread = { lanes, fresh: true, count: emission.count };
    const first = add(start, row);
    const sum = b.variable(type, lanes, b.load(type, from, first, spread));
    b.loop(1, b.int(sizes.pieces, "pieces"), 1, (p) => {
      const next = b.load(type, from, add(first, mul(p, piece)), spread);
      b.set(sum, b.compute("add", type, sum, next));
    });
    b.settle(sum);
    emission.given.set(spec.node, sum);
    emission.storeAll(spec.results);
  });
  return finishJob(b, {
    name: `${spec.name} sum`,
    units,
    flops: units * rowCount * sizes.pieces,
    roots: spec.results.map((r) => r.value),
    writes: writesOf(spec.results),
  });
}

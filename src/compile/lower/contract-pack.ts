// The rows of a matrix product, once, in the order in which tiles read them: [batch, panel, k, row].

import type { Atom } from "../../ir/kernel.ts";
import { indexOf } from "../affine.ts";
import { type ContractPlan, emissionFor } from "./contract-plan.ts";
import { countedNest, decode, sizeOfLoops } from "./loops.ts";
import { finishJob, type LoweredJob } from "./lowered-job.ts";

/** Rows past the end repeat the last. */
export function packRows(plan: ContractPlan): LoweredJob {
  const { layout, cut } = plan;
  const { rowSide, tile } = layout;
  const emission = emissionFor(plan, 1);
  const b = emission.builder;
  const { add, mul, div, mod, min } = b.index;
  const count = sizeOfLoops(layout.rows);
  const depth = sizeOfLoops(layout.summed);
  const out = b.writes(plan.packed, 0);
  const panels = b.int(cut.panels, "panels");
  const panel = mod(b.unit, panels);
  decode(emission, layout.batch, div(b.unit, panels));
  const first = mul(panel, tile.rows);
  const last = b.int(count - 1, "last");
  const start = mul(b.unit, b.int(depth * tile.rows, "panel"));
  const numbers = Array.from({ length: tile.rows }, (_, i) => i);
  const positions = numbers.map((i) => min(add(first, i), last));
  // Reading a row's place takes divisions: done once, before the sum.
  const places = positions.map((position): readonly Atom[] => {
    decode(emission, layout.rows, position);
    return layout.rows.map((l) => emission.address(indexOf(l.axis)));
  });
  countedNest(emission, layout.summed, (k) => {
    const at = add(start, mul(k, tile.rows));
    for (const i of numbers) {
      b.turn(() => {
        layout.rows.forEach((l, j) => {
          emission.place(l.axis, places[i]?.[j] as Atom);
        });
        const value = emission.value(rowSide);
        b.store(out, add(at, i), value, 1);
      });
    }
  });
  return finishJob(b, {
    name: `${plan.spec.name} pack`,
    units: sizeOfLoops(layout.batch) * cut.panels,
    flops: 0,
    roots: [rowSide],
    writes: new Map(),
  });
}

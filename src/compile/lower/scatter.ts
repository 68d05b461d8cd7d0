// Writes at computed places, in the order of the axis, onto a copy of the target.

import type { Target } from "../../render/renderer.ts";
import { dependsOn, type Index, withoutConstant } from "../affine.ts";
import type { Expression } from "../expression.ts";
import { collectIndices } from "../expression-walk.ts";
import { registerOf } from "../registers.ts";
import type { LoweredJob } from "./lowered-job.ts";
import { overRows, placeAlong, type SerialSpecification } from "./serial-kernel.ts";

export interface ScatterSpecification extends SerialSpecification {
  /** Where along the axis to write, and what. */
  readonly found: Expression;
  readonly value: Expression;
  /** The result's element with the axis left out, and how far a step along the axis goes. */
  readonly index: Index;
  readonly step: number;
  readonly kind: "add" | "set";
}

/** target[found] = or += value. */
export function lowerScatter(spec: ScatterSpecification, target: Target): LoweredJob | undefined {
  const { node, along, found, value, index } = spec;
  // Rows in lanes must write at one place along the axis: not if that place changes from row to row.
  const last = spec.rows.findLast((a) => a.extent > 1);
  const together = !(last && found.axes.has(last)) && node.dtype !== "u8";
  const touched = [...collectIndices(found), ...collectIndices(value), index];
  const request = { lanesOver: together ? touched : undefined, roots: [value, found] };
  return overRows(spec, target, request, (emission) => {
    const b = emission.builder;
    const { lane } = emission;
    const type = registerOf(node.dtype);
    const out = b.writes(node, index.constant);
    const lanes = lane !== undefined && dependsOn(index, lane) ? b.lanes : 1;
    b.loop(0, b.int(along.extent, `x${along.id}`), 1, (i) => {
      placeAlong(emission, spec, i);
      const at = b.index.cast(emission.value(found));
      const row = emission.address(withoutConstant(index));
      const place = b.index.add(row, b.index.mul(at, b.int(spec.step, "step")));
      const given = emission.value(value);
      const count = lanes > 1 ? emission.count : undefined;
      if (spec.kind === "set") b.store(out, place, given, lanes, { count });
      else {
        const old = b.load(type, out, place, { lanes, count, fresh: true });
        b.store(out, place, emission.combine("add", node.dtype, old, given), lanes, { count });
      }
    });
  });
}

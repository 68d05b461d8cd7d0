// Running sums.

import type { Target } from "../../render/renderer.ts";
import { dependsOn, type Index } from "../affine.ts";
import type { Expression } from "../expression.ts";
import { collectIndices } from "../expression-walk.ts";
import { literal } from "../math.ts";
import { registerOf } from "../registers.ts";
import type { LoweredJob } from "./lowered-job.ts";
import { overRows, placeAlong, type SerialSpecification } from "./serial-kernel.ts";

export interface CumsumSpecification extends SerialSpecification {
  readonly value: Expression;
  readonly index: Index;
  readonly reverse: boolean;
}

/** The running sum of `value` along the axis, from the end if `reverse`. */
export function lowerCumsum(spec: CumsumSpecification, target: Target): LoweredJob | undefined {
  const { node, along, value, index, reverse } = spec;
  const request = { lanesOver: [...collectIndices(value), index], roots: [value] };
  return overRows(spec, target, request, (emission) => {
    const b = emission.builder;
    const { lane } = emission;
    const type = registerOf(node.dtype);
    const wide = lane !== undefined && (dependsOn(index, lane) || value.axes.has(lane));
    const sum = b.variable(type, wide ? b.lanes : 1, literal(type, 0));
    b.loop(0, b.int(along.extent, `x${along.id}`), 1, (i) => {
      const at = reverse ? b.index.sub(b.int(along.extent - 1, "last"), i) : i;
      placeAlong(emission, spec, at);
      b.set(sum, emission.combine("add", node.dtype, sum, emission.value(value)));
      emission.store(node, index, sum);
    });
  });
}

// Steps before memory is laid out, and how they become the program's.

import { bytesOf } from "../../ir/dtype.ts";
import type { Node } from "../../ir/node.ts";
import type { Job, Step } from "../../ir/program.ts";
import { sizeOf } from "../../ir/shape.ts";
import type { LaunchNumber } from "../launch-arguments.ts";
import type { LoweredJob } from "../lower/lowered-job.ts";
import { locate, type Place } from "./memory.ts";

export const bytesOfNode = (node: Node): number => sizeOf(node.shape) * bytesOf(node.dtype);

export interface PlannedJob {
  readonly job: LoweredJob;
  readonly kernel: number;
  readonly places: readonly Place[];
}

export type PlannedStep =
  | { readonly kind: "launch"; readonly jobs: readonly PlannedJob[]; readonly label: string }
  | { readonly kind: "loop"; readonly count: number; readonly steps: readonly PlannedStep[] };

/** Steps of the program; every piece of the arena has its offset. `constants`: the slot of each. */
export function resolveSteps(
  steps: readonly PlannedStep[],
  constants: ReadonlyMap<Node, number>,
): Step[] {
  const numberOf = (n: LaunchNumber): number | { constant: number } =>
    typeof n === "number" ? n : { constant: constants.get(n.node) as number };
  const jobOf = ({ job, kernel, places }: PlannedJob): Job => ({
    kernel,
    buffers: places.map(locate),
    ints: job.ints,
    floats: job.floats.map(numberOf),
    units: job.units,
    scratch: job.scratch,
  });
  return steps.map((step): Step => {
    if (step.kind === "loop")
      return { kind: "loop", count: step.count, steps: resolveSteps(step.steps, constants) };
    const work = {
      flops: step.jobs.reduce((n, j) => n + j.job.flops, 0),
      bytes: step.jobs.reduce((n, j) => n + j.job.bytes, 0),
    };
    return { kind: "launch", jobs: step.jobs.map(jobOf), label: step.label, work };
  });
}

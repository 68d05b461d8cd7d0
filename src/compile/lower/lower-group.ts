// A group of the schedule as jobs that run one after another: reads its points as expressions in the
// axes of its loops and hands them to the kernel of its kind.

import { CompileError } from "../../ir/errors.ts";
import { is, type Node } from "../../ir/node.ts";
import type { Group } from "../schedule/group.ts";
import { lowerContraction } from "./group-contraction.ts";
import { lowerLoops } from "./group-loops.ts";
import { lowerAlong, lowerWrites } from "./group-serial.ts";
import type { LoweredJob } from "./lowered-job.ts";
import type { LoweringContext } from "./lowering-context.ts";

/** The jobs of a group; none where there is nothing to do. */
export function lowerGroup(group: Group, context: LoweringContext): LoweredJob[] {
  return jobsOf(group, context).filter((job) => job !== undefined);
}

function jobsOf(group: Group, context: LoweringContext): (LoweredJob | undefined)[] {
  const first = group.points[0] as Node;
  if (is(first, "contract")) return lowerContraction(first, group, context);
  if (is(first, "cumsum") || is(first, "argsort")) return [lowerAlong(first, group, context)];
  if (is(first, "scatter")) return lowerWrites(first, group, context);
  if (group.kind === "loop") return [lowerLoops(group, context)];
  throw new CompileError(`${group.kind}: not lowered as a kernel`);
}

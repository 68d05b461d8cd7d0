// How scans become loops, which they bring with them: programs without one need not load it.

import { CompileError } from "../../ir/errors.ts";
import { is, type Node, sortNodes } from "../../ir/node.ts";
import type { LoopForm } from "../../ir/op.ts";
import type { planScan, prepareScans } from "./scans.ts";

/** What the form of loops is to the compiler. */
export interface PlannedLoop extends LoopForm {
  /** A graph whose equal scans are one. */
  merge(outputs: readonly Node[]): readonly Node[];
  readonly prepare: typeof prepareScans;
  readonly plan: typeof planScan;
}

export function loopOf({ arg }: Node<"scan">): PlannedLoop {
  if (arg.loop) return arg.loop as PlannedLoop;
  throw new CompileError("this scan was made without its form as a loop (compile/plan/loop.ts)");
}

/** The form of a graph's scans, those in the bodies of calls among them; undefined without any. */
export function loopIn(outputs: readonly Node[]): PlannedLoop | undefined {
  for (const node of sortNodes(outputs)) {
    const loop = is(node, "scan")
      ? loopOf(node)
      : is(node, "call") && loopIn(node.arg.body.outputs);
    if (loop) return loop;
  }
  return undefined;
}

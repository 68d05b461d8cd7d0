// What lowering a group may ask of its surroundings.

import { is, type Node } from "../../ir/node.ts";
import type { Target } from "../../render/renderer.ts";
import type { ReportCode } from "../emission.ts";
import { type Given, Reader } from "../reader.ts";
import type { Group } from "../schedule/group.ts";
import type { Hoisting } from "./hoisting.ts";

export interface LoweringContext {
  readonly inputs: ReadonlySet<Node>;
  readonly runtime: ReadonlySet<Node>;
  readonly stored: ReadonlySet<Node>;
  readonly groupOf: ReadonlyMap<Node, Group>;
  /** What the loop around says of its turns; undefined where there is none. */
  readonly hoisting: Hoisting | undefined;
  readonly target: Target;
  readonly reportCode: ReportCode;
}

/** Reads nodes from within a group's kernel: what other groups store lies in memory. */
export const readerIn = (group: Group, context: LoweringContext, given?: Given): Reader =>
  new Reader({
    stored: (n) =>
      context.inputs.has(n) || (context.stored.has(n) && context.groupOf.get(n) !== group),
    runtime: (n) => context.runtime.has(n),
    given,
  });

/** A short name for people: what the kernel's points are. */
export function nameOf(points: readonly Node[]): string {
  const words: string[] = [];
  for (const p of points) {
    const word = is(p, "reduce") ? (p.arg.kind === "add" ? "sum" : p.arg.kind) : p.op;
    if (words[words.length - 1] !== word) words.push(word);
  }
  return words.slice(0, 4).join("_");
}

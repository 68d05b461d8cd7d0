// What a block of steps is asked for: the program's own, or the body of a scan's loop.

import type { Node } from "../../ir/node.ts";
import type { Hoisting } from "../lower/hoisting.ts";
import type { Memory, Place } from "./memory.ts";
import type { PlannedStep } from "./steps.ts";

export interface BlockRequest {
  readonly inputs: ReadonlyMap<Node, Place>;
  readonly outputs: readonly BlockOutput[];
  /** What the loop around says of its turns. */
  readonly hoisting?: Hoisting;
  /** How many loops are around. */
  readonly level: number;
}

export interface BlockOutput {
  readonly node: Node;
  /** Where the value goes; in a loop, if it may stand in place of `replaces`, there instead. */
  readonly place: Place;
  readonly replaces?: Node | undefined;
}

export interface Block {
  /** What comes once before the loop around. */
  readonly before: readonly PlannedStep[];
  readonly steps: readonly PlannedStep[];
  /** For each output, whether it may stand in place of what it replaces. */
  readonly inPlace: readonly boolean[];
}

/** Who plans blocks within blocks. */
export interface BlockPlanner {
  readonly memory: Memory;
  block(request: BlockRequest): Block;
}

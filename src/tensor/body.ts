// Closing a traced function into the body of a node (scan, checkpoint, customVjp): its placeholders
// become inputs, and so does whatever it uses from outside.

import { bodyFrom } from "../grad/bodies.ts";
import { alias, detach } from "../ir/build.ts";
import { type Body, type Node, nodeClock, sortNodes } from "../ir/node.ts";
import type { Slot } from "./slot.ts";
import type { Scope } from "./trace.ts";

/** A scope whose function becomes a body. */
export interface BodyScope extends Scope {
  readonly outside: Set<Node>;
  /** Nodes with smaller ids were made before the function ran. */
  readonly clock: number;
}

export interface ClosedBody {
  readonly body: Body;
  /** Sources for the inputs after the placeholders. */
  readonly captured: readonly Node[];
}

/** The body that computes `outputs` from `placeholders` and from what it captures. */
export function closeBody(
  scope: BodyScope,
  placeholders: readonly Node[],
  outputs: readonly Node[],
): ClosedBody {
  const inside = new Set(placeholders);
  // What was written before the function ran is computed before it, once.
  const isOlder = (node: Node): boolean =>
    node.id < scope.clock && node.op !== "const" && node.op !== "iota" && !inside.has(node);
  const stop = (node: Node): boolean =>
    inside.has(node) || scope.outside.has(node) || isOlder(node);
  for (const node of sortNodes(outputs, stop)) if (isOlder(node)) scope.outside.add(node);
  const outside = [...scope.outside];
  const { body, captured } = bodyFrom([...placeholders, ...outside], outputs);
  return { body, captured: [...outside, ...captured] };
}

/** A scope that keeps assignments until the body is closed: they leave it as further outputs. */
export class CollectingScope implements BodyScope {
  readonly name: string;
  readonly blocksReads = true;
  readonly outside: Set<Node> = new Set();
  readonly clock: number = nodeClock();
  readonly assigned: Map<Slot, Node> = new Map();
  outer?: Scope | undefined;

  constructor(name: string) {
    this.name = name;
  }

  read(slot: Slot): Node | undefined {
    return this.assigned.get(slot);
  }

  assign(slot: Slot, value: Node): boolean {
    slot.check(value);
    this.assigned.set(slot, alias(detach(value)));
    return true;
  }
}

// Who looks on while programs are made and run: the debug dial, where it is turned up. A page loads it
// only if it can turn it (docs/decisions/0011).

import { observerAtStart } from "#observer";
import type { Device, Executable } from "../device/device.ts";
import type { Node } from "../ir/node.ts";

export interface Observer {
  /** Nodes, sources first, of which those without a value are computed now. */
  planned(order: readonly Node[]): void;
  /** A program of so many nodes was compiled, in so many milliseconds. */
  compiled(device: Device, executable: Executable, nodes: number, ms: number): void;
  /** A program ran, for so many milliseconds. */
  ran(device: Device, executable: Executable, ms: number): void;
}

let current: Observer | undefined;
let isAsked = false;

/** Who looks on: whom `observe` named, else whom the host wishes. */
export function observer(): Observer | undefined {
  if (!isAsked) observe(observerAtStart());
  return current;
}

export function observe(by: Observer | undefined): void {
  current = by;
  isAsked = true;
}

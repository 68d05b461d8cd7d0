// The engine as users see it: compute several tensors at once, look at programs, memory and devices.

import type { Memory } from "../device/device.ts";
import {
  type DeviceListing,
  defaultDevice,
  listDevices,
  setDefaultDevice,
} from "../device/devices.ts";
import { type Ceilings, measureCeilings as measure } from "../engine/ceilings.ts";
import { totalMemory } from "../engine/memory.ts";
import { type ExplainedProgram, type ExplainedStep, recordPrograms } from "../engine/profile.ts";
import { realizeNodes, realizeNodesAsync } from "../engine/realize.ts";
import { type Measured, type Roofline, type RooflineStep, rooflineOf } from "../engine/roofline.ts";
import { ceilingsLine, rooflineTable } from "../engine/roofline-text.ts";
import { turn } from "../engine/turn.ts";
import { type Cell, Cell as CellClass } from "./cell.ts";
import type { Slot } from "./slot.ts";
import { type Tensor, tidyWith } from "./tensor.ts";
import { checkReadable, type Scope, within } from "./trace.ts";
import { treeLeaves } from "./tree.ts";

export { withCancellation } from "../engine/cancel.ts";
export { setDebugLevel } from "../engine/debug-level.ts";
export type {
  Ceilings,
  DeviceListing,
  ExplainedProgram,
  ExplainedStep,
  Measured,
  Memory,
  Roofline,
  RooflineStep,
};
export { listDevices };

/**
 * Computes several tensors in one program; reading them afterwards is only a copy.
 *
 * @param trees  tensors, or trees of them
 * @example
 * await realize(loss, accuracy);
 */
export async function realize(...trees: readonly unknown[]): Promise<void> {
  checkReadable("realize()");
  await realizeNodesAsync(treeLeaves(trees).map((t) => t.node));
  await turn();
}

/** The same without waiting. */
export function realizeSync(...trees: readonly unknown[]): void {
  checkReadable("realizeSync()");
  realizeNodes(treeLeaves(trees).map((t) => t.node));
}

/**
 * What a function makes the machine do: the programs that run in it, with their steps and sources.
 *
 * @param work  any synchronous function; the tensors that it returns are computed
 * @returns     one entry a program, in the order they ran
 * @example
 * explain(() => x.mul(2).add(1).relu())[0].kernelCount; // 1
 */
export function explain(work: () => unknown): ExplainedProgram[] {
  return recordPrograms(() => {
    realizeSync(work());
  });
}

/**
 * What the default device does at best: operations a second of a large matrix product, and bytes a
 * second, read or copied, in caches and in memory.
 *
 * @cost    about 0.2 s; memory of 128 MiB, given back
 * @example
 * const gflops = measureCeilings().flops / 1e9;
 */
export function measureCeilings(): Ceilings {
  return measure(defaultDevice());
}

/**
 * A program's kernels held against what the device does at best: max(FLOP / peak, bytes / bandwidth)
 * over the time of each.
 *
 * A kernel far below its ceiling waits for something else: its launch, its threads, its memory's order.
 *
 * @param program   what `explain`, a compiled function's `explain()` or a run's gives; more runs make
 *   its times more certain
 * @param ceilings  operations and bytes a second at best. Default: measured now
 * @returns         one entry a step, in the order they run, and the sum; times in ms, rates a second
 * @source  Williams, Waterman and Patterson 2009, Roofline: an insightful visual performance model for
 *   multicore architectures, §3
 * @example
 * const step = compile((x: Tensor) => x.square().sum());
 * await step(ones([1000])).item();
 * const program = step.explain();
 * if (program) console.log(rooflineLines(roofline(program)).join("\n"));
 */
export function roofline(
  program: ExplainedProgram,
  ceilings: Ceilings = measureCeilings(),
): Roofline {
  return rooflineOf(program, ceilings);
}

/**
 * A roofline as text: a table with a line a step, then the ceilings.
 *
 * @param of  what `roofline` gives
 */
export function rooflineLines(of: Roofline): string[] {
  return [...rooflineTable(of), ceilingsLine(of.ceilings)];
}

/**
 * Bytes of tensors alive, at most so far, and held for reuse, over all devices in use.
 *
 * @example
 * memory().live;
 */
export function memory(): Memory {
  return totalMemory();
}

/**
 * Makes a device the default for what is computed from here on.
 *
 * @param name  "native", "wasm", "webgpu", "reference", or "auto" for the best that works here
 * @returns     its description
 * @throws DeviceError  it does not work here; the message says why
 * @example
 * await useDevice("wasm");
 */
export async function useDevice(name: string): Promise<string> {
  return setDefaultDevice(name).description;
}

/**
 * Runs a function and gives back the memory of the tensors made in it, except those it returns.
 * Never needed: memory is freed by itself; this frees it sooner.
 *
 * @param work  a synchronous function that returns a tree
 */
export function tidy<T>(work: () => T): T {
  return tidyWith(work, treeLeaves);
}

/**
 * Runs a function in which cells have other values: what lets a module be called as a function of
 * its parameters. Assignments to these cells stay inside.
 *
 * @param values  the cells with the values that reading them gives inside
 * @param work    a synchronous function
 */
export function withCells<T>(values: Iterable<readonly [Cell, Tensor]>, work: () => T): T {
  const nodes = new Map<Slot, Tensor["node"]>();
  for (const [cell, value] of values) {
    if (!(cell instanceof CellClass)) continue;
    cell.slot.check(value.node);
    nodes.set(cell.slot, value.node);
  }
  const scope: Scope = {
    name: "functional",
    blocksReads: false,
    read: (slot) => nodes.get(slot),
    assign: (slot, value) => {
      if (!nodes.has(slot)) return false;
      slot.check(value);
      nodes.set(slot, value);
      return true;
    },
  };
  return within(scope, work);
}

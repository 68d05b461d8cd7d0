// The compiler, end to end: simplify, schedule, lower, plan. A graph in, a program out; the device
// renders its kernels.

import type { Node } from "../ir/node.ts";
import type { Graph, Program } from "../ir/program.ts";
import type { Target } from "../render/renderer.ts";
import { arrange } from "./arena.ts";
import { Planner } from "./plan.ts";

/**
 * The program that computes a graph's outputs.
 *
 * @throws CompileError  a kernel cannot be written; a fault of the compiler
 * @cost    milliseconds; grows with the number of nodes
 */
export function compileGraph(graph: Graph, target: Target): Program {
  const planner = new Planner(target, new Set(graph.constants));
  const inputs = new Map(graph.inputs.map((node, index) => [node, { base: { kind: "input" as const, index }, offset: 0, advance: [] }]));
  const { steps, inPlace } = planner.block({
    inputs,
    outputs: graph.outputs.map((node, index) => ({
      node,
      place: { base: { kind: "output" as const, index }, offset: 0, advance: [] },
      replaces: graph.inputs[graph.replaces[index] ?? -1],
    })),
    level: 0,
  });
  const arenaBytes = arrange(planner.allocations.filter((a) => a.last >= 0));
  const constants = new Map<Node, number>(graph.constants.map((node, i) => [node, i]));
  return {
    kernels: planner.kernels,
    steps: planner.resolve(steps, constants),
    arenaBytes,
    scratchBytes: planner.scratchBytes,
    inPlace,
    kernelCount: planner.kernelCount,
    reports: planner.reports,
  };
}

// The compiler, end to end: simplify, schedule, lower, plan. A graph in, a program out; the device
// renders its kernels.

import * as build from "../ir/build.ts";
import { mergeScans } from "../ir/merge-scans.ts";
import { type Node, rebuild } from "../ir/node.ts";
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
  const { outputs, numbers } = namedNumbers(mergeScans(graph.outputs), graph.constants);
  const planner = new Planner(target, new Set(numbers));
  const inputs = new Map(
    graph.inputs.map((node, index) => [
      node,
      { base: { kind: "input" as const, index }, offset: 0, advance: [] },
    ]),
  );
  const { steps, inPlace } = planner.block({
    inputs,
    outputs: outputs.map((node, index) => ({
      node,
      place: { base: { kind: "output" as const, index }, offset: 0, advance: [] },
      replaces: graph.inputs[graph.replaces[index] ?? -1],
    })),
    level: 0,
  });
  const arenaBytes = arrange(planner.allocations.filter((a) => a.last >= 0));
  const constants = new Map<Node, number>(numbers.map((node, i) => [node, i]));
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

/**
 * The numbers that come with each call as 0-d inputs: a constant stands for its value, and moving or
 * folding it would keep the value of the first call.
 */
function namedNumbers(
  outputs: readonly Node[],
  constants: readonly Node[],
): { outputs: Node[]; numbers: Node[] } {
  const names = new Map(
    constants.map((c) => [c, c.op === "const" ? build.input(-1, [], c.dtype) : c]),
  );
  const named = rebuild(outputs, (node) => {
    const name = names.get(node);
    return name && (name === node ? node : build.expand(name, node.shape));
  });
  return { outputs: named, numbers: constants.map((c) => names.get(c) as Node) };
}

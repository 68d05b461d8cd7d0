// The compiler, end to end: simplify, schedule, lower, plan. A graph in, a program out; the device
// renders its kernels.

import * as build from "../ir/build.ts";
import type { Kernel } from "../ir/kernel.ts";
import { type Node, rebuild } from "../ir/node.ts";
import type { Graph, Program, Slot } from "../ir/program.ts";
import type { Target } from "../render/renderer.ts";
import { arrange } from "./plan/arena.ts";
import { loopIn } from "./plan/loop-form.ts";
import type { Place } from "./plan/memory.ts";
import { Planner } from "./plan/planner.ts";
import { resolveSteps } from "./plan/steps.ts";

/**
 * The program that computes a graph's outputs.
 *
 * @param emit  hears of each of the program's kernels, in their order, as soon as it is known
 * @throws CompileError  a kernel cannot be written; a fault of the compiler
 * @cost    milliseconds; grows with the number of nodes
 */
export function compileGraph(
  graph: Graph,
  target: Target,
  emit: (kernel: Kernel) => void = () => {},
): Program {
  const merged = loopIn(graph.outputs)?.merge(graph.outputs) ?? graph.outputs;
  const { outputs, numbers } = namedNumbers(merged, graph.constants);
  const planner = new Planner(target, new Set(numbers), emit);
  const { steps, inPlace } = planner.block({
    inputs: new Map(graph.inputs.map((node, index) => [node, slot({ kind: "input", index })])),
    outputs: outputs.map((node, index) => ({
      node,
      place: slot({ kind: "output", index }),
      replaces: graph.inputs[graph.replaces[index] ?? -1],
    })),
    level: 0,
  });
  const arenaBytes = arrange(planner.memory.pieces(), !target.without.has("sharedMemory"));
  return {
    kernels: planner.kernels,
    steps: resolveSteps(steps, new Map(numbers.map((node, i) => [node, i]))),
    arenaBytes,
    scratchBytes: planner.scratchBytes,
    inPlace,
    kernelCount: planner.kernelCount,
    reports: planner.reports,
  };
}

const slot = (base: Slot): Place => ({ base, offset: 0, advance: [] });

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

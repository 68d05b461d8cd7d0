// A scan becomes a loop: carries in memory of their own, stacked tensors seen a slice at a time.

import * as build from "../../ir/build.ts";
import { is, makeNode, type Node, rebuild } from "../../ir/node.ts";
import { hoistingOf } from "../lower/hoisting.ts";
import type { Block, BlockOutput, BlockPlanner } from "./block.ts";
import { moving, type Place, still } from "./memory.ts";
import { bytesOfNode, type PlannedStep } from "./steps.ts";

/** A scan gets its first carries, and numbers of the launch, as memory of its own. */
export function prepareScans(
  outputs: readonly Node[],
  runtime: ReadonlySet<Node>,
  fixed: ReadonlySet<Node>,
): readonly Node[] {
  const isFixed = (node: Node): boolean => fixed.has(node);
  return rebuild(
    outputs,
    (node, src) => {
      if (isFixed(node) || !is(node, "scan")) return undefined;
      const own = src.map((s, i) => (i < node.arg.carries || runtime.has(s) ? build.keep(s) : s));
      return makeNode("scan", own, node.arg, node.shape, node.dtype, node.parts);
    },
    isFixed,
  );
}

export interface ScanRequest {
  readonly scan: Node<"scan">;
  /** The parts that somebody wants, by their index. */
  readonly parts: ReadonlyMap<number, Node>;
  readonly placeOf: (node: Node) => Place;
  /** How many loops are around. */
  readonly level: number;
}

export function planScan(planner: BlockPlanner, request: ScanRequest): PlannedStep[] {
  const { scan, parts, placeOf, level } = request;
  const { memory } = planner;
  const { carries, length } = scan.arg;
  const steps: PlannedStep[] = [];
  const sources = scan.src.map(placeOf);
  // Placed before the loop begins: what one turn writes there, no later turn may disturb.
  const stacks = [...parts].filter(([i]) => i >= carries).map(([, part]) => placeOf(part));
  memory.loop(() => {
    for (const place of [...sources, ...stacks]) memory.touch(place);
    if (length === 0) return;
    const turn = planTurn(planner, request);
    steps.push(...turn.before, { kind: "loop", count: length, steps: turn.steps });
  });
  for (const place of [...sources, ...stacks]) memory.touch(place);
  // The last carries are the results: copied out of the loop's own memory where somebody wants them.
  const copies = [...parts]
    .filter(([i]) => i < carries)
    .map(([i, part]): Copy => ({ like: part, from: sources[i] as Place, to: placeOf(part) }));
  return [...steps, ...planCopies(planner, copies, level)];
}

/** One turn of the loop: the body, then new carries where the old ones were. */
function planTurn(planner: BlockPlanner, request: ScanRequest): Pick<Block, "before" | "steps"> {
  const { scan, parts, placeOf, level } = request;
  const { body, carries, stacked, length, reverse } = scan.arg;
  const sliceOf = (whole: Place, slice: Node): Place => {
    const bytes = bytesOfNode(slice);
    const first = { ...whole, offset: whole.offset + (reverse ? (length - 1) * bytes : 0) };
    return moving(first, level, reverse ? -bytes : bytes);
  };
  const inputs = new Map<Node, Place>();
  body.inputs.forEach((input, i) => {
    const source = placeOf(scan.src[i] as Node);
    const isStacked = i >= carries && i < carries + stacked;
    inputs.set(input, isStacked ? sliceOf(source, input) : still(source, level));
  });
  const outputs: BlockOutput[] = [];
  body.outputs.forEach((node, i) => {
    const part = parts.get(i);
    if (i < carries)
      outputs.push({
        node,
        place: planner.memory.allocate(bytesOfNode(node)),
        replaces: body.inputs[i],
      });
    else if (part) outputs.push({ node, place: sliceOf(placeOf(part), node) });
  });
  const hoisting = hoistingOf(new Set(body.inputs.slice(carries + stacked)));
  const turn = planner.block({ inputs, outputs, hoisting, level: level + 1 });
  const copies: Copy[] = [];
  outputs.forEach(({ place, replaces }, i) => {
    if (replaces && !turn.inPlace[i])
      copies.push({ like: replaces, from: place, to: inputs.get(replaces) as Place });
  });
  return { ...turn, steps: [...turn.steps, ...planCopies(planner, copies, level + 1)] };
}

interface Copy {
  readonly like: Node;
  readonly from: Place;
  readonly to: Place;
}

function planCopies(
  planner: BlockPlanner,
  copies: readonly Copy[],
  level: number,
): readonly PlannedStep[] {
  if (copies.length === 0) return [];
  const inputs = new Map<Node, Place>();
  const outputs = copies.map(({ like, from, to }, slot): BlockOutput => {
    const node = build.input(slot, like.shape, like.dtype);
    inputs.set(node, from);
    return { node, place: to };
  });
  return planner.block({ inputs, outputs, level }).steps;
}

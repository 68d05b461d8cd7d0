// What the reverse pass of a scan reads of its forward pass.

import { bytesOf, isFloat } from "../ir/dtype.ts";
import { type Node, sortNodes } from "../ir/node.ts";
import { ops, type ScanArgs } from "../ir/op.ts";
import { sizeOf } from "../ir/shape.ts";
import { dependents } from "./flow.ts";

/**
 * Which body inputs a derivative can reach, given the wanted sources: a carry is active if its first
 * value is, or if the body computes its next one from something active. And all nodes it reaches.
 */
export function activeInputs(
  { body, carries }: ScanArgs,
  wanted: readonly boolean[],
): { active: boolean[]; reached: Set<Node> } {
  const order = sortNodes(body.outputs);
  const active = body.inputs.map((x, i) => (wanted[i] ?? false) && isFloat(x.dtype));
  for (;;) {
    const reached = dependents(order, new Set(body.inputs.filter((_, i) => active[i])));
    let grown = false;
    for (let i = 0; i < carries; i++) {
      if (active[i] || !reached.has(body.outputs[i] as Node)) continue;
      active[i] = true;
      grown = true;
    }
    if (!grown) return { active, reached };
  }
}

/** How the nodes of a body's derivative come about. */
export interface Residuals {
  /** Nodes of the forward body whose values are kept for each step. */
  readonly stored: readonly Node[];
  /** Body inputs that are read again: stacked ones and constants. */
  readonly rows: readonly Node[];
  readonly constants: readonly Node[];
  isStored(node: Node): boolean;
  /** Whether a node depends on a gradient; or else, on something that differs from step to step. */
  isBackward(node: Node): boolean;
  isChanging(node: Node): boolean;
  /** Whether a node follows from what a checkpoint inside the body runs again. */
  isRerun(node: Node): boolean;
}

/**
 * What the derivative of a body reads of the forward pass: the last nodes that do not depend on a
 * gradient. One that is cheap to compute again, or the same in every step, is left to the reverse
 * body and its sources are read instead.
 *
 * @param scan   the forward scan; with `checkpoint` only its carries are stored
 * @param slopes the derivative's results
 * @param seeds  the gradients that it starts from
 */
export function residuals(
  { body, carries, stacked, checkpoint }: ScanArgs,
  slopes: readonly Node[],
  seeds: readonly Node[],
): Residuals {
  const original = new Set(sortNodes(body.outputs));
  const backward = new Set(seeds);
  const changing = new Set(body.inputs.slice(0, carries + stacked));
  // What a checkpoint inside the body runs again, starting from its `keep` nodes.
  const rerun = new Set<Node>();
  for (const node of sortNodes(slopes)) {
    const isNewKeep = node.op === "keep" && !original.has(node);
    if (isNewKeep || node.src.some((s) => rerun.has(s))) rerun.add(node);
    if (node.src.some((s) => backward.has(s))) backward.add(node);
    else if (node.src.some((s) => changing.has(s))) changing.add(node);
  }
  const carried = new Set(body.inputs.slice(0, carries));
  const isInput = new Set(body.inputs);
  const isStored = (node: Node): boolean => {
    if (isInput.has(node)) return carried.has(node);
    if (checkpoint || node.parts || rerun.has(node)) return false;
    return changing.has(node) && !backward.has(node) && !isCheap(node, original.has(node));
  };
  const order = sortNodes(slopes, isStored);
  const read = (inputs: readonly Node[]): Node[] => inputs.filter((x) => order.includes(x));
  return {
    stored: order.filter(isStored),
    rows: read(body.inputs.slice(carries, carries + stacked)),
    constants: read(body.inputs.slice(carries + stacked)),
    isStored,
    isBackward: (node) => backward.has(node),
    isChanging: (node) => changing.has(node),
    isRerun: (node) => rerun.has(node),
  };
}

/** Worth computing again rather than storing: views, copies, and elementwise work that is new. */
function isCheap(node: Node, original: boolean): boolean {
  const [x] = node.src;
  if (!x) return true;
  const { family } = ops[node.op];
  const isLarger = bytesOf(node.dtype) * sizeOf(node.shape) >= bytesOf(x.dtype) * sizeOf(x.shape);
  if (family === "movement" || node.op === "cast") return isLarger;
  if (family === "elementwise") return !original;
  return node.op === "detach" || node.op === "alias" || node.op === "keep";
}

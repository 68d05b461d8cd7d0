// Gradients of a scan's constants, without carrying them from step to step.
//
// The gradient of a constant is a sum over all steps, most often of contractions: a weight's is the
// product of a step's input with a step's gradient. Instead of adding up a matrix in each step, both
// factors are stacked and one contraction, which also sums over the steps, is done at the end. What
// leads linearly from there to the constant (a transpose, a sum over rows) commutes with the sum and
// is done once. Everything else is left to be carried.

import { contract, reduce } from "../ir/build.ts";
import { is, type Node, rebuild, sortNodes } from "../ir/node.ts";
import { type Op, ops } from "../ir/op.ts";
import { batchNodes, lift, type StandIn } from "./batching.ts";
import type { Residuals } from "./scan-residuals.ts";

export interface Plan {
  /** Per slope: whether it is summed at the end. */
  readonly late: readonly boolean[];
  /** Backward nodes that the reverse scan must stack. */
  readonly factors: readonly Node[];
}

/** Linear maps that are the same in every step. */
const linear: ReadonlySet<Op> = new Set<Op>([
  "reshape",
  "permute",
  "expand",
  "slice",
  "pad",
  "flip",
  "window",
  "fold",
  "cumsum",
  "neg",
  "add",
]);

const isLinear = (node: Node): boolean =>
  linear.has(node.op) || (is(node, "reduce") && node.arg.kind === "add");

/** Where the linear maps that end in `slope` begin: at other ops, and at what is stacked anyway. */
function roots(slope: Node, isStacked: (node: Node) => boolean): Node[] {
  const stop = (node: Node): boolean => !isLinear(node) || isStacked(node);
  return sortNodes([slope], stop).filter(stop);
}

/** The backward nodes below a factor that are not mere views. */
function factorsOf(node: Node, read: Residuals): Node[] {
  const isFactor = (n: Node): boolean => read.isBackward(n) && ops[n.op].family !== "movement";
  return sortNodes([node], (n) => read.isStored(n) || isFactor(n)).filter(isFactor);
}

/** Which of the slopes of a scan's constants can be summed at the end. */
export function planSums(slopes: readonly Node[], read: Residuals): Plan {
  const differs = (node: Node): boolean => read.isBackward(node) || read.isChanging(node);
  // What a checkpoint runs again must not be made for all steps at once.
  const isProduct = (node: Node): boolean =>
    is(node, "contract") && node.src.every(differs) && !read.isRerun(node);
  const factors = new Set<Node>();
  // Once with what products need; then the factors are there for others too, as for a bias.
  const plan = (): boolean[] =>
    slopes.map((slope) => {
      const list = roots(slope, (node) => factors.has(node));
      if (!list.every((root) => isProduct(root) || factors.has(root))) return false;
      for (const { src } of list.filter(isProduct)) {
        for (const s of src) for (const factor of factorsOf(s, read)) factors.add(factor);
      }
      return true;
    });
  plan();
  return { late: plan(), factors: [...factors] };
}

/**
 * The sum of a slope over all steps.
 *
 * @param slope    of one step
 * @param standIns for the nodes it is computed from: stacked over the steps, or the same in all
 * @param length   the number of steps
 */
export function sumOverSteps(
  slope: Node,
  standIns: ReadonlyMap<Node, StandIn>,
  length: number,
): Node {
  const totals = new Map<Node, Node>();
  const overSteps = (node: Node): Node =>
    lift(batchNodes([node], standIns, length)[0] as StandIn, length);
  for (const root of roots(slope, (node) => standIns.has(node))) {
    if (is(root, "contract") && !standIns.has(root)) {
      const { a, b, out } = root.arg;
      const step = Math.max(-1, ...a, ...b) + 1;
      const [x, y] = root.src as [Node, Node];
      totals.set(root, contract(overSteps(x), [step, ...a], overSteps(y), [step, ...b], out));
    } else totals.set(root, reduce(overSteps(root), "add", [0]));
  }
  return rebuild(
    [slope],
    (node) => totals.get(node),
    (node) => totals.has(node),
  )[0] as Node;
}

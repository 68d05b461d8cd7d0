// What derivatives cost in the two modes. A graph of V operations and E edges is walked once a row of
// the Jacobian in reverse mode, once a column in forward mode; which is cheaper is a matter of its
// shape. Counted on paper, and measured on the programs that are run.

import { explain } from "../tensor/engine.ts";
import { requireSizes } from "../tensor/requirements.ts";

/** f: ℝᴺ → ℝᴹ as a graph. */
export interface GraphSize {
  /** V: operations */
  readonly vertices: number;
  /** E: operands of all of them together */
  readonly edges: number;
  /** N */
  readonly inputs: number;
  /** M */
  readonly outputs: number;
}

/**
 * (V + E)·M: a pass back for each output.
 *
 * @param graph  vertices, edges, outputs
 * @source  seed 003 §Automatic differentiation
 * @example
 * reverseModeCost({ vertices: 3, edges: 4, inputs: 5, outputs: 2 }); // 14
 */
export function reverseModeCost({ vertices, edges, outputs }: GraphSize): number {
  requireSizes("reverseModeCost", { vertices, edges, outputs }, 0);
  return (vertices + edges) * outputs;
}

/**
 * N·(V + E): a pass for each input, values and tangents together (the note's "no forward pass here" is
 * misleading).
 *
 * @param graph  vertices, edges, inputs
 * @source  seed 003 §Automatic differentiation
 * @example
 * forwardModeCost({ vertices: 3, edges: 4, inputs: 5, outputs: 2 }); // 35
 */
export function forwardModeCost({ vertices, edges, inputs }: GraphSize): number {
  requireSizes("forwardModeCost", { vertices, edges, inputs }, 0);
  return inputs * (vertices + edges);
}

/**
 * The mode of the smaller cost; reverse where they are equal.
 *
 * @param graph  vertices, edges, inputs, outputs
 * @source  seed 003 §Automatic differentiation
 * @example
 * cheaperMode({ vertices: 3, edges: 4, inputs: 5, outputs: 2 }); // "reverse"
 */
export const cheaperMode = (graph: GraphSize): "reverse" | "forward" =>
  forwardModeCost(graph) < reverseModeCost(graph) ? "forward" : "reverse";

/**
 * Arithmetic operations of the programs that compute what a function returns. The reference device
 * interprets graphs and counts none.
 *
 * @param work  any synchronous function
 * @example
 * const products = operationCount(() => ones([4, 5]).matmul(ones([5, 3]))); // twice 4·5·3
 */
export function operationCount(work: () => unknown): number {
  return explain(work)
    .flatMap(({ steps }) => steps)
    .reduce((sum, step) => sum + step.work.flops * step.times, 0);
}

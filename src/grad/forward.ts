// Forward mode: tangents pushed from inputs to outputs, graph in and graph out, in one iterative walk.

import { cast } from "../ir/build.ts";
import { is, type Node } from "../ir/node.ts";
import { callForward } from "./call-forward.ts";
import { dependents, sortAbove } from "./flow.ts";
import { forwardRules } from "./forward-rules.ts";
import { derivativeType, type Primitive } from "./operands.ts";
import { scanForward } from "./scan-forward.ts";

export type Forward = typeof jvp;

/**
 * The Jacobian–vector product: Σ over inputs of ∂output/∂input · tangent, an output each.
 *
 * @param outputs   what is differentiated
 * @param inputs    by what; leaves of the walk, usually `alias` nodes
 * @param tangents  one an input, of its shape; null is zero
 * @returns         one an output, of its shape and the dtype it computes in; null where it does not
 *   depend on the inputs
 * @cost    a small multiple of the forward graph in nodes; linear time to build
 */
export function jvp(
  outputs: readonly Node[],
  inputs: readonly Node[],
  tangents: readonly (Node | null)[],
): (Node | null)[] {
  const given = inputs.filter((_, i) => tangents[i]);
  const targets = new Set(given);
  const order = sortAbove(outputs, targets);
  const flows = dependents(order, targets);
  const found = new Map<Node, Node>();
  const ofParts = new Map<Node, readonly (Node | null)[]>();
  inputs.forEach((x, i) => {
    const t = tangents[i];
    if (t) found.set(x, cast(t, derivativeType(x.dtype)));
  });

  for (const node of order) {
    if (targets.has(node) || !flows.has(node)) continue;
    const t = node.src.map((s) => found.get(s) ?? null);
    let tangent: Node | null = null;
    if (is(node, "part")) {
      tangent = ofParts.get(node.src[0] as Node)?.[node.arg.index] ?? null;
    } else if (t.some((s) => s)) {
      if (is(node, "scan")) ofParts.set(node, scanForward(node, t, jvp));
      else if (is(node, "call")) ofParts.set(node, callForward(node, t, jvp));
      else {
        const rule = forwardRules[node.op as Primitive] as AnyRule;
        tangent = rule(t, node, ...node.src);
      }
    }
    if (tangent) found.set(node, tangent);
  }
  return outputs.map((o) => (flows.has(o) ? (found.get(o) ?? null) : null));
}

type AnyRule = (t: readonly (Node | null)[], y: Node, ...src: readonly Node[]) => Node | null;
